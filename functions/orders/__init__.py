"""Orders: drafts, issuing, paying, cancelling."""
