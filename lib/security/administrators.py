"""What the operator does, and not the API: the first administrators, and one who has lost their second factor."""

import secrets as randomness
from uuid import UUID

from lib import audit, db, secrets
from lib.db import Transaction
from lib.security import passwords, second_factors
from lib.security.sessions import end_all_sessions

_HAS_ACCOUNT = "select 1 from users where lower(email) = lower(:email)"


def make_first_administrator(email: str) -> bool:
    """Make a SUPER_ADMIN whose password is stored as a secret and opens one session. False if the address has an account."""
    if db.read.exists(_HAS_ACCOUNT, email=email):
        return False
    password = _strong_password(email)
    # The secret is written first: an unused password does no harm, but an account with an unknown password does.
    secrets.add_version(secrets.FIRST_ADMIN_PASSWORD, password)
    return create_administrator(email, password, logins=1)


def _strong_password(email: str) -> str:
    while passwords.weakness(password := randomness.token_urlsafe(18), email):
        pass
    return password


@db.in_transaction
def create_administrator(tx: Transaction, email: str, password: str, logins: int | None = None) -> bool:
    """Make a SUPER_ADMIN with this address. Does nothing and returns False if the address has an account already.

    `logins` says how many sessions this password opens; None sets no limit.
    """
    if tx.exists(_HAS_ACCOUNT, email=email):
        return False
    user_id = tx.value(
        UUID,
        """
        insert into users
            (email, password_hash, password_logins_left, first_name, last_name, role, language, email_verified)
        values (:email, :password_hash, :logins, 'AltayarVIP', 'Administrator', 'SUPER_ADMIN', 'en', true)
        returning id
        """,
        email=email,
        password_hash=passwords.hashed(password),
        logins=logins,
    )
    audit.record(tx, _operator(user_id), "create-admin", "user", user_id, after={"role": "SUPER_ADMIN"})
    return True


@db.in_transaction
def end_second_factor_of(tx: Transaction, email: str) -> bool:
    """Take the second factor of this address's account off and end its sessions. False if there is none."""
    user_id = tx.first_value(UUID, "select id from users where lower(email) = lower(:email) for no key update", email=email)
    if user_id is None or not second_factors.end(tx, user_id):
        return False
    end_all_sessions(tx, user_id, "SECOND_FACTOR_CHANGED")
    before, after = {"second_factor": True}, {"second_factor": False}
    audit.record(tx, _operator(user_id), "end-second-factor", "user", user_id, before=before, after=after)
    return True


def _operator(user_id: UUID) -> audit.Actor:
    # Nobody is signed in here: who did it is known by who may start this command, which the cloud logs.
    return audit.Actor(user_id, "SUPER_ADMIN", "command line", "admin")
