locals {
  # The processor, memory and time of the system as it was. An instance waits only where a person would wait for its
  # start: at login, at the order, at the payment. The pools fit db-g1-small (docs/operations.md has other sizes).
  default_sizes = {
    auth             = { min_instances = 1, max_instances = 3, concurrency = 20, pool_size = 3 }
    bookings         = { min_instances = 0, max_instances = 2, concurrency = 20, pool_size = 2 }
    invoices         = { min_instances = 0, max_instances = 2, concurrency = 8, pool_size = 2 }
    jobs             = { min_instances = 0, max_instances = 1, concurrency = 8, pool_size = 2 }
    loyalty          = { min_instances = 0, max_instances = 2, concurrency = 20, pool_size = 2 }
    orders           = { min_instances = 1, max_instances = 3, concurrency = 20, pool_size = 3 }
    payments_webhook = { min_instances = 1, max_instances = 2, concurrency = 20, pool_size = 3 }
    people           = { min_instances = 0, max_instances = 1, concurrency = 20, pool_size = 2 }
  }
  default_machine = { cpu = 1, memory = "1Gi", timeout_seconds = 300 }

  sizes = {
    for name, size in local.default_sizes : name => merge(
      local.default_machine,
      size,
      { for key, value in try(var.functions[name], {}) : key => value if value != null }
    )
  }

  base_url         = "https://${var.domain}"
  fawaterk_live    = "https://app.fawaterk.com/api/v2"
  fawaterk_staging = "https://staging.fawaterk.com/api/v2"

  common_environment = merge(
    {
      APP_BASE_URL          = local.base_url
      CLOUD_SQL_ADDRESS     = var.network.private ? "private" : "public"
      CLOUD_SQL_INSTANCE    = google_sql_database_instance.main.connection_name
      CORS_ORIGINS          = join(",", var.cors_origins)
      DB_NAME               = google_sql_database.main.name
      DEBUG                 = "false"
      DEFAULT_CURRENCY      = var.default_currency
      ENVIRONMENT           = var.environment
      FAWATERK_BASE_URL     = coalesce(var.fawaterk.base_url, var.fawaterk.test_mode ? local.fawaterk_staging : local.fawaterk_live)
      FAWATERK_PROVIDER_KEY = var.fawaterk.provider_key
      FAWATERK_TEST_MODE    = tostring(var.fawaterk.test_mode)
      FUNCTION_USE_ASGI     = "true"
      # The C library would keep a heap of its own for nearly every thread, and holes in it that no other list fits in.
      MALLOC_ARENA_MAX       = "2"
      MALLOC_MMAP_THRESHOLD_ = "32768"
      SECOND_FACTOR_REQUIRED = tostring(var.second_factor_required)
      SECRETS_MOUNT          = "/secrets"
      SECRETS_PROJECT        = var.project_id
    },
    { for name, value in var.seller : "SELLER_${upper(name)}" => value if value != null },
    var.mail_from == null ? {} : { MAIL_FROM = var.mail_from },
    { for name, value in var.loyalty : upper(name) => value if value != null },
  )

  environments = {
    for name, size in local.sizes : name => merge(local.common_environment, {
      DB_POOL_SIZE = tostring(size.pool_size)
      DB_USER      = local.database_users[name]
      THREADS      = tostring(try(size.threads, size.concurrency))
      },
      contains(local.picture_functions, name) ? { PICTURES_BUCKET = google_storage_bucket.pictures.name } : {}
    )
  }

  # What the functions' images and their starts have in common.
  deployment = {
    build_account = google_service_account.build.id
    bucket        = google_storage_bucket.source.name
    object        = google_storage_bucket_object.source.name
    region        = var.region
    release       = "${substr(data.archive_file.source.output_sha256, 0, 12)}-${var.deployment_attempt}"
    repository    = google_artifact_registry_repository.images.id
    runtime       = var.runtime
    vpc_connector = one(google_vpc_access_connector.main[*].id)
  }
}

# Prepares the deployment as it starts (schema, privileges, first key, first administrator), before any other function
# gets the new code. Should that fail, so does the apply, and the old code goes on serving. It mounts no secret: a mount
# needs a version, and this function makes the first one.
module "jobs" {
  source = "./function"

  name       = "jobs"
  account    = google_service_account.function["jobs"].email
  deployment = local.deployment
  ingress    = "ALLOW_INTERNAL_ONLY"
  invoker    = google_service_account.scheduler.member
  size       = local.sizes.jobs
  environment = merge(local.environments.jobs, {
    DB_APPLICATION_USERS = join(",", [for name, user in local.database_users : "${name}=${user}"])
    FIRST_ADMIN_EMAIL    = var.first_admin_email
    PREPARE_DEPLOYMENT   = "true"
  })

  depends_on = [
    google_sql_user.function,
    google_sql_user.owner,
    google_secret_manager_secret_version.database_url,
    time_sleep.rights,
  ]
}

# Whoever calls them comes by the balancer; who may do what is said by the code.
module "public" {
  source   = "./function"
  for_each = toset(local.public_functions)

  name        = each.key
  account     = google_service_account.function[each.key].email
  deployment  = local.deployment
  ingress     = "ALLOW_INTERNAL_AND_GCLB"
  invoker     = "allUsers"
  size        = local.sizes[each.key]
  environment = local.environments[each.key]
  secrets     = toset([for secret, used in local.secrets : secret if contains(used.read_by, each.key)])

  depends_on = [
    module.jobs,
    google_secret_manager_secret_version.fawaterk_api_key,
    google_secret_manager_secret_version.fawaterk_vendor_key,
  ]
}
