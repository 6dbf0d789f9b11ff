"""E-mail addresses: one form for all that store or look one up."""


def normalised_email(text: str) -> str:
    """The address in the one form that is stored and looked up. Raises ValueError for what is no e-mail address."""
    # Imported here: it takes 40 ms to load, and most instances answer other requests first.
    from email_validator import validate_email  # noqa: PLC0415

    # Syntax alone: asking the DNS would make registration wait for strangers' servers.
    return validate_email(text, check_deliverability=False).normalized
