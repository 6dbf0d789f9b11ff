locals {
  dns_zone = try(coalesce(one(google_dns_managed_zone.main[*].name), var.dns_zone.name), null)

  dns_records = {
    address  = { name = "${var.domain}.", type = "A", data = google_compute_global_address.front["IPV4"].address }
    address6 = { name = "${var.domain}.", type = "AAAA", data = google_compute_global_address.front["IPV6"].address }
    certificate = {
      name = google_certificate_manager_dns_authorization.main.dns_resource_record[0].name
      type = google_certificate_manager_dns_authorization.main.dns_resource_record[0].type
      data = google_certificate_manager_dns_authorization.main.dns_resource_record[0].data
    }
  }
}

# Proven by a DNS record instead of by traffic, so the certificate is there before the domain points here.
resource "google_certificate_manager_dns_authorization" "main" {
  name   = "altayarvip"
  domain = var.domain

  depends_on = [google_project_service.used]
}

resource "google_certificate_manager_certificate" "main" {
  name = "altayarvip"

  managed {
    domains            = [var.domain]
    dns_authorizations = [google_certificate_manager_dns_authorization.main.id]
  }
}

resource "google_certificate_manager_certificate_map" "main" {
  name = "altayarvip"

  depends_on = [google_project_service.used]
}

resource "google_certificate_manager_certificate_map_entry" "main" {
  name         = "altayarvip"
  map          = google_certificate_manager_certificate_map.main.name
  certificates = [google_certificate_manager_certificate.main.id]
  hostname     = var.domain
}

resource "google_dns_managed_zone" "main" {
  count = try(var.dns_zone.create, false) ? 1 : 0

  name        = var.dns_zone.name
  dns_name    = var.dns_zone.dns_name
  description = "AltayarVIP"

  dnssec_config {
    state = "on"
  }

  depends_on = [google_project_service.used]
}

resource "google_dns_record_set" "main" {
  for_each = { for key, record in local.dns_records : key => record if var.dns_zone != null }

  managed_zone = local.dns_zone
  name         = each.value.name
  type         = each.value.type
  ttl          = 300
  rrdatas      = [each.value.data]
}
