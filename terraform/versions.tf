terraform {
  required_version = ">= 1.11"

  # The state lies in a bucket that is made once, by hand, before all else (docs/operations.md, "Deploy"):
  # terraform init -backend-config=bucket=NAME
  backend "gcs" {
    prefix = "altayarvip"
  }

  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.13"
    }
  }
}

provider "google" {
  project = var.project_id
  region  = var.region

  # The budget's API counts against a project, which a person's own credentials do not name.
  billing_project       = var.project_id
  user_project_override = true

  default_labels = {
    system      = "altayarvip"
    environment = var.environment
  }
}
