"""Registration: anyone may become a customer. An e-mail address and a username belong to one account only."""

from dataclasses import dataclass
from uuid import UUID

from functions.auth.schemas import Registration
from lib import db, logs
from lib.db import Transaction, UniqueViolation
from lib.errors import AlreadyTaken, Invalid
from lib.security import passwords

log = logs.get(__name__)

_TAKEN = {"users_email": "email", "users_username": "username"}


@dataclass(frozen=True, kw_only=True)
class RegisteredAccount:
    """An account as its registration has made it."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    role: str


def register(registration: Registration) -> RegisteredAccount:
    """Make a customer's account. Raises AlreadyTaken or Invalid, which name the field."""
    given = registration
    personal = (given.email, given.username, given.first_name, given.last_name, given.phone)
    if weakness := passwords.weakness(given.password, *personal):
        raise Invalid.field(["body", "password"], weakness)
    password_hash = passwords.hashed(registration.password)
    try:
        account = _insert(registration, password_hash)
    # The unique indexes decide. A look beforehand would not notice a second registration at the same moment.
    except UniqueViolation as taken:
        if taken.constraint not in _TAKEN:
            raise
        log.info("a registration was refused", reason=f"{_TAKEN[taken.constraint]}_taken")
        raise AlreadyTaken(_TAKEN[taken.constraint]) from None
    log.info("a customer registered")
    return account


@db.in_transaction
def _insert(tx: Transaction, registration: Registration, password_hash: str) -> RegisteredAccount:
    return tx.one(
        RegisteredAccount,
        """
        insert into users (email, username, password_hash, first_name, last_name, phone, role,
                           language, gender, country, referral_code)
        values (:email, :username, :password_hash, :first_name, :last_name, :phone, 'CUSTOMER',
                :language, :gender, :country, :referral_code)
        returning :row
        """,
        password_hash=password_hash,
        **registration.model_dump(exclude={"password"}),
    )
