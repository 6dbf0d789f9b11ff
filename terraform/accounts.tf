locals {
  # PostgreSQL knows a service account by its address without this end.
  database_users = {
    for function, account in google_service_account.function : function => trimsuffix(account.email, ".gserviceaccount.com")
  }
}

# An account for each function, so that none of them can do what another one has to.
resource "google_service_account" "function" {
  for_each = local.sizes

  account_id   = "altayarvip-${replace(each.key, "_", "-")}"
  display_name = "AltayarVIP ${each.key} function"

  depends_on = [google_project_service.used]
}

resource "google_project_iam_member" "function" {
  for_each = {
    for pair in setproduct(keys(local.sizes), ["cloudsql.client", "cloudsql.instanceUser"]) :
    "${pair[0]} ${pair[1]}" => { function = pair[0], role = "roles/${pair[1]}" }
  }

  project = var.project_id
  role    = each.value.role
  member  = google_service_account.function[each.value.function].member
}

# Builds the functions' images: new projects give the default account no rights.
resource "google_service_account" "build" {
  account_id   = "altayarvip-build"
  display_name = "AltayarVIP builds"

  depends_on = [google_project_service.used]
}

resource "google_project_iam_member" "build" {
  # The builder reads a copy of the source in a bucket that Cloud Functions makes, so the right is the project's.
  for_each = toset(["artifactregistry.writer", "logging.logWriter", "storage.objectViewer"])

  project = var.project_id
  role    = "roles/${each.key}"
  member  = google_service_account.build.member
}

# May do one thing: call the jobs function.
resource "google_service_account" "scheduler" {
  account_id   = "altayarvip-scheduler"
  display_name = "AltayarVIP scheduler"

  depends_on = [google_project_service.used]
}

# Rights take a minute or two to be known everywhere; a build or a start before that fails.
resource "time_sleep" "rights" {
  create_duration = "120s"

  triggers = {
    rights = sha256(join(" ", concat(
      values(google_project_iam_member.function)[*].id,
      values(google_project_iam_member.build)[*].id,
      values(google_secret_manager_secret_iam_member.main)[*].id,
      values(google_storage_bucket_iam_member.pictures)[*].id,
    )))
  }
}
