locals {
  function_filter = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=starts_with(\"altayarvip-\")"

  # Two charts in a row, in this order. Monitoring drops zeros and empty lists, and each plan would put them back.
  charts = [
    { title = "Requests by function", filter = "metric.type=\"run.googleapis.com/request_count\" AND ${local.function_filter}", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["resource.label.service_name"] },
    { title = "Answers by class", filter = "metric.type=\"run.googleapis.com/request_count\" AND ${local.function_filter}", aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.response_code_class"] },
    { title = "Latency, 95th percentile, ms", filter = "metric.type=\"run.googleapis.com/request_latencies\" AND ${local.function_filter}", aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_95", by = ["resource.label.service_name"] },
    { title = "Instances", filter = "metric.type=\"run.googleapis.com/container/instance_count\" AND ${local.function_filter}", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["resource.label.service_name"] },
    { title = "Runs that found payments open for over an hour", filter = local.counted_metric["pending_payments"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = null },
    { title = "Runs that found something waiting for a person", filter = local.counted_metric["waiting_for_a_person"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = null },
    { title = "Webhooks whose hash does not hold", filter = local.counted_metric["hash_failures"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = null },
    { title = "Runs in which Fawaterk was silent", filter = local.counted_metric["gateway_silent"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = null },
    { title = "Database connections", filter = "metric.type=\"cloudsql.googleapis.com/database/postgresql/num_backends\" AND resource.type=\"cloudsql_database\" AND ${local.database_label}", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = null },
    { title = "Database processor", filter = "metric.type=\"cloudsql.googleapis.com/database/cpu/utilization\" AND resource.type=\"cloudsql_database\" AND ${local.database_label}", aligner = "ALIGN_MEAN", reducer = "REDUCE_MAX", by = null },
    { title = "Database disk, bytes", filter = "metric.type=\"cloudsql.googleapis.com/database/disk/bytes_used\" AND resource.type=\"cloudsql_database\" AND ${local.database_label}", aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", by = null },
    { title = "Errors nobody foresaw", filter = local.counted_metric["unhandled_errors"], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = null },
  ]
}

resource "google_monitoring_dashboard" "main" {
  dashboard_json = jsonencode({
    displayName = "AltayarVIP"
    mosaicLayout = {
      columns = 12
      tiles = [
        for place, chart in local.charts : merge(
          place % 2 == 0 ? {} : { xPos = 6 },
          place < 2 ? {} : { yPos = floor(place / 2) * 4 },
          {
            width  = 6
            height = 4
            widget = {
              title = chart.title
              xyChart = {
                dataSets = [{
                  plotType = "LINE"
                  timeSeriesQuery = {
                    timeSeriesFilter = {
                      filter = chart.filter
                      aggregation = merge(
                        {
                          alignmentPeriod    = "300s"
                          perSeriesAligner   = chart.aligner
                          crossSeriesReducer = chart.reducer
                        },
                        chart.by == null ? {} : { groupByFields = chart.by },
                      )
                    }
                  }
                }]
              }
            }
          }
        )
      ]
    }
  })

  depends_on = [time_sleep.metrics]
}
