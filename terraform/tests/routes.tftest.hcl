variables {
  alert_emails            = ["operator@example.com"]
  budget                  = { billing_account = "012345-6789AB-CDEF01", monthly_amount = 200 }
  database_owner_password = "0123456789abcdef0123456789abcdef"
  fawaterk_api_key        = "0123456789abcdef"
  fawaterk_vendor_key     = "0123456789abcdef"
  first_admin_email       = "admin@example.com"
  project_id              = "altayarvip-test"
}

run "paths_lead_where_routes_yaml_says" {
  command = plan

  assert {
    condition = (
      index(output.route_rules[*].path_template_match, "/api/orders/*/invoice/**")
      < index(output.route_rules[*].path_template_match, "/api/orders/**")
    )
    error_message = "A path of an invoice would be answered by the orders function."
  }

  assert {
    condition     = !contains(output.public_functions, "jobs")
    error_message = "The jobs function is private."
  }

  assert {
    condition = [
      for rule in google_compute_url_map.https.path_matcher[0].route_rules : rule.match_rules[0].path_template_match
    ] == yamldecode(file("../routes.yaml")).routes[*].path
    error_message = "The balancer tries other paths, or in another order."
  }
}
