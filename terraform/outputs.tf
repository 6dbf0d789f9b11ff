output "base_url" {
  description = "Where the API answers once the DNS records are set."
  value       = local.base_url
}

output "database_connection_name" {
  description = "The Cloud SQL instance, as gcloud and the connector name it."
  value       = google_sql_database_instance.main.connection_name
}

output "dns_records" {
  description = "The records that the domain needs; they are set already where dns_zone is given."
  value       = values(local.dns_records)
}

output "dns_name_servers" {
  description = "Where a zone that was made here is to be delegated to, at the domain's registrar."
  value       = flatten(google_dns_managed_zone.main[*].name_servers)
}

output "next_step" {
  description = "What a person has to do now."
  value = join("\n", [
    var.dns_zone == null ? "1. Set the records of dns_records at the domain's DNS." : "1. See that the zone ${local.dns_zone} is delegated at the domain's registrar.",
    "2. Wait until the certificate is ACTIVE: gcloud certificate-manager certificates describe altayarvip",
    "3. curl ${local.base_url}/health",
    "4. Enter ${local.base_url}${local.webhook_path} at Fawaterk: Settings, Webhooks; events paid, failed, expired, refund.",
    "5. Log in as ${var.first_admin_email} with the newest version of altayarvip-first-admin-password, which opens one session, and change it.",
  ])
}

output "public_functions" {
  description = "The functions behind the balancer."
  value       = local.public_functions
}

output "route_rules" {
  description = "Which function answers which path, most particular first; every other path is the default function's."
  value       = local.route_rules
}

output "webhook_url" {
  description = "To be entered at Fawaterk."
  value       = "${local.base_url}${local.webhook_path}"
}
