# The set-ups that are meant to be: by default, the cheaper one, a staging system, and a large one.
variables {
  alert_emails            = ["operator@example.com"]
  budget                  = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 200 }
  database_owner_password = "0123456789abcdef0123456789abcdef"
  fawaterk_api_key        = "0123456789abcdef"
  fawaterk_vendor_key     = "0123456789abcdef"
  first_admin_email       = "admin@example.com"
  project_id              = "altayarvip-test"
}

run "by_default" {
  command = plan

  assert {
    condition     = google_sql_database_instance.main.settings[0].edition == "ENTERPRISE" && google_sql_database_instance.main.settings[0].ip_configuration[0].ipv4_enabled == false
    error_message = "The database must be of the ENTERPRISE edition and on a private address."
  }

  assert {
    condition     = google_sql_database_instance.main.settings[0].ip_configuration[0].ssl_mode == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    error_message = "Nobody may connect without a client certificate."
  }

  assert {
    condition     = google_sql_database_instance.main.deletion_protection && google_sql_database_instance.main.settings[0].deletion_protection_enabled
    error_message = "The database must be protected against being deleted."
  }

  assert {
    condition     = toset([for name, size in local.sizes : name if size.min_instances > 0]) == toset(["auth", "orders", "payments_webhook"])
    error_message = "An instance waits where a person waits, and nowhere else."
  }

  assert {
    condition     = local.pooled_connections + local.reserved_connections <= local.max_connections
    error_message = "The default sizes must fit the default database."
  }

  assert {
    condition     = alltrue([for size in values(local.sizes) : size.cpu == 1 && size.memory == "1Gi" && size.timeout_seconds == 300])
    error_message = "Functions have the processor, memory and time of the system as it was."
  }

  assert {
    condition     = output.webhook_url == "https://api.altayarvip.com/api/payments/fawaterk/webhook"
    error_message = "The webhook's address must be the one that Fawaterk knows."
  }

  assert {
    condition     = local.common_environment.FAWATERK_BASE_URL == "https://app.fawaterk.com/api/v2" && local.common_environment.DEBUG == "false"
    error_message = "Production asks the live gateway and tells nobody its insides."
  }

  assert {
    condition     = length(google_dns_record_set.main) == 0 && length(output.dns_records) == 3
    error_message = "Without a zone the records are told and not set."
  }

  assert {
    condition = alltrue([
      for key, used in local.secret_roles : used.role == "roles/secretmanager.secretVersionAdder" ? used.function == "jobs" : true
    ])
    error_message = "Only the jobs function makes versions of secrets."
  }

  assert {
    condition     = local.common_environment.SECRETS_MOUNT == "/secrets"
    error_message = "Functions find their secrets where the module mounts them."
  }
}

run "at_less_cost" {
  command = plan

  variables {
    budget   = null
    database = { tier = "db-f1-micro" }
    functions = {
      auth             = { max_instances = 1, pool_size = 2 }
      bookings         = { max_instances = 1, pool_size = 2 }
      invoices         = { max_instances = 1, pool_size = 2 }
      loyalty          = { max_instances = 1, pool_size = 2 }
      orders           = { max_instances = 1, pool_size = 2 }
      payments_webhook = { max_instances = 1, pool_size = 2 }
      people           = { max_instances = 1, pool_size = 1 }
    }
    network = { private = false }
  }

  assert {
    condition = (
      google_sql_database_instance.main.settings[0].ip_configuration[0].ipv4_enabled
      && length(google_sql_database_instance.main.settings[0].ip_configuration[0].authorized_networks) == 0
      && google_sql_database_instance.main.settings[0].ip_configuration[0].ssl_mode == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    )
    error_message = "A public address has no authorised network and takes client certificates alone."
  }

  assert {
    condition     = length(google_vpc_access_connector.main) == 0 && length(google_compute_network.main) == 0
    error_message = "There is no network to pay for."
  }

  assert {
    condition     = local.common_environment.CLOUD_SQL_ADDRESS == "public"
    error_message = "The functions must know where the database is."
  }

  assert {
    condition     = local.max_connections == 25 && local.pooled_connections == 15
    error_message = "These sizes are in the docs as those that fit db-f1-micro."
  }
}

run "for_staging" {
  command = plan

  variables {
    domain      = "api.staging.altayarvip.com"
    environment = "staging"
    fawaterk    = { test_mode = true }
    dns_zone    = { name = "altayarvip", dns_name = "altayarvip.com.", create = false }
  }

  assert {
    condition     = local.common_environment.FAWATERK_BASE_URL == "https://staging.fawaterk.com/api/v2" && local.common_environment.ENVIRONMENT == "staging"
    error_message = "A staging system asks the gateway's staging address."
  }

  assert {
    condition     = length(google_dns_record_set.main) == 3 && length(google_dns_managed_zone.main) == 0
    error_message = "The records are set in the zone that is there."
  }
}

run "with_a_zone_of_its_own" {
  command = plan

  variables {
    dns_zone = { name = "altayarvip-api", dns_name = "api.altayarvip.com." }
  }

  assert {
    condition     = length(google_dns_managed_zone.main) == 1 && length(google_dns_record_set.main) == 3
    error_message = "The zone and its records are made."
  }
}

run "large" {
  command = plan

  variables {
    database = { tier = "db-custom-8-30720", version = "POSTGRES_18", availability_type = "REGIONAL", disk_size_gb = 100, disk_limit_gb = 1000 }
    functions = {
      auth             = { max_instances = 20, min_instances = 2, concurrency = 40, pool_size = 5 }
      bookings         = { max_instances = 10, concurrency = 40, pool_size = 5 }
      invoices         = { max_instances = 20, cpu = 2, memory = "2Gi", pool_size = 2 }
      jobs             = { max_instances = 2, pool_size = 4 }
      loyalty          = { max_instances = 10, concurrency = 40, pool_size = 5 }
      orders           = { max_instances = 30, min_instances = 3, concurrency = 40, pool_size = 5 }
      payments_webhook = { max_instances = 20, min_instances = 2, concurrency = 40, pool_size = 5 }
      people           = { max_instances = 5, concurrency = 40, pool_size = 5 }
    }
    network = { connector_machine_type = "e2-standard-4", connector_max_instances = 10 }
    runtime = "python313"
  }

  assert {
    condition     = local.max_connections == 600 && local.pooled_connections == 523
    error_message = "These sizes are in the docs as those that fit db-custom-8-30720."
  }

  assert {
    condition     = local.environments.orders.THREADS == "40" && local.environments.orders.DB_POOL_SIZE == "5"
    error_message = "Threads are the concurrency, or the requests beyond them wait within the instance."
  }
}

run "without_mail" {
  command = plan

  variables {
    secret_versions = {}
    smtp_url        = ""
  }

  assert {
    condition     = length(google_secret_manager_secret_version.smtp_url) == 0 && !contains(keys(local.common_environment), "MAIL_FROM")
    error_message = "Without a server there is no version of its secret, and the sender is the code's."
  }
}

run "with_mail" {
  command = plan

  variables {
    mail_from       = "AltayarVIP <no-reply@altayarvip.com>"
    secret_versions = { smtp_url = 1 }
    smtp_url        = "smtps://mailer:pass%3Aword@smtp.example.com\n"
  }

  assert {
    condition     = google_secret_manager_secret_version.smtp_url[0].secret_data_wo_version == 1 && google_secret_manager_secret_version.smtp_url[0].secret_data == null
    error_message = "The server's address and password are written, and the plan does not hold them."
  }

  assert {
    condition     = local.environments.jobs.MAIL_FROM == "AltayarVIP <no-reply@altayarvip.com>"
    error_message = "Mails have the sender that was given."
  }
}

run "with_a_second_factor" {
  command = plan

  variables {
    second_factor_required = true
  }

  assert {
    condition     = alltrue([for name, environment in local.environments : environment.SECOND_FACTOR_REQUIRED == "true"])
    error_message = "Every function asks administrators for a second factor, or one of them lets in those who lack it."
  }
}

run "as_often_as_wanted" {
  command = plan

  variables {
    secret_versions = { fawaterk_vendor_key = 2 }
  }

  assert {
    condition     = google_secret_manager_secret_version.fawaterk_vendor_key.secret_data_wo_version == 2 && google_secret_manager_secret_version.fawaterk_vendor_key.secret_data == null
    error_message = "A raised number writes a new version, whose value the plan does not hold."
  }
}
