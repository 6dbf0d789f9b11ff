variable "alert_emails" {
  description = "Who is told when an alert fires."
  type        = set(string)

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails must name at least one e-mail address: an alert that nobody reads is none."
  }
}

variable "alert_thresholds" {
  description = "When alerts fire: 5xx answers in 5 minutes, the 95th percentile of latency, webhooks whose hash does not hold in 5 minutes, the share of connections and of the disk in use."
  type = object({
    connections_share = optional(number, 0.8)
    disk_share        = optional(number, 0.9)
    hash_failures     = optional(number, 5)
    latency_ms        = optional(number, 2000)
    server_errors     = optional(number, 5)
  })
  default = {}

  validation {
    condition = alltrue([
      var.alert_thresholds.connections_share > 0, var.alert_thresholds.connections_share <= 1,
      var.alert_thresholds.disk_share > 0, var.alert_thresholds.disk_share <= 1,
      var.alert_thresholds.hash_failures >= 0, var.alert_thresholds.latency_ms > 0, var.alert_thresholds.server_errors >= 0,
    ])
    error_message = "alert_thresholds: shares lie between 0 and 1, counts are not negative, latency_ms is over 0."
  }
}

variable "balancer_log_share" {
  description = "The share of requests that the balancer writes into its log, from 0 to 1; the functions log each request all the same."
  type        = number
  default     = 1

  validation {
    condition     = var.balancer_log_share >= 0 && var.balancer_log_share <= 1
    error_message = "balancer_log_share must be a number from 0 to 1."
  }
}

variable "budget" {
  description = "Monthly budget of the project; null for none. The amount is in the billing account's own currency."
  type = object({
    billing_account = string
    currency        = optional(string, "USD")
    monthly_amount  = number
  })

  validation {
    condition = var.budget == null ? true : (
      can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account))
      && can(regex("^[A-Z]{3}$", var.budget.currency))
      && var.budget.monthly_amount >= 1 && floor(var.budget.monthly_amount) == var.budget.monthly_amount
    )
    error_message = "budget: billing_account looks like 012345-6789AB-CDEF01, currency like USD, monthly_amount is a whole number of at least 1."
  }
}

variable "cors_origins" {
  description = "The web apps that may call the API from a browser."
  type        = list(string)
  default     = ["https://altayarvip.com", "https://app.altayarvip.com"]

  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "cors_origins must be origins such as https://app.altayarvip.com: https, no path, no slash at the end, no asterisk."
  }
}

variable "database" {
  description = "The Cloud SQL instance. docs/operations.md has a table of sizes. max_connections: null for what the memory is good for."
  type = object({
    availability_type = optional(string, "ZONAL")
    disk_limit_gb     = optional(number, 100)
    disk_size_gb      = optional(number, 10)
    kept_backups      = optional(number, 30)
    max_connections   = optional(number)
    name              = optional(string, "altayarvip-db")
    tier              = optional(string, "db-g1-small")
    version           = optional(string, "POSTGRES_15")
  })
  default = {}

  validation {
    condition     = contains(["POSTGRES_15", "POSTGRES_16", "POSTGRES_17", "POSTGRES_18"], var.database.version)
    error_message = "database.version must be POSTGRES_15, POSTGRES_16, POSTGRES_17 or POSTGRES_18."
  }
  validation {
    condition     = can(regex("^(db-f1-micro|db-g1-small|db-custom-(1|[1-9]?[02468])-[0-9]+)$", var.database.tier))
    error_message = "database.tier must be db-f1-micro, db-g1-small or db-custom-CPUS-MEGABYTES with 1 or an even number of CPUs."
  }
  validation {
    condition     = contains(["ZONAL", "REGIONAL"], var.database.availability_type)
    error_message = "database.availability_type must be ZONAL, or REGIONAL for a standby in another zone."
  }
  validation {
    condition     = var.database.disk_size_gb >= 10 && var.database.disk_limit_gb >= var.database.disk_size_gb
    error_message = "database.disk_size_gb must be at least 10, and disk_limit_gb at least as much."
  }
  validation {
    condition     = var.database.kept_backups >= 7 && var.database.kept_backups <= 365
    error_message = "database.kept_backups must be 7 to 365."
  }
  validation {
    condition     = var.database.max_connections == null ? true : var.database.max_connections >= 25 && var.database.max_connections <= 1000
    error_message = "database.max_connections must be 25 to 1000, or null for what the memory is good for."
  }
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,79}$", var.database.name))
    error_message = "database.name must be lower-case letters, digits and hyphens."
  }
}

variable "database_owner_password" {
  description = "The password of the database's owner, who migrates. It stands in no state: raise secret_versions.database_owner_password to change it."
  type        = string
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = can(regex("^[!-~]{32,128}$", trimspace(var.database_owner_password)))
    error_message = "database_owner_password must have 32 to 128 printable ASCII characters without blanks: openssl rand -hex 32."
  }
}

variable "deletion_protection" {
  description = "Whether the database, and the bucket of pictures with anything in it, refuse to be destroyed."
  type        = bool
  default     = true
}

variable "deployment_attempt" {
  description = "To be raised where an apply failed while it deployed a function: the same code is then deployed once more."
  type        = number
  default     = 1

  validation {
    condition     = var.deployment_attempt >= 1 && floor(var.deployment_attempt) == var.deployment_attempt
    error_message = "deployment_attempt must be a whole number, 1 or more."
  }
}

variable "dns_zone" {
  description = "A Cloud DNS zone for the domain's records, made here unless it exists; null to set the records of the output dns_records elsewhere."
  type = object({
    create   = optional(bool, true)
    dns_name = string
    name     = string
  })
  default = null

  validation {
    condition     = var.dns_zone == null ? true : endswith(".${var.domain}.", ".${var.dns_zone.dns_name}") && endswith(var.dns_zone.dns_name, ".")
    error_message = "dns_zone.dns_name must be the domain or a domain above it, with a dot at its end, such as altayarvip.com."
  }
}

variable "domain" {
  description = "Where the API answers."
  type        = string
  default     = "api.altayarvip.com"

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "domain must be a host's name such as api.altayarvip.com: lower case, no https://, no path."
  }
}

variable "environment" {
  description = "production, or staging for a second system that takes no money."
  type        = string
  default     = "production"

  validation {
    condition     = contains(["production", "staging"], var.environment)
    error_message = "environment must be production or staging."
  }
}

variable "fawaterk" {
  description = "The gateway: its test mode takes no money and asks its staging address. base_url: null for the address of the mode."
  type = object({
    base_url     = optional(string)
    provider_key = optional(string, "FAWATERAK.19700")
    test_mode    = optional(bool, false)
  })
  default = {}

  validation {
    condition     = !(var.fawaterk.test_mode && var.environment == "production")
    error_message = "fawaterk.test_mode must be false in production: nobody's payment would be real."
  }
  validation {
    condition     = var.fawaterk.test_mode || var.environment != "staging"
    error_message = "fawaterk.test_mode must be true in staging: real money would be taken."
  }
  validation {
    condition     = !(var.environment == "production" && var.fawaterk.base_url == local.fawaterk_staging)
    error_message = "fawaterk.base_url must not be the staging gateway in production: nobody's payment would be real."
  }
  validation {
    condition     = !(var.fawaterk.test_mode && var.fawaterk.base_url == local.fawaterk_live)
    error_message = "fawaterk.base_url must not be the live gateway in test mode: real money would be taken."
  }
  validation {
    condition     = var.fawaterk.base_url == null ? true : can(regex("^https://[^/\\s]+(/[^\\s]*[^/\\s])?$", var.fawaterk.base_url))
    error_message = "fawaterk.base_url must be an https:// address without a slash at its end."
  }
  validation {
    condition     = can(regex("^FAWATERAK\\.[0-9]+$", var.fawaterk.provider_key))
    error_message = "fawaterk.provider_key must look like FAWATERAK.19700."
  }
}

variable "fawaterk_api_key" {
  description = "The key with which we call the gateway. It stands in no state: raise secret_versions.fawaterk_api_key to change it."
  type        = string
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = can(regex("^[!-~]{16,512}$", trimspace(var.fawaterk_api_key)))
    error_message = "fawaterk_api_key must be the key of the Fawaterk dashboard: 16 or more printable ASCII characters without blanks."
  }
}

variable "fawaterk_vendor_key" {
  description = "The key with which the gateway signs webhooks. It stands in no state: raise secret_versions.fawaterk_vendor_key to change it."
  type        = string
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = can(regex("^[!-~]{16,512}$", trimspace(var.fawaterk_vendor_key)))
    error_message = "fawaterk_vendor_key must be the vendor key of the Fawaterk dashboard: 16 or more printable ASCII characters without blanks."
  }
}

variable "first_admin_email" {
  description = "The first administrator, whose one-time password is then the newest version of altayarvip-first-admin-password."
  type        = string

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.first_admin_email))
    error_message = "first_admin_email must be an e-mail address."
  }
}

variable "functions" {
  description = "Sizes that differ from the defaults in functions.tf, by function. concurrency: requests at once on one instance, which needs a whole CPU where it is over 1; threads: handlers that run at once in it, as many as requests unless fewer are said; pool_size: its database connections."
  type = map(object({
    concurrency     = optional(number)
    cpu             = optional(number)
    max_instances   = optional(number)
    memory          = optional(string)
    min_instances   = optional(number)
    pool_size       = optional(number)
    threads         = optional(number)
    timeout_seconds = optional(number)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.functions) : contains(keys(local.default_sizes), name)])
    error_message = "functions: the functions are ${join(", ", keys(local.default_sizes))}."
  }
  validation {
    condition = alltrue([
      for size in values(var.functions) :
      coalesce(size.cpu, local.default_machine.cpu) >= 1 || coalesce(size.concurrency, 2) == 1
    ])
    error_message = "functions: a concurrency over 1, which all have by default, needs a cpu of at least 1."
  }
  validation {
    condition     = alltrue([for size in values(var.functions) : contains([0.08, 0.17, 0.33, 0.58, 1, 2, 4, 8], coalesce(size.cpu, 1))])
    error_message = "functions: cpu must be 0.08, 0.17, 0.33, 0.58, 1, 2, 4 or 8."
  }
  validation {
    condition     = alltrue([for size in values(var.functions) : can(regex("^[1-9][0-9]*(Mi|Gi)$", coalesce(size.memory, "1Gi")))])
    error_message = "functions: memory must look like 512Mi or 1Gi."
  }
  validation {
    condition = alltrue([
      for name, size in var.functions :
      coalesce(size.min_instances, 0) >= 0 && coalesce(size.max_instances, 1) >= 1 && coalesce(size.max_instances, 1) <= 100 && (
        coalesce(size.min_instances, try(local.default_sizes[name].min_instances, 0))
        <= coalesce(size.max_instances, try(local.default_sizes[name].max_instances, 1))
      )
    ])
    error_message = "functions: min_instances must be 0 or more and at most max_instances, which is 1 to 100."
  }
  validation {
    condition = alltrue([
      for size in values(var.functions) :
      coalesce(size.pool_size, 1) >= 1 && coalesce(size.pool_size, 1) <= 100
      && coalesce(size.concurrency, 1) >= 1 && coalesce(size.concurrency, 1) <= 1000
    ])
    error_message = "functions: pool_size must be 1 to 100 and concurrency 1 to 1000."
  }
  validation {
    condition = alltrue([
      for name, size in var.functions :
      coalesce(size.threads, 1) >= 1
      && coalesce(size.threads, 1) <= coalesce(size.concurrency, try(local.default_sizes[name].concurrency, 1))
    ])
    error_message = "functions: threads must be 1 or more and at most concurrency: no more requests come to an instance."
  }
  validation {
    condition     = alltrue([for size in values(var.functions) : coalesce(size.timeout_seconds, 60) >= 60 && coalesce(size.timeout_seconds, 60) <= 3600])
    error_message = "functions: timeout_seconds must be 60 to 3600: a job takes up to 60."
  }
}

variable "loyalty" {
  description = "Rates of points and cashback; docs/operations.md says what each means. Absent ones have the defaults of the code."
  type = object({
    approval_limit     = optional(string)
    loyalty_currency   = optional(string)
    point_value        = optional(string)
    points_per_egp     = optional(string)
    refund_window_days = optional(string)
  })
  default = {}
}

variable "default_currency" {
  description = "The currency of orders and bookings that name none, an ISO 4217 code. The app labels such amounts USD."
  type        = string
  default     = "USD"

  validation {
    condition     = can(regex("^[A-Z]{3}$", var.default_currency))
    error_message = "default_currency must be an ISO 4217 code such as USD."
  }
}

variable "mail_from" {
  description = "The sender of mails, as NAME <ADDRESS>: of a domain whose SPF, DKIM and DMARC records name the mail server. Null for the code's own."
  type        = string
  default     = null

  validation {
    condition     = var.mail_from == null || can(regex("^([^<>@\\s][^<>@\r\n]* <[^@\\s<>]+@[^@\\s<>]+\\.[^@\\s<>]+>|[^@\\s<>]+@[^@\\s<>]+\\.[^@\\s<>]+)$", var.mail_from))
    error_message = "mail_from must be an address, or NAME <ADDRESS>."
  }
}

variable "network" {
  description = "private: the database has no public address, and functions reach it through a VPC connector. Otherwise it has one without an authorised network, so that only the connector library's mutual TLS comes in, and there is no VPC connector to pay for."
  type = object({
    connector_cidr          = optional(string, "10.8.0.0/28")
    connector_machine_type  = optional(string, "e2-micro")
    connector_max_instances = optional(number, 3)
    connector_min_instances = optional(number, 2)
    private                 = optional(bool, true)
  })
  default = {}

  validation {
    condition     = can(cidrhost(var.network.connector_cidr, 0)) && endswith(var.network.connector_cidr, "/28")
    error_message = "network.connector_cidr must be a /28 such as 10.8.0.0/28."
  }
  validation {
    condition     = var.network.connector_min_instances >= 2 && var.network.connector_max_instances > var.network.connector_min_instances && var.network.connector_max_instances <= 10
    error_message = "network: connector_min_instances must be at least 2, and connector_max_instances more than that and at most 10."
  }
  validation {
    condition     = contains(["f1-micro", "e2-micro", "e2-standard-4"], var.network.connector_machine_type)
    error_message = "network.connector_machine_type must be f1-micro, e2-micro or e2-standard-4."
  }
}

variable "project_id" {
  description = "The Google Cloud project that holds everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's id: 6 to 30 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "rate_limits" {
  description = "Requests a minute from one address. Cloud Armor counts for each backend: an address that uses six functions has six times `everyone`."
  type = object({
    everyone = optional(number, 600)
    sign_in  = optional(number, 60)
    webhook  = optional(number, 3000)
  })
  default = {}

  validation {
    condition     = var.rate_limits.sign_in >= 10 && var.rate_limits.sign_in < var.rate_limits.everyone && var.rate_limits.everyone < var.rate_limits.webhook
    error_message = "rate_limits: sign_in must be at least 10, everyone more than that, and webhook more than everyone."
  }
}

variable "region" {
  description = "The region of the functions, the database and the VPC connector."
  type        = string
  default     = "me-central1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as me-central1, not a zone."
  }
}

variable "runtime" {
  description = "The functions' Python."
  type        = string
  default     = "python311"

  validation {
    condition     = contains(["python311", "python312", "python313"], var.runtime)
    error_message = "runtime must be python311, python312 or python313."
  }
}

variable "scheduler_region" {
  description = "The region of Cloud Scheduler, which is not in every region; it calls the jobs function wherever that is."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.scheduler_region))
    error_message = "scheduler_region must be a region such as europe-west1, not a zone."
  }
}

variable "second_factor_required" {
  description = "Whether ADMIN and SUPER_ADMIN need a second factor. The app's login screen has no field for its code, so they need another client then."
  type        = bool
  default     = false
}

variable "secret_versions" {
  description = "Raise a number to write the secret that is given with it anew; as long as it stays, what is given is not looked at."
  type = object({
    database_owner_password = optional(number, 1)
    fawaterk_api_key        = optional(number, 1)
    fawaterk_vendor_key     = optional(number, 1)
    smtp_url                = optional(number, 0)
  })
  default = {}

  validation {
    condition     = alltrue([for name, number in var.secret_versions : number >= (name == "smtp_url" ? 0 : 1) && floor(number) == number])
    error_message = "secret_versions must be whole numbers from 1 on; that of smtp_url may be 0, which is none."
  }
}

variable "seller" {
  description = "Who sells, as it is printed on invoices that are issued from now on. Absent ones have the defaults of the code."
  type = object({
    address_ar          = optional(string)
    address_en          = optional(string)
    commercial_register = optional(string)
    email               = optional(string)
    name_ar             = optional(string)
    name_en             = optional(string)
    phone               = optional(string)
    tax_number          = optional(string)
    website             = optional(string)
  })
  default = {}
}

variable "smtp_url" {
  description = "The mail server with its user and password, each percent-encoded: smtps://USER:PASSWORD@HOST or starttls://…; it is written once secret_versions.smtp_url is 1. It stands in no state: raise that number to change it."
  type        = string
  default     = ""
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = trimspace(var.smtp_url) == "" || can(regex("^(smtps|starttls)://([!-~]+@)?[A-Za-z0-9.-]+(:[0-9]+)?$", trimspace(var.smtp_url)))
    error_message = "smtp_url must be smtps:// or starttls:// with a host, as smtps://USER:PASSWORD@HOST: without TLS anybody on the way would read the mails."
  }

  validation {
    condition     = trimspace(var.smtp_url) != "" || var.secret_versions.smtp_url == 0
    error_message = "smtp_url must be given where secret_versions.smtp_url is not 0."
  }
}
