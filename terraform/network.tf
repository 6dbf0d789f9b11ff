# The way from the functions to a database without a public address. None of this is there for the cheaper set-up.
resource "google_compute_network" "main" {
  count = var.network.private ? 1 : 0

  name                    = "altayarvip"
  auto_create_subnetworks = false

  depends_on = [google_project_service.used]
}

# Google's own network, in which Cloud SQL stands, gets addresses of ours.
resource "google_compute_global_address" "services" {
  count = var.network.private ? 1 : 0

  name          = "altayarvip-services"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = google_compute_network.main[0].id
}

resource "google_service_networking_connection" "services" {
  count = var.network.private ? 1 : 0

  network                 = google_compute_network.main[0].id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services[0].name]

  # Google keeps the peering for hours after the last database behind it is gone, and refuses to end it before.
  deletion_policy = "ABANDON"
}

resource "google_vpc_access_connector" "main" {
  count = var.network.private ? 1 : 0

  name          = "altayarvip"
  region        = var.region
  network       = google_compute_network.main[0].name
  ip_cidr_range = var.network.connector_cidr
  machine_type  = var.network.connector_machine_type
  min_instances = var.network.connector_min_instances
  max_instances = var.network.connector_max_instances
}
