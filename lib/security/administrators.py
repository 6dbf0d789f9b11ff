"""The first administrators, who are made by the operator and not through the API."""

import secrets as randomness

from lib import db, secrets
from lib.db import Transaction
from lib.security import passwords


def make_first_administrator(email: str) -> bool:
    """Make a SUPER_ADMIN whose password, kept as a secret, opens one session; False where the address has an account."""
    if db.read("select 1 from users where lower(email) = lower(:email)", email=email):
        return False
    password = _strong_password()
    # Written first: a password that nobody uses does no harm, an account whose password nobody knows does.
    secrets.add_version(secrets.FIRST_ADMIN_PASSWORD, password)
    return create_administrator(email, password, logins=1)


def _strong_password() -> str:
    while passwords.weakness(password := randomness.token_urlsafe(18)):
        pass
    return password


@db.in_transaction
def create_administrator(tx: Transaction, email: str, password: str, logins: int | None = None) -> bool:
    """Make a SUPER_ADMIN of this address; False, and nothing done, where the address has an account already.

    `logins`: how many sessions this password opens, as many as they like if None.
    """
    if tx.row("select 1 from users where lower(email) = lower(:email)", email=email):
        return False
    tx.run(
        """
        insert into users
            (email, password_hash, password_logins_left, first_name, last_name, role, language, email_verified)
        values (:email, :password_hash, :logins, 'AltayarVIP', 'Administrator', 'SUPER_ADMIN', 'en', true)
        """,
        email=email,
        password_hash=passwords.hashed(password),
        logins=logins,
    )
    return True
