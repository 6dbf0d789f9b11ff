"""What we know of the Fawaterk payment gateway: its calls, its webhooks, its signatures; nothing of our database."""
