output "name" {
  description = "The name of the function and of the Cloud Run service beneath it."
  value       = google_cloudfunctions2_function.main.name

  # Whoever routes to it finds it callable.
  depends_on = [google_cloud_run_v2_service_iam_member.invoker]
}

output "uri" {
  description = "Its own address, which only the balancer or Cloud Scheduler reach."
  value       = google_cloudfunctions2_function.main.service_config[0].uri
}
