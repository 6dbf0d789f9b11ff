locals {
  ip_versions = toset(["IPV4", "IPV6"])

  # The path that Cloud Armor lets the gateway use more often is the one that the code answers.
  webhook_path = "/api/payments/fawaterk/webhook"
  # The function answers all of these: people enter an address with a slash, and "_json" makes the gateway send JSON.
  webhook_paths = [for end in ["", "/", "_json", "_json/"] : "${local.webhook_path}${end}"]

  # Which policy guards a function; the others have `everyone`.
  own_policies = { auth = "sign_in", people = "sign_in", payments_webhook = "webhook" }
}

resource "google_compute_region_network_endpoint_group" "function" {
  for_each = module.public

  name                  = each.value.name
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = each.value.name
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_backend_service" "function" {
  for_each = google_compute_region_network_endpoint_group.function

  name                  = each.value.name
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.main[lookup(local.own_policies, each.key, "everyone")].id

  # Overwrites what a client sends under this name: lib/web/calls.py believes it.
  custom_request_headers = ["X-Client-Address:{client_ip_address}"]

  backend {
    group = each.value.id
  }

  log_config {
    enable      = true
    sample_rate = var.balancer_log_share
  }
}

resource "google_compute_global_address" "front" {
  for_each = local.ip_versions

  name       = "altayarvip-${lower(each.key)}"
  ip_version = each.key

  depends_on = [google_project_service.used]
}

resource "google_compute_ssl_policy" "main" {
  name            = "altayarvip"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.used]
}

resource "google_compute_target_https_proxy" "main" {
  name            = "altayarvip-https"
  url_map         = google_compute_url_map.https.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.main.id}"
  ssl_policy      = google_compute_ssl_policy.main.id
}

resource "google_compute_global_forwarding_rule" "https" {
  for_each = local.ip_versions

  name                  = "altayarvip-https-${lower(each.key)}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front[each.key].id
  port_range            = "443"
  target                = google_compute_target_https_proxy.main.id
}

resource "google_compute_url_map" "redirect" {
  name = "altayarvip-redirect"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "PERMANENT_REDIRECT"
    strip_query            = false
  }

  depends_on = [google_project_service.used]
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "altayarvip-http"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "http" {
  for_each = local.ip_versions

  name                  = "altayarvip-http-${lower(each.key)}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front[each.key].id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
}
