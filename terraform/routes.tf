locals {
  routing = yamldecode(file("${path.module}/../routes.yaml"))

  # The URL map's route rules. The balancer tries them by priority, which is their order in routes.yaml.
  route_rules = [
    for place, route in local.routing.routes : {
      priority            = place + 1
      path_template_match = route.path
      method              = try(route.method, null)
      function            = route.function
    }
  ]

  public_functions = distinct(concat([local.routing.default], [for route in local.routing.routes : route.function]))
}

resource "google_compute_url_map" "https" {
  name            = "altayarvip"
  default_service = google_compute_backend_service.function[local.routing.default].id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "api"
  }

  path_matcher {
    name            = "api"
    default_service = google_compute_backend_service.function[local.routing.default].id

    dynamic "route_rules" {
      for_each = local.route_rules

      content {
        priority = route_rules.value.priority
        service  = google_compute_backend_service.function[route_rules.value.function].id

        match_rules {
          path_template_match = route_rules.value.path_template_match

          dynamic "header_matches" {
            for_each = route_rules.value.method[*]

            content {
              header_name = ":method"
              exact_match = header_matches.value
            }
          }
        }
      }
    }
  }
}
