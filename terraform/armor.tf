locals {
  sign_in_paths = [for name in [
    "login", "register", "refresh", "forgot-password", "reset-password", "verify-email", "resend-verification",
  ] : "/api/auth/${name}"]

  # Each policy's rate rules, the most particular first; each function's backend counts for itself. Paths are decoded, as
  # the functions do it: /api/auth/%6Cogin would not be counted otherwise.
  policies = {
    everyone = []
    sign_in = [{
      description = "Guessing passwords and codes, making accounts"
      expression  = join(" || ", [for path in local.sign_in_paths : "request.path.urlDecode() == '${path}'"])
      limit       = var.rate_limits.sign_in
    }]
    webhook = [{
      description = "The gateway, from few addresses"
      expression  = join(" || ", [for path in local.webhook_paths : "request.path.urlDecode() == '${path}'"])
      limit       = var.rate_limits.webhook
    }]
  }
}

resource "google_compute_security_policy" "main" {
  for_each = local.policies

  name        = "altayarvip-${replace(each.key, "_", "-")}"
  description = "Rate limits by client address: ${each.key}"
  type        = "CLOUD_ARMOR"

  dynamic "rule" {
    for_each = each.value

    content {
      action      = "throttle"
      description = rule.value.description
      priority    = 1000 + rule.key

      match {
        expr {
          expression = rule.value.expression
        }
      }

      rate_limit_options {
        conform_action = "allow"
        exceed_action  = "deny(429)"
        enforce_on_key = "IP"

        rate_limit_threshold {
          count        = rule.value.limit
          interval_sec = 60
        }
      }
    }
  }

  rule {
    action      = "throttle"
    description = "Everyone"
    priority    = 2000

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }

    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"

      rate_limit_threshold {
        count        = var.rate_limits.everyone
        interval_sec = 60
      }
    }
  }

  # The rule that every policy ends with, written out so that it is not thought to be missing.
  rule {
    action      = "allow"
    description = "Default"
    priority    = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"

      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.used]
}
