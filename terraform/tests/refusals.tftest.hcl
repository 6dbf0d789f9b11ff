# Every plan that must not be. A variable has one value in a run, so each run holds one wrong value of each that still has
# one to try; all of them have to be refused.
variables {
  alert_emails            = ["operator@example.com"]
  budget                  = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 200 }
  database_owner_password = "0123456789abcdef0123456789abcdef"
  fawaterk_api_key        = "0123456789abcdef"
  fawaterk_vendor_key     = "0123456789abcdef"
  first_admin_email       = "admin@example.com"
  project_id              = "altayarvip-test"
}

run "a_first_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # An alert that nobody reads is refused.
    alert_emails = []
    # A share is at most one.
    alert_thresholds = { disk_share = 90 }
    # A billing account is named by its id.
    budget = { billing_account = "my account", monthly_amount = 200 }
    # Every origin is no known origin.
    cors_origins = ["*"]
    # An old PostgreSQL is refused.
    database = { version = "POSTGRES_14" }
    # A short owner password is refused.
    database_owner_password = "too-short"
    # A zone holds the domain.
    dns_zone = { name = "other", dns_name = "example.com." }
    # Test mode is refused in production.
    fawaterk = { test_mode = true }
    # An attempt counts from one.
    deployment_attempt = 0
    # An empty API key is refused.
    fawaterk_api_key = "\n"
    # A placeholder is no vendor key.
    fawaterk_vendor_key = "YOUR VENDOR KEY, 32 LETTERS"
    # The first administrator has an address.
    first_admin_email = "admin"
    # A function that is none is refused.
    functions = { payments = { max_instances = 2 } }
    # A connector's range is a 28.
    network = { connector_cidr = "10.8.0.0/24" }
    # A sender is an address.
    mail_from = "AltayarVIP"
    # A project is named by its id.
    project_id = "Altayar VIP"
    # Signing in is limited more than the rest.
    rate_limits = { sign_in = 1000 }
    # A zone is no region.
    region = "me-central1-a"
    # An old Python is refused.
    runtime = "python310"
    # A zone is no region of the scheduler.
    scheduler_region = "europe-west1-b"
    # A version counts from one.
    secret_versions = { fawaterk_api_key = 0 }
  }

  expect_failures = [
    var.alert_emails,
    var.alert_thresholds,
    var.budget,
    var.cors_origins,
    var.database,
    var.database_owner_password,
    var.deployment_attempt,
    var.dns_zone,
    var.fawaterk,
    var.fawaterk_api_key,
    var.fawaterk_vendor_key,
    var.first_admin_email,
    var.functions,
    var.network,
    var.project_id,
    var.mail_from,
    var.rate_limits,
    var.region,
    var.runtime,
    var.scheduler_region,
    var.secret_versions,
  ]
}

run "a_second_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # An alert goes to an address.
    alert_emails = ["operator"]
    # A budget is a whole amount.
    budget = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 0.5 }
    # An origin has no path.
    cors_origins = ["https://altayarvip.com/"]
    # Another database is refused.
    database = { version = "MYSQL_8_0" }
    # A zone that only ends alike is refused.
    dns_zone = { name = "other", dns_name = "vip.com." }
    # The gateway is https.
    fawaterk = { base_url = "http://app.fawaterk.com/api/v2" }
    # Concurrency needs a cpu.
    functions = { invoices = { cpu = 0.58 } }
    # A connector has two instances.
    network = { connector_min_instances = 1 }
    # The webhook is limited less than the rest.
    rate_limits = { webhook = 100 }
    # A share is no percentage.
    balancer_log_share = 50
    # A password is not sent without TLS.
    smtp_url = "smtp://mailer:password@smtp.example.com"
  }

  expect_failures = [
    var.alert_emails,
    var.budget,
    var.cors_origins,
    var.database,
    var.dns_zone,
    var.fawaterk,
    var.functions,
    var.network,
    var.balancer_log_share,
    var.rate_limits,
    var.smtp_url,
  ]
}

run "a_third_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # An origin is https.
    cors_origins = ["http://altayarvip.com"]
    # A tier of another edition is refused.
    database = { tier = "db-perf-optimized-N-2" }
    # Half an attempt is none.
    deployment_attempt = 1.5
    # A zone's name ends with a dot.
    dns_zone = { name = "altayarvip", dns_name = "altayarvip.com" }
    # A provider key has its form.
    fawaterk = { provider_key = "19700" }
    # A cpu is one of Cloud Run's.
    functions = { auth = { cpu = 3 } }
    # A connector's machine is one of three.
    network = { connector_machine_type = "n1-standard-1" }
  }

  expect_failures = [
    var.cors_origins,
    var.database,
    var.deployment_attempt,
    var.dns_zone,
    var.fawaterk,
    var.functions,
    var.network,
  ]
}

run "a_fourth_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # An environment is production or staging.
    environment = "local"
    # A domain is no address.
    domain = "https://api.altayarvip.com"
    # An odd number of cpus is refused.
    database = { tier = "db-custom-3-11520" }
    # Memory has a unit.
    functions = { auth = { memory = "512" } }
  }

  expect_failures = [
    var.environment,
    var.domain,
    var.database,
    var.functions,
  ]
}

run "a_fifth_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # A domain has a dot.
    domain = "localhost"
    # Availability is zonal or regional.
    database = { availability_type = "GLOBAL" }
    # Staging takes no real money.
    environment = "staging"
    # The fewest instances are no more than the most.
    functions = { loyalty = { min_instances = 3 } }
  }

  expect_failures = [
    var.domain,
    var.database,
    var.fawaterk,
    var.functions,
  ]
}

run "a_sixth_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # A disk does not begin over its limit.
    database = { disk_size_gb = 200, disk_limit_gb = 100 }
    # Nor does it by the live gateway.
    environment = "staging"
    fawaterk    = { test_mode = true, base_url = "https://app.fawaterk.com/api/v2" }
    # A pool has a connection.
    functions = { auth = { pool_size = 0 } }
  }

  expect_failures = [
    var.database,
    var.fawaterk,
    var.functions,
  ]
}

run "a_seventh_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # A week of backups is the least.
    database = { kept_backups = 1 }
    # A job needs its minute.
    functions = { jobs = { timeout_seconds = 30 } }
  }

  expect_failures = [
    var.database,
    var.functions,
  ]
}

run "an_eighth_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # Connections have their bounds.
    database = { max_connections = 5000 }
    # No more handlers run than requests come.
    functions = { auth = { concurrency = 8, threads = 9 } }
  }

  expect_failures = [
    var.database,
    var.functions,
  ]
}

run "a_ninth_wrong_value_of_each_is_refused" {
  command = plan

  variables {
    # An instance's name has its letters.
    database = { name = "AltayarVIP" }
    # Production asks no staging gateway.
    fawaterk = { base_url = "https://staging.fawaterk.com/api/v2" }
  }

  expect_failures = [
    var.database,
    var.fawaterk,
  ]
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
