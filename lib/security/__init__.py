"""Who calls: passwords, access tokens and their keys, and whether a session still stands."""
