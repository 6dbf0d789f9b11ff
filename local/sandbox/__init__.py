"""A sandbox that takes the gateway's place on one machine: API, checkout page, webhooks, and routes to control it."""
