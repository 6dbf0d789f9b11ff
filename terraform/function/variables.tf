variable "account" {
  description = "E-mail address of the service account that it runs as."
  type        = string
}

variable "deployment" {
  description = "Where and from what all functions are built."
  type = object({
    build_account = string
    bucket        = string
    object        = string
    region        = string
    release       = string
    repository    = string
    runtime       = string
    vpc_connector = optional(string)
  })
}

variable "environment" {
  description = "Its environment variables."
  type        = map(string)
}

variable "ingress" {
  description = "From where it can be reached."
  type        = string
}

variable "invoker" {
  description = "The IAM member that may call it."
  type        = string
}

variable "name" {
  description = "Its folder under functions/, which is its entry point, too."
  type        = string
}

variable "secrets" {
  description = "The secrets whose newest version is mounted. Each has a version, or the function can't start."
  type        = set(string)
  default     = []
}

variable "size" {
  description = "What one instance has, and how many there are. THREADS and DB_POOL_SIZE in the environment fit it."
  type = object({
    concurrency     = number
    cpu             = number
    max_instances   = number
    memory          = string
    min_instances   = number
    timeout_seconds = number
  })
}
