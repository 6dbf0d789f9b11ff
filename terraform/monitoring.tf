locals {
  from_functions = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^altayarvip-\""

  # Lines of the functions' logs that are counted; tests/terraform holds them against the code that writes them. The
  # reconciling job ends each run, every five minutes, with how payments stand.
  counted_lines = {
    gateway_refusals     = { message = "the gateway refuses to tell about an invoice", having = null, description = "Invoices about which Fawaterk refused to tell" }
    gateway_silent       = { message = "payments stand", having = "gateway_silences>0", description = "Runs in which Fawaterk did not answer" }
    hash_failures        = { message = "webhook hash does not hold", having = null, description = "Webhooks that Fawaterk did not sign" }
    ledger_disagreements = { message = "the ledger disagrees", having = null, description = "Rows of the ledger that disagree with one another" }
    mail_silent          = { message = "the mail server does not let us in", having = null, description = "Runs that the mail server did not let in" }
    mails_dead           = { message = "a mail is dead", having = null, description = "Mails that are given up" }
    mails_waiting        = { message = "mails stand", having = "waiting>0", description = "Runs that found a mail of over a quarter of an hour" }
    pending_payments     = { message = "payments stand", having = "pending_over_an_hour>0", description = "Runs that found payments open for over an hour for which nobody accounts" }
    reconciled           = { message = "payments stand", having = null, description = "Runs of the reconciling job" }
    unhandled_errors     = { message = "a request failed unexpectedly", having = null, description = "Requests that ended in an error nobody foresaw" }
    waiting_for_a_person = { message = "payments stand", having = "waiting_for_a_person>0", description = "Runs that found a payment or refund waiting for a person" }
    webhooks_given_up    = { message = "webhooks are given up: look them up at the gateway", having = null, description = "News of money that the gateway never explained" }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  display_name = "AltayarVIP ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }

  depends_on = [google_project_service.used]
}

resource "google_logging_metric" "counted" {
  for_each = local.counted_lines

  name        = "altayarvip/${each.key}"
  description = each.value.description
  filter = join(" AND ", compact([
    local.from_functions,
    "jsonPayload.message=\"${each.value.message}\"",
    each.value.having == null ? "" : "jsonPayload.${each.value.having}",
  ]))

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }

  depends_on = [google_project_service.used]
}

# A policy on a metric that Monitoring does not know yet is refused.
resource "time_sleep" "metrics" {
  create_duration = "180s"

  triggers = {
    metrics = join(" ", values(google_logging_metric.counted)[*].id)
  }
}

resource "google_monitoring_uptime_check_config" "health" {
  display_name = "AltayarVIP ${var.domain}/health"
  period       = "60s"
  timeout      = "10s"

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  content_matchers {
    content = "healthy"
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      host       = var.domain
      project_id = var.project_id
    }
  }

  lifecycle {
    # An alert that still looks at it keeps it from being deleted.
    create_before_destroy = true
  }

  depends_on = [google_project_service.used]
}
