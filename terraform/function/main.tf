# One function of the shared archive, and the one who may call it.
terraform {
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

resource "google_cloudfunctions2_function" "main" {
  name        = "altayarvip-${replace(var.name, "_", "-")}"
  description = "AltayarVIP: ${var.name}"
  location    = var.deployment.region

  build_config {
    runtime           = var.deployment.runtime
    entry_point       = var.name
    docker_repository = var.deployment.repository
    service_account   = var.deployment.build_account

    environment_variables = {
      GOOGLE_FUNCTION_SOURCE = "functions/${var.name}/main.py"
      RELEASE                = var.deployment.release
    }

    source {
      storage_source {
        bucket = var.deployment.bucket
        object = var.deployment.object
      }
    }
  }

  service_config {
    available_cpu                    = tostring(var.size.cpu)
    available_memory                 = var.size.memory
    environment_variables            = merge(var.environment, { RELEASE = var.deployment.release })
    ingress_settings                 = var.ingress
    max_instance_count               = var.size.max_instances
    max_instance_request_concurrency = var.size.concurrency
    min_instance_count               = var.size.min_instances
    service_account_email            = var.account
    timeout_seconds                  = var.size.timeout_seconds
    vpc_connector                    = var.deployment.vpc_connector
    # Calls to the gateway go out directly; only the database is behind the connector.
    vpc_connector_egress_settings = var.deployment.vpc_connector == null ? null : "PRIVATE_RANGES_ONLY"

    # Cloud Run reads a mounted file anew each time, so a new version needs no deploy (lib/secrets.py).
    dynamic "secret_volumes" {
      for_each = var.secrets

      content {
        mount_path = "${var.environment.SECRETS_MOUNT}/${secret_volumes.value}"
        project_id = var.environment.SECRETS_PROJECT
        secret     = secret_volumes.value

        versions {
          path    = "latest"
          version = "latest"
        }
      }
    }
  }
}

# An update that fails leaves the old code serving, and the new one in Terraform's state, as if it had been deployed: the
# next apply would find nothing to do here and go on. What really runs is what Cloud Run says.
data "google_cloud_run_v2_service" "deployed" {
  name     = google_cloudfunctions2_function.main.name
  location = google_cloudfunctions2_function.main.location

  depends_on = [google_cloudfunctions2_function.main]

  lifecycle {
    postcondition {
      condition     = self.terminal_condition[0].state != "CONDITION_FAILED"
      error_message = <<-TEXT
        ${self.name} did not start when it was deployed last, and still serves the release before it.
        Its log says what was wrong. Put that right, raise deployment_attempt and apply again.
      TEXT
    }
    postcondition {
      condition = alltrue([
        for one in self.template[0].containers[0].env : one.value == var.deployment.release if one.name == "RELEASE"
      ])
      error_message = <<-TEXT
        ${self.name} does not run release ${var.deployment.release}: its last build failed, or it was deployed
        by other means since. Raise deployment_attempt and apply again.
      TEXT
    }
  }
}

# The function's own IAM takes no run.invoker: the service beneath it is what is called.
resource "google_cloud_run_v2_service_iam_member" "invoker" {
  name     = google_cloudfunctions2_function.main.name
  location = google_cloudfunctions2_function.main.location
  role     = "roles/run.invoker"
  member   = var.invoker
}
