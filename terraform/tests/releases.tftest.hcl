# What keeps an apply from going on after a deployment that failed. The stand-in of the provider deploys everything, so what
# Cloud Run says of the function is made up here.
variables {
  account     = "auth@altayarvip-test.iam.gserviceaccount.com"
  environment = { ENVIRONMENT = "production" }
  ingress     = "ALLOW_INTERNAL_AND_GCLB"
  invoker     = "allUsers"
  name        = "auth"

  deployment = {
    build_account = "projects/altayarvip-test/serviceAccounts/build@altayarvip-test.iam.gserviceaccount.com"
    bucket        = "altayarvip-test-altayarvip-source"
    object        = "source-0.zip"
    region        = "me-central1"
    release       = "0123456789ab-1"
    repository    = "projects/altayarvip-test/locations/me-central1/repositories/altayarvip"
    runtime       = "python311"
  }

  size = {
    concurrency     = 20
    cpu             = 1
    max_instances   = 3
    memory          = "1Gi"
    min_instances   = 1
    timeout_seconds = 300
  }
}

run "a_release_that_runs_is_taken_for_deployed" {
  module {
    source = "./function"
  }

  override_data {
    target = data.google_cloud_run_v2_service.deployed
    values = {
      terminal_condition = [{ state = "CONDITION_SUCCEEDED" }]
      template           = [{ containers = [{ env = [{ name = "ENVIRONMENT", value = "production" }, { name = "RELEASE", value = "0123456789ab-1" }] }] }]
    }
  }

  assert {
    condition     = output.name == "altayarvip-auth"
    error_message = "The function is there."
  }
}

run "the_same_release_is_not_where_it_did_not_start" {
  command = plan

  module {
    source = "./function"
  }

  override_data {
    target = data.google_cloud_run_v2_service.deployed
    values = {
      terminal_condition = [{ state = "CONDITION_FAILED" }]
      template           = [{ containers = [{ env = [{ name = "RELEASE", value = "0123456789ab-1" }] }] }]
    }
  }

  expect_failures = [data.google_cloud_run_v2_service.deployed]
}

run "the_same_release_is_not_where_its_build_failed" {
  command = plan

  module {
    source = "./function"
  }

  override_data {
    target = data.google_cloud_run_v2_service.deployed
    values = {
      terminal_condition = [{ state = "CONDITION_SUCCEEDED" }]
      template           = [{ containers = [{ env = [{ name = "RELEASE", value = "ba9876543210-1" }] }] }]
    }
  }

  expect_failures = [data.google_cloud_run_v2_service.deployed]
}

run "the_next_release_can_be_planned_all_the_same" {
  command = plan

  module {
    source = "./function"
  }

  variables {
    deployment = {
      build_account = "projects/altayarvip-test/serviceAccounts/build@altayarvip-test.iam.gserviceaccount.com"
      bucket        = "altayarvip-test-altayarvip-source"
      object        = "source-0.zip"
      region        = "me-central1"
      release       = "0123456789ab-2"
      repository    = "projects/altayarvip-test/locations/me-central1/repositories/altayarvip"
      runtime       = "python311"
    }
  }

  override_data {
    target = data.google_cloud_run_v2_service.deployed
    values = {
      terminal_condition = [{ state = "CONDITION_FAILED" }]
    }
  }

  assert {
    condition     = google_cloudfunctions2_function.main.service_config[0].environment_variables.RELEASE == "0123456789ab-2"
    error_message = "The release before it does not matter any more."
  }
}
