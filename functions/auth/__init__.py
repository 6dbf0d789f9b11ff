"""Registration, login, sessions and the profile; the default function, which also describes them all."""
