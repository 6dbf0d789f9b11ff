"""Registration: anyone may become a customer. An e-mail address and a username belong to one account only.

An account that somebody registered and nobody has used keeps nobody from its address: once the code that proves it has
expired, it is registered anew. Until then it may be that its owner is about to log in.
"""

from dataclasses import dataclass
from uuid import UUID

from functions.auth.schemas import Registration
from lib import db, logs
from lib.db import Transaction, UniqueViolation
from lib.errors import AlreadyTaken, Invalid
from lib.mail.proving import send_code
from lib.security import passwords
from lib.security.attempts import attempt_from
from lib.security.codes import VALID_MINUTES
from lib.security.throttle import CODES_ASKED, Attempt
from lib.web import Call

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


def register(registration: Registration, call: Call) -> RegisteredAccount:
    """Make a customer's account. Raises AlreadyTaken or Invalid, which name the field."""
    given = registration
    personal = (given.email, given.username, given.first_name, given.last_name, given.phone)
    if weakness := passwords.weakness(given.password, *personal):
        raise Invalid.field(["body", "password"], weakness)
    password_hash = passwords.hashed(registration.password)
    attempt = attempt_from(call.address, call.request.headers, given.email, CODES_ASKED)
    try:
        account = _insert(registration, password_hash, attempt)
    # The unique indexes decide. A look beforehand would not notice a second registration at the same moment.
    except UniqueViolation as taken:
        if taken.constraint not in _TAKEN:
            raise
        log.info("a registration was refused", reason=f"{_TAKEN[taken.constraint]}_taken")
        raise AlreadyTaken(_TAKEN[taken.constraint]) from None
    if account is None:
        log.info("a registration was refused", reason="email_taken")
        raise AlreadyTaken("email")
    log.info("a customer registered")
    return account


@db.in_transaction
def _insert(tx: Transaction, registration: Registration, password_hash: str, attempt: Attempt) -> RegisteredAccount | None:
    """Insert the account, or replace one that nobody has claimed. None if the address belongs to an account in use."""
    account = tx.first(
        RegisteredAccount,
        """
        insert into users (email, username, password_hash, first_name, last_name, phone, role,
                           language, gender, country, referral_code, is_unclaimed)
        values (:email, :username, :password_hash, :first_name, :last_name, :phone, 'CUSTOMER',
                :language, :gender, :country, :referral_code, true)
        on conflict ((lower(email))) do update set
            username = excluded.username, password_hash = excluded.password_hash, first_name = excluded.first_name,
            last_name = excluded.last_name, phone = excluded.phone, language = excluded.language,
            gender = excluded.gender, country = excluded.country, referral_code = excluded.referral_code,
            updated_at = now()
        where users.is_unclaimed and users.updated_at < now() - make_interval(mins => :claim_minutes::integer)
          and users.is_active and users.role = 'CUSTOMER' and not users.email_verified
          and not exists (select from orders where user_id = users.id)
          and not exists (select from bookings where user_id = users.id)
          and not exists (select from ledger_accounts where user_id = users.id)
        returning :row
        """,
        password_hash=password_hash,
        claim_minutes=VALID_MINUTES,
        **registration.model_dump(exclude={"password"}),
    )
    if account is not None:
        send_code("VERIFY", account.email, attempt)
    return account
