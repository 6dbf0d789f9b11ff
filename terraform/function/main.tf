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
    environment_variables            = var.environment
    ingress_settings                 = var.ingress
    max_instance_count               = var.size.max_instances
    max_instance_request_concurrency = var.size.concurrency
    min_instance_count               = var.size.min_instances
    service_account_email            = var.account
    timeout_seconds                  = var.size.timeout_seconds
    vpc_connector                    = var.deployment.vpc_connector
    # Calls to the gateway go out directly; only the database is behind the connector.
    vpc_connector_egress_settings = var.deployment.vpc_connector == null ? null : "PRIVATE_RANGES_ONLY"
  }
}

# The function's own IAM takes no run.invoker: the service beneath it is what is called.
resource "google_cloud_run_v2_service_iam_member" "invoker" {
  name     = google_cloudfunctions2_function.main.name
  location = google_cloudfunctions2_function.main.location
  role     = "roles/run.invoker"
  member   = var.invoker
}
