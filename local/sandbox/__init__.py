"""The gateway's stand-in on one machine: its API, its checkout page, its webhooks, and a hand to move them all."""
