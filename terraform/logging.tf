locals {
  # The pages that a token in the address opens. The balancer and Cloud Run write whole addresses into their request logs,
  # path and query alike, and neither can leave a part out. The functions log these requests too, without the token.
  token_pages = "^https?://[^/]+/+(payment|invoices/+verify)/"
}

# Metrics, and so alerts, count these requests all the same.
resource "google_logging_project_exclusion" "token_pages" {
  name        = "altayarvip-token-pages"
  description = "Addresses that open a payment's or an invoice's page"
  filter = join(" AND ", [
    "(resource.type=\"http_load_balancer\" OR log_id(\"run.googleapis.com/requests\"))",
    "httpRequest.requestUrl=~\"(?i)${local.token_pages}\"",
  ])

  depends_on = [google_project_service.used]
}
