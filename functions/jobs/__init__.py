"""What happens later: Cloud Scheduler calls this private function. It also migrates the schema as it starts."""
