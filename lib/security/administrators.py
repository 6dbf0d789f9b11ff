"""The first administrators, who are made by the operator and not through the API."""

from lib import db
from lib.db import Transaction
from lib.security import passwords


@db.in_transaction
def create_administrator(tx: Transaction, email: str, password: str) -> bool:
    """Make a SUPER_ADMIN of this address; False, and nothing done, where the address has an account already."""
    if tx.row("select 1 from users where lower(email) = lower(:email)", email=email):
        return False
    tx.run(
        """
        insert into users (email, password_hash, first_name, last_name, role, language, email_verified)
        values (:email, :password_hash, 'AltayarVIP', 'Administrator', 'SUPER_ADMIN', 'en', true)
        """,
        email=email,
        password_hash=passwords.hashed(password),
    )
    return True
