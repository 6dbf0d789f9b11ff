data "google_project" "main" {
  project_id = var.project_id

  depends_on = [google_project_service.used]
}

resource "google_billing_budget" "main" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "AltayarVIP"

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.monthly_amount)
    }
  }

  budget_filter {
    projects = ["projects/${data.google_project.main.number}"]
  }

  dynamic "threshold_rules" {
    for_each = { "0.5" = "CURRENT_SPEND", "0.9" = "CURRENT_SPEND", "1" = "FORECASTED_SPEND" }

    content {
      threshold_percent = tonumber(threshold_rules.key)
      spend_basis       = threshold_rules.value
    }
  }

  all_updates_rule {
    monitoring_notification_channels = slice(sort(values(google_monitoring_notification_channel.email)[*].id), 0, min(5, length(var.alert_emails)))
  }
}

# Who read a secret, and who looked into the database through Google's APIs.
resource "google_project_iam_audit_config" "main" {
  for_each = toset(["cloudsql.googleapis.com", "secretmanager.googleapis.com"])

  project = var.project_id
  service = each.key

  dynamic "audit_log_config" {
    for_each = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]

    content {
      log_type = audit_log_config.value
    }
  }
}
