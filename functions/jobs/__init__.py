"""The jobs that Cloud Scheduler calls. This function is private. In the cloud it also migrates the schema when it starts."""
