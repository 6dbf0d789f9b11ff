"""Who calls: passwords, access tokens and their keys, sessions and roles."""
