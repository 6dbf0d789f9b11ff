"""Registration: anyone may become a customer, once for each e-mail address and username."""

from functions.auth.schemas import Registration
from lib import db, logs
from lib.db import Transaction, UniqueViolation
from lib.errors import AlreadyTaken
from lib.security import passwords

log = logs.get(__name__)

_TAKEN = {"users_email": "email", "users_username": "username"}


def register(wanted: Registration) -> bytes:
    """Make a customer's account and answer with it. Raises AlreadyTaken, naming the field."""
    password_hash = passwords.hashed(wanted.password)
    try:
        account = _insert(wanted, password_hash)
    # The unique indexes decide, and not a look beforehand: of two at once one would slip past that.
    except UniqueViolation as taken:
        if taken.constraint not in _TAKEN:
            raise
        log.info("a registration was refused", reason=f"{_TAKEN[taken.constraint]}_taken")
        raise AlreadyTaken(_TAKEN[taken.constraint]) from None
    log.info("a customer registered")
    return account


@db.in_transaction
def _insert(tx: Transaction, wanted: Registration, password_hash: str) -> bytes:
    return tx.json(
        """
        insert into users (email, username, password_hash, first_name, last_name, phone, role,
                           language, gender, country, referral_code)
        values (:email, :username, :password_hash, :first_name, :last_name, :phone, 'CUSTOMER',
                :language, :gender, :country, :referral_code)
        returning json_build_object(
            'id', id, 'email', email, 'first_name', first_name, 'last_name', last_name, 'role', role,
            'message', 'Welcome to AltayarVIP! Your account is ready; you can log in now.'
        )::text
        """,
        password_hash=password_hash,
        **wanted.model_dump(exclude={"password"}),
    )
