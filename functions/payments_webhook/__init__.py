"""Payments as the outside sees them: Fawaterk's webhook, payment status and lists, the payer's return pages."""
