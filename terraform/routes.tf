locals {
  routing = yamldecode(file("${path.module}/../routes.yaml"))

  # The URL map's route rules. The balancer tries them by priority, which is their order in routes.yaml.
  route_rules = [
    for place, route in local.routing.routes : {
      priority            = place + 1
      path_template_match = route.path
      function            = route.function
    }
  ]

  public_functions = distinct(concat([local.routing.default], [for route in local.routing.routes : route.function]))
}

output "route_rules" {
  description = "Which function answers which path, most particular first; every other path is the default function's."
  value       = local.route_rules
}

output "public_functions" {
  description = "The functions behind the balancer."
  value       = local.public_functions
}
