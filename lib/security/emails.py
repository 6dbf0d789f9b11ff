"""E-mail addresses in the one form in which they are stored and looked up."""


def normalised_email(text: str) -> str:
    """The address in that form. Raises ValueError for a text that is not an e-mail address."""
    # The import takes 40 ms, and most instances answer other requests first.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        # Only the syntax is checked: a look-up in the DNS would make registration wait for other people's servers.
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError("must be an e-mail address, such as name@example.com") from None
