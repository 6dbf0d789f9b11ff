locals {
  database_name  = "altayarvip"
  database_owner = "altayarvip_owner"

  # What the server's memory is good for: https://cloud.google.com/sql/docs/postgres/flags, max_connections.
  database_memory_mb = lookup(
    { "db-f1-micro" = 614, "db-g1-small" = 1740 },
    var.database.tier,
    try(tonumber(split("-", var.database.tier)[3]), 0)
  )
  connections_by_memory = [
    { least_mb = 0, connections = 25 },
    { least_mb = 1700, connections = 50 },
    { least_mb = 3840, connections = 100 },
    { least_mb = 6144, connections = 200 },
    { least_mb = 7680, connections = 400 },
    { least_mb = 15360, connections = 500 },
    { least_mb = 30720, connections = 600 },
    { least_mb = 61440, connections = 800 },
    { least_mb = 122880, connections = 1000 },
  ]
  max_connections = coalesce(
    var.database.max_connections,
    max([for step in local.connections_by_memory : step.connections if local.database_memory_mb >= step.least_mb]...)
  )

  # The migration, Google's own agents, and a person who looks something up.
  reserved_connections = 10
  pooled_connections   = sum([for size in local.sizes : size.max_instances * size.pool_size])
}

resource "google_sql_database_instance" "main" {
  name             = var.database.name
  region           = var.region
  database_version = var.database.version

  # Both of them: the first is Terraform's, the second holds against everybody.
  deletion_protection = var.deletion_protection

  settings {
    # Said aloud: from POSTGRES_16 the API's own default is ENTERPRISE_PLUS, which has none of these tiers.
    edition                     = "ENTERPRISE"
    tier                        = var.database.tier
    availability_type           = var.database.availability_type
    deletion_protection_enabled = var.deletion_protection

    disk_type             = "PD_SSD"
    disk_size             = var.database.disk_size_gb
    disk_autoresize       = true
    disk_autoresize_limit = var.database.disk_limit_gb

    backup_configuration {
      enabled                        = true
      start_time                     = "03:00"
      point_in_time_recovery_enabled = true
      # The most that this edition keeps.
      transaction_log_retention_days = 7

      backup_retention_settings {
        retained_backups = var.database.kept_backups
        retention_unit   = "COUNT"
      }
    }

    ip_configuration {
      ipv4_enabled    = !var.network.private
      private_network = one(google_compute_network.main[*].id)
      # Without a certificate that the connector library gets from Google nobody is even asked for a password.
      ssl_mode = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    }

    insights_config {
      query_insights_enabled  = true
      query_string_length     = 2048
      record_application_tags = false
      record_client_address   = false
    }

    # In UTC: Tuesday, before the night's backup, when the fewest people in Egypt and the Gulf book.
    maintenance_window {
      day          = 2
      hour         = 1
      update_track = "stable"
    }

    dynamic "database_flags" {
      for_each = {
        "cloudsql.iam_authentication" = "on"
        "log_checkpoints"             = "on"
        "log_connections"             = "on"
        "log_disconnections"          = "on"
        "log_lock_waits"              = "on"
        "log_min_error_statement"     = "error"
        "log_min_messages"            = "warning"
        "log_temp_files"              = "0"
        "max_connections"             = tostring(local.max_connections)
      }

      content {
        name  = database_flags.key
        value = database_flags.value
      }
    }
  }

  lifecycle {
    # The disk grows by itself, and Terraform would make a new instance to shrink it again.
    ignore_changes = [settings[0].disk_size]

    precondition {
      condition     = local.pooled_connections + local.reserved_connections <= local.max_connections
      error_message = <<-TEXT
        The functions may open ${local.pooled_connections} connections (the sum of max_instances × pool_size) and
        ${local.reserved_connections} are reserved, but ${var.database.tier} takes ${local.max_connections}.
        Choose a larger database.tier, or smaller functions; docs/operations.md has sizes that fit one another.
      TEXT
    }
  }

  depends_on = [google_service_networking_connection.services, google_project_service.used]
}

resource "google_sql_database" "main" {
  name            = local.database_name
  instance        = google_sql_database_instance.main.name
  deletion_policy = "ABANDON"
}

# Owns the schema and migrates it; nobody else logs in with a password.
resource "google_sql_user" "owner" {
  name                = local.database_owner
  instance            = google_sql_database_instance.main.name
  password_wo         = trimspace(var.database_owner_password)
  password_wo_version = var.secret_versions.database_owner_password
  # PostgreSQL drops no role that owns anything: it goes with its instance.
  deletion_policy = "ABANDON"
}

# IAM users start without privileges; the owner grants them at the end of each migration.
resource "google_sql_user" "function" {
  for_each = google_service_account.function

  name            = local.database_users[each.key]
  instance        = google_sql_database_instance.main.name
  type            = "CLOUD_IAM_SERVICE_ACCOUNT"
  deletion_policy = "ABANDON"
}
