# Every plan that must not be: each run names the check that has to refuse it.
variables {
  alert_emails            = ["operator@example.com"]
  budget                  = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 200 }
  database_owner_password = "0123456789abcdef0123456789abcdef"
  fawaterk_api_key        = "0123456789abcdef"
  fawaterk_vendor_key     = "0123456789abcdef"
  first_admin_email       = "admin@example.com"
  project_id              = "altayarvip-test"
}

run "an_alert_that_nobody_reads_is_refused" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [var.alert_emails]
}

run "an_alert_goes_to_an_address" {
  command = plan

  variables {
    alert_emails = ["operator"]
  }

  expect_failures = [var.alert_emails]
}

run "a_share_is_at_most_one" {
  command = plan

  variables {
    alert_thresholds = { disk_share = 90 }
  }

  expect_failures = [var.alert_thresholds]
}

run "a_billing_account_is_named_by_its_id" {
  command = plan

  variables {
    budget = { billing_account = "my account", monthly_amount = 200 }
  }

  expect_failures = [var.budget]
}

run "a_budget_is_a_whole_amount" {
  command = plan

  variables {
    budget = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 0.5 }
  }

  expect_failures = [var.budget]
}

run "every_origin_is_no_known_origin" {
  command = plan

  variables {
    cors_origins = ["*"]
  }

  expect_failures = [var.cors_origins]
}

run "an_origin_has_no_path" {
  command = plan

  variables {
    cors_origins = ["https://altayarvip.com/"]
  }

  expect_failures = [var.cors_origins]
}

run "an_origin_is_https" {
  command = plan

  variables {
    cors_origins = ["http://altayarvip.com"]
  }

  expect_failures = [var.cors_origins]
}

run "an_old_postgresql_is_refused" {
  command = plan

  variables {
    database = { version = "POSTGRES_14" }
  }

  expect_failures = [var.database]
}

run "another_database_is_refused" {
  command = plan

  variables {
    database = { version = "MYSQL_8_0" }
  }

  expect_failures = [var.database]
}

run "a_tier_of_another_edition_is_refused" {
  command = plan

  variables {
    database = { tier = "db-perf-optimized-N-2" }
  }

  expect_failures = [var.database]
}

run "an_odd_number_of_cpus_is_refused" {
  command = plan

  variables {
    database = { tier = "db-custom-3-11520" }
  }

  expect_failures = [var.database]
}

run "availability_is_zonal_or_regional" {
  command = plan

  variables {
    database = { availability_type = "GLOBAL" }
  }

  expect_failures = [var.database]
}

run "a_disk_does_not_begin_over_its_limit" {
  command = plan

  variables {
    database = { disk_size_gb = 200, disk_limit_gb = 100 }
  }

  expect_failures = [var.database]
}

run "a_week_of_backups_is_the_least" {
  command = plan

  variables {
    database = { kept_backups = 1 }
  }

  expect_failures = [var.database]
}

run "connections_have_their_bounds" {
  command = plan

  variables {
    database = { max_connections = 5000 }
  }

  expect_failures = [var.database]
}

run "an_instance_has_a_plain_name" {
  command = plan

  variables {
    database = { name = "Altayar DB" }
  }

  expect_failures = [var.database]
}

run "a_short_owner_password_is_refused" {
  command = plan

  variables {
    database_owner_password = "too-short"
  }

  expect_failures = [var.database_owner_password]
}

run "a_zone_holds_the_domain" {
  command = plan

  variables {
    dns_zone = { name = "other", dns_name = "example.com." }
  }

  expect_failures = [var.dns_zone]
}

run "a_zone_that_only_ends_alike_is_refused" {
  command = plan

  variables {
    dns_zone = { name = "other", dns_name = "vip.com." }
  }

  expect_failures = [var.dns_zone]
}

run "a_zone_s_name_ends_with_a_dot" {
  command = plan

  variables {
    dns_zone = { name = "altayarvip", dns_name = "altayarvip.com" }
  }

  expect_failures = [var.dns_zone]
}

run "a_domain_is_no_address" {
  command = plan

  variables {
    domain = "https://api.altayarvip.com"
  }

  expect_failures = [var.domain]
}

run "a_domain_has_a_dot" {
  command = plan

  variables {
    domain = "localhost"
  }

  expect_failures = [var.domain]
}

run "an_environment_is_production_or_staging" {
  command = plan

  variables {
    environment = "local"
  }

  expect_failures = [var.environment]
}

run "test_mode_is_refused_in_production" {
  command = plan

  variables {
    fawaterk = { test_mode = true }
  }

  expect_failures = [var.fawaterk]
}

run "the_gateway_is_https" {
  command = plan

  variables {
    fawaterk = { base_url = "http://app.fawaterk.com/api/v2" }
  }

  expect_failures = [var.fawaterk]
}

run "a_provider_key_has_its_form" {
  command = plan

  variables {
    fawaterk = { provider_key = "19700" }
  }

  expect_failures = [var.fawaterk]
}

run "an_empty_api_key_is_refused" {
  command = plan

  variables {
    fawaterk_api_key = "\n"
  }

  expect_failures = [var.fawaterk_api_key]
}

run "a_placeholder_is_no_vendor_key" {
  command = plan

  variables {
    fawaterk_vendor_key = "YOUR VENDOR KEY, 32 LETTERS"
  }

  expect_failures = [var.fawaterk_vendor_key]
}

run "the_first_administrator_has_an_address" {
  command = plan

  variables {
    first_admin_email = "admin"
  }

  expect_failures = [var.first_admin_email]
}

run "a_function_that_is_none_is_refused" {
  command = plan

  variables {
    functions = { payments = { max_instances = 2 } }
  }

  expect_failures = [var.functions]
}

run "concurrency_needs_a_cpu" {
  command = plan

  variables {
    functions = { invoices = { cpu = 0.58 } }
  }

  expect_failures = [var.functions]
}

run "a_cpu_is_one_of_cloud_run_s" {
  command = plan

  variables {
    functions = { auth = { cpu = 3 } }
  }

  expect_failures = [var.functions]
}

run "memory_has_a_unit" {
  command = plan

  variables {
    functions = { auth = { memory = "512" } }
  }

  expect_failures = [var.functions]
}

run "the_fewest_instances_are_no_more_than_the_most" {
  command = plan

  variables {
    functions = { loyalty = { min_instances = 3 } }
  }

  expect_failures = [var.functions]
}

run "a_pool_has_a_connection" {
  command = plan

  variables {
    functions = { auth = { pool_size = 0 } }
  }

  expect_failures = [var.functions]
}

run "a_job_needs_its_minute" {
  command = plan

  variables {
    functions = { jobs = { timeout_seconds = 30 } }
  }

  expect_failures = [var.functions]
}

run "a_connector_s_range_is_a_28" {
  command = plan

  variables {
    network = { connector_cidr = "10.8.0.0/24" }
  }

  expect_failures = [var.network]
}

run "a_connector_has_two_instances" {
  command = plan

  variables {
    network = { connector_min_instances = 1 }
  }

  expect_failures = [var.network]
}

run "a_connector_s_machine_is_one_of_three" {
  command = plan

  variables {
    network = { connector_machine_type = "n1-standard-1" }
  }

  expect_failures = [var.network]
}

run "a_project_is_named_by_its_id" {
  command = plan

  variables {
    project_id = "Altayar VIP"
  }

  expect_failures = [var.project_id]
}

run "signing_in_is_limited_more_than_the_rest" {
  command = plan

  variables {
    rate_limits = { sign_in = 1000 }
  }

  expect_failures = [var.rate_limits]
}

run "the_webhook_is_limited_less_than_the_rest" {
  command = plan

  variables {
    rate_limits = { webhook = 100 }
  }

  expect_failures = [var.rate_limits]
}

run "a_zone_is_no_region" {
  command = plan

  variables {
    region = "me-central1-a"
  }

  expect_failures = [var.region]
}

run "an_old_python_is_refused" {
  command = plan

  variables {
    runtime = "python310"
  }

  expect_failures = [var.runtime]
}

run "a_zone_is_no_region_of_the_scheduler" {
  command = plan

  variables {
    scheduler_region = "europe-west1-b"
  }

  expect_failures = [var.scheduler_region]
}

run "a_version_counts_from_one" {
  command = plan

  variables {
    secret_versions = { fawaterk_api_key = 0 }
  }

  expect_failures = [var.secret_versions]
}

run "more_connections_than_the_database_takes_are_refused" {
  command = plan

  variables {
    database = { tier = "db-f1-micro" }
  }

  expect_failures = [google_sql_database_instance.main]
}

run "more_instances_than_the_database_bears_are_refused" {
  command = plan

  variables {
    functions = { orders = { max_instances = 10 } }
  }

  expect_failures = [google_sql_database_instance.main]
}
