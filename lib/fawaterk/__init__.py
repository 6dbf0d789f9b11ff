"""The Fawaterk payment gateway: its calls, its webhooks, its signatures. It knows nothing of our database."""
