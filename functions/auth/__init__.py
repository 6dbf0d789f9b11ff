"""Registration, login, sessions and the profile. This is the default function, which also describes all functions."""
