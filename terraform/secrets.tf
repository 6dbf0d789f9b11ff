locals {
  secrets = {
    # As the owner, for the migration alone: the functions log in by IAM.
    "altayarvip-database-url"         = { read_by = ["jobs"], added_by = [] }
    "altayarvip-fawaterk-api-key"     = { read_by = ["bookings", "jobs", "orders", "payments_webhook"], added_by = [] }
    "altayarvip-fawaterk-vendor-key"  = { read_by = ["payments_webhook"], added_by = [] }
    "altayarvip-first-admin-password" = { read_by = [], added_by = ["jobs"] }
    # Its first version is made by the migration, the next ones by a job: no person ever sees one.
    "altayarvip-jwt-secret" = {
      read_by  = ["auth", "bookings", "invoices", "jobs", "loyalty", "orders", "payments_webhook", "people"]
      added_by = ["jobs"]
    }
    # Without a version no mail is sent, and all else works.
    "altayarvip-smtp-url" = { read_by = ["jobs"], added_by = [] }
  }

  # roles/secretmanager.viewer lists versions and shows no value: that is how the key before a rotated one is found.
  secret_roles = merge([
    for secret, used in local.secrets : merge(
      {
        for pair in setproduct(used.read_by, ["secretAccessor", "viewer"]) :
        "${secret} ${pair[0]} ${pair[1]}" => { secret = secret, function = pair[0], role = "roles/secretmanager.${pair[1]}" }
      },
      {
        for function in used.added_by :
        "${secret} ${function} secretVersionAdder" => { secret = secret, function = function, role = "roles/secretmanager.secretVersionAdder" }
      }
    )
  ]...)
}

resource "google_secret_manager_secret" "main" {
  for_each = local.secrets

  secret_id = each.key

  replication {
    auto {}
  }

  depends_on = [google_project_service.used]
}

resource "google_secret_manager_secret_iam_member" "main" {
  for_each = local.secret_roles

  secret_id = google_secret_manager_secret.main[each.value.secret].secret_id
  role      = each.value.role
  member    = google_service_account.function[each.value.function].member
}

# Values are write-only: they stand in no plan and no state. A version that is replaced stays enabled, so that what was
# signed with the key before it still holds; disable it when the new one is in use.
resource "google_secret_manager_secret_version" "database_url" {
  secret = google_secret_manager_secret.main["altayarvip-database-url"].id
  secret_data_wo = format(
    "postgresql+pg8000://%s:%s@/%s?host=/cloudsql/%s",
    local.database_owner,
    urlencode(trimspace(var.database_owner_password)),
    google_sql_database.main.name,
    google_sql_database_instance.main.connection_name
  )
  secret_data_wo_version = var.secret_versions.database_owner_password
  deletion_policy        = "ABANDON"
}

resource "google_secret_manager_secret_version" "fawaterk_api_key" {
  secret                 = google_secret_manager_secret.main["altayarvip-fawaterk-api-key"].id
  secret_data_wo         = trimspace(var.fawaterk_api_key)
  secret_data_wo_version = var.secret_versions.fawaterk_api_key
  deletion_policy        = "ABANDON"
}

resource "google_secret_manager_secret_version" "fawaterk_vendor_key" {
  secret                 = google_secret_manager_secret.main["altayarvip-fawaterk-vendor-key"].id
  secret_data_wo         = trimspace(var.fawaterk_vendor_key)
  secret_data_wo_version = var.secret_versions.fawaterk_vendor_key
  deletion_policy        = "ABANDON"
}

resource "google_secret_manager_secret_version" "smtp_url" {
  count = var.secret_versions.smtp_url > 0 ? 1 : 0

  secret                 = google_secret_manager_secret.main["altayarvip-smtp-url"].id
  secret_data_wo         = trimspace(var.smtp_url)
  secret_data_wo_version = var.secret_versions.smtp_url
  deletion_policy        = "ABANDON"
}
