locals {
  repository = "${path.module}/.."
  deployed   = ["admin.py", "functions", "lib", "migrations", "requirements.txt"]

  # What lies at the top of the repository, in whatever state its folder is: everything but what is deployed stays out.
  found = distinct(flatten([
    for depth in ["*", "*/*", "*/*/*"] : [for file in fileset(local.repository, depth) : split("/", file)[0]]
  ]))
}

# One archive for all functions; GOOGLE_FUNCTION_SOURCE says which of them an image serves.
data "archive_file" "source" {
  type        = "zip"
  source_dir  = local.repository
  output_path = "${path.module}/.terraform/source.zip"
  # Whoever packs it gets the same archive, whatever their umask.
  output_file_mode = "0644"
  excludes = concat(
    flatten([for name in local.found : [name, "${name}/**"] if !contains(local.deployed, name)]),
    ["**/__pycache__/**", "**/*.pyc"]
  )
}

resource "google_storage_bucket" "source" {
  name                        = "${var.project_id}-altayarvip-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  versioning {
    enabled = true
  }

  depends_on = [google_project_service.used]
}

# Named after its content: the functions are built anew when the code has changed, and only then.
resource "google_storage_bucket_object" "source" {
  name   = "source-${data.archive_file.source.output_sha256}.zip"
  bucket = google_storage_bucket.source.name
  source = data.archive_file.source.output_path

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "altayarvip"
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions"

  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"

    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "delete-old-ones"
    action = "DELETE"

    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.used]
}
