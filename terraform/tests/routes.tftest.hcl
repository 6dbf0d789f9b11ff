variables {
  project_id = "altayarvip-test"
}

run "invoices_come_before_the_orders_that_they_lie_under" {
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
}

run "a_zone_is_no_region" {
  command = plan

  variables {
    region = "me-central1-a"
  }

  expect_failures = [var.region]
}

run "a_project_is_named_by_its_id" {
  command = plan

  variables {
    project_id = "Altayar VIP"
  }

  expect_failures = [var.project_id]
}
