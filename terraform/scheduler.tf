locals {
  # In UTC. Each job is bounded, safe to run twice and at once, and goes on next time where it stopped.
  schedules = {
    reconcile       = "*/5 * * * *"
    expire-payments = "*/10 * * * *"
    credit-cashback = "20 * * * *"
    expire-points   = "35 * * * *"
    verify-ledger   = "50 * * * *"
    sum-revenue     = "5 * * * *"
    remove-pictures = "15 * * * *"
    send-mail       = "* * * * *"
    purge           = "10 2 * * *"
    rotate-jwt-key  = "30 2 1 1,4,7,10 *"
  }
}

resource "google_cloud_scheduler_job" "main" {
  for_each = local.schedules

  name             = "altayarvip-${each.key}"
  description      = "POST /jobs/${each.key}"
  region           = var.scheduler_region
  schedule         = each.value
  time_zone        = "Etc/UTC"
  attempt_deadline = "120s"

  retry_config {
    retry_count          = 1
    min_backoff_duration = "10s"
  }

  http_target {
    http_method = "POST"
    uri         = "${module.jobs.uri}/jobs/${each.key}"

    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = module.jobs.uri
    }
  }
}
