"""Orders: drafts, issuing, paying, cancelling, refunding."""
