"""Fawaterk's webhook, the status and lists of payments, their review, and the pages to which a payer returns."""
