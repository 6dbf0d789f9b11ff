locals {
  counted_metric = { for key, metric in google_logging_metric.counted : key => "metric.type=\"logging.googleapis.com/user/${metric.name}\" AND resource.type=\"cloud_run_revision\"" }
  database_label = "resource.labels.database_id=\"${var.project_id}:${google_sql_database_instance.main.name}\""

  # Each alert: what is looked at, over how long, from what on it fires. docs/operations.md says what to do about
  # each, under its key. `aligner` makes one value of each series, `reducer` one of all of them. The reconciling job runs
  # twelve times an hour.
  alerts = {
    server-errors = {
      title     = "More than ${var.alert_thresholds.server_errors} answers of 5xx in 5 minutes"
      severity  = "ERROR"
      filter    = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND resource.labels.service_name=starts_with(\"altayarvip-\") AND metric.labels.response_code_class=\"5xx\""
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "300s"
      duration  = "0s"
      threshold = var.alert_thresholds.server_errors
    }
    unhandled-errors = {
      title     = "A request ended in an error that nobody foresaw"
      severity  = "WARNING"
      filter    = local.counted_metric["unhandled_errors"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "300s"
      duration  = "0s"
      threshold = 0
    }
    latency = {
      title     = "One request in twenty takes longer than ${var.alert_thresholds.latency_ms} ms"
      severity  = "WARNING"
      filter    = "metric.type=\"loadbalancing.googleapis.com/https/total_latencies\" AND resource.type=\"https_lb_rule\" AND resource.labels.url_map_name=\"${google_compute_url_map.https.name}\""
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_PERCENTILE_95"
      period    = "300s"
      duration  = "600s"
      threshold = var.alert_thresholds.latency_ms
    }
    hash-failures = {
      title     = "More than ${var.alert_thresholds.hash_failures} webhooks in 5 minutes whose hash does not hold"
      severity  = "ERROR"
      filter    = local.counted_metric["hash_failures"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "300s"
      duration  = "0s"
      threshold = var.alert_thresholds.hash_failures
    }
    pending-payments = {
      title     = "Payments are open for over an hour and nobody accounts for them"
      severity  = "ERROR"
      filter    = local.counted_metric["pending_payments"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "900s"
      duration  = "0s"
      threshold = 1
    }
    waiting-for-a-person = {
      title     = "A payment or refund has waited for a person for six hours"
      severity  = "WARNING"
      filter    = local.counted_metric["waiting_for_a_person"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "21600s"
      duration  = "0s"
      threshold = 68
    }
    gateway-silent = {
      title     = "Fawaterk has not answered the reconciling job for half an hour"
      severity  = "ERROR"
      filter    = local.counted_metric["gateway_silent"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "1800s"
      duration  = "0s"
      threshold = 4
    }
    gateway-refusals = {
      title     = "Fawaterk refuses to tell about invoices"
      severity  = "ERROR"
      filter    = local.counted_metric["gateway_refusals"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "600s"
      duration  = "0s"
      threshold = 0
    }
    webhooks-given-up = {
      title     = "News of money was never explained by the gateway and is given up"
      severity  = "CRITICAL"
      filter    = local.counted_metric["webhooks_given_up"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "600s"
      duration  = "0s"
      threshold = 0
    }
    ledger-disagreement = {
      title     = "The ledger disagrees"
      severity  = "CRITICAL"
      filter    = local.counted_metric["ledger_disagreements"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "600s"
      duration  = "0s"
      threshold = 0
    }
    mails-dead = {
      title     = "Mails are given up"
      severity  = "WARNING"
      filter    = local.counted_metric["mails_dead"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "600s"
      duration  = "0s"
      threshold = 0
    }
    mail-silent = {
      title     = "The mail server has let no job in for a quarter of an hour"
      severity  = "ERROR"
      filter    = local.counted_metric["mail_silent"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "900s"
      duration  = "0s"
      threshold = 12
    }
    mails-waiting = {
      title     = "Mails have waited for over an hour"
      severity  = "WARNING"
      filter    = local.counted_metric["mails_waiting"]
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "3600s"
      duration  = "0s"
      threshold = 50
    }
    database-connections = {
      title     = "Over ${var.alert_thresholds.connections_share * 100} % of the database's connections are in use"
      severity  = "ERROR"
      filter    = "metric.type=\"cloudsql.googleapis.com/database/postgresql/num_backends\" AND resource.type=\"cloudsql_database\" AND ${local.database_label}"
      aligner   = "ALIGN_MAX"
      reducer   = "REDUCE_SUM"
      period    = "300s"
      duration  = "300s"
      threshold = floor(local.max_connections * var.alert_thresholds.connections_share)
    }
    database-storage = {
      title     = "Over ${var.alert_thresholds.disk_share * 100} % of the disk's limit is in use"
      severity  = "ERROR"
      filter    = "metric.type=\"cloudsql.googleapis.com/database/disk/bytes_used\" AND resource.type=\"cloudsql_database\" AND ${local.database_label}"
      aligner   = "ALIGN_MAX"
      reducer   = "REDUCE_MAX"
      period    = "300s"
      duration  = "600s"
      threshold = floor(var.database.disk_limit_gb * 1024 * 1024 * 1024 * var.alert_thresholds.disk_share)
    }
    scheduler = {
      title     = "A job of Cloud Scheduler fails"
      severity  = "ERROR"
      filter    = "metric.type=\"logging.googleapis.com/log_entry_count\" AND resource.type=\"cloud_scheduler_job\" AND metric.labels.severity=\"ERROR\""
      aligner   = "ALIGN_DELTA"
      reducer   = "REDUCE_SUM"
      period    = "900s"
      duration  = "0s"
      threshold = 1
    }
    uptime = {
      title     = "${var.domain}/health does not answer"
      severity  = "CRITICAL"
      filter    = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.health.uptime_check_id}\""
      aligner   = "ALIGN_NEXT_OLDER"
      reducer   = "REDUCE_COUNT_FALSE"
      period    = "300s"
      duration  = "300s"
      threshold = 1
    }
  }
}

resource "google_monitoring_alert_policy" "main" {
  for_each = local.alerts

  display_name          = "AltayarVIP: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = values(google_monitoring_notification_channel.email)[*].id

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = each.value.duration

      aggregations {
        alignment_period     = each.value.period
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
      }

      trigger {
        count = 1
      }
    }
  }

  documentation {
    subject   = "AltayarVIP: ${each.key}"
    content   = "What it means and what to do: docs/operations.md, \"Alerts\", ${each.key}."
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [time_sleep.metrics]
}

# Silence is no good news: without this job nobody would hear of payments that are stuck.
resource "google_monitoring_alert_policy" "reconciling" {
  display_name          = "AltayarVIP: Payments have not been reconciled for half an hour"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = values(google_monitoring_notification_channel.email)[*].id

  conditions {
    display_name = "The reconciling job says nothing"

    condition_threshold {
      filter          = local.counted_metric["reconciled"]
      comparison      = "COMPARISON_LT"
      threshold_value = 1
      duration        = "300s"
      # A counter that nothing counts is zero at first, and no longer there later.
      evaluation_missing_data = "EVALUATION_MISSING_DATA_ACTIVE"

      aggregations {
        alignment_period     = "1500s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }

      trigger {
        count = 1
      }
    }
  }

  documentation {
    subject   = "AltayarVIP: reconciling"
    content   = "What it means and what to do: docs/operations.md, \"Alerts\", reconciling."
    mime_type = "text/markdown"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [time_sleep.metrics]
}
