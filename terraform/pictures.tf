locals {
  # Who stores pictures of people (auth, people), shows them (people) and removes them (jobs), by the code.
  picture_functions = ["auth", "jobs", "people"]
}

# Private: pictures are shown at our own address. They never change, so that versions would keep nothing but what was
# removed; for a week Google keeps that anyway, in case a job removes what it should not have.
resource "google_storage_bucket" "pictures" {
  name                        = "${var.project_id}-altayarvip-pictures"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  # Not without its pictures: where the database is protected, so are they.
  force_destroy = !var.deletion_protection

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  depends_on = [google_project_service.used]
}

# One role for all three: storing alone would be enough for auth, but the list of roles that a plan is held against has no
# narrower one that stores.
resource "google_storage_bucket_iam_member" "pictures" {
  for_each = toset(local.picture_functions)

  bucket = google_storage_bucket.pictures.name
  role   = "roles/storage.objectUser"
  member = google_service_account.function[each.key].member
}
