"""That whoever is signed in is the account's owner: their password, and a code of their second factor if they have one.

A session alone may be a stolen phone. So what would keep its owner out, or can't be undone, asks for both.
"""

from dataclasses import dataclass

from lib import db, logs
from lib.db import Transaction
from lib.errors import Invalid
from lib.security import passwords, second_factors, throttle
from lib.security.callers import Caller
from lib.security.throttle import CODES_OF_APPS, Attempt

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A password that was right when it was looked at, and the code that came with it."""

    caller: Caller
    password_hash: str
    otp: str | None
    attempts: tuple[Attempt, ...]
    field: str


def prove_password(caller: Caller, password: str, otp: str | None = None, *, field: str = "password") -> Proof:
    """Look at the caller's password, outside any transaction. Raises TooManyRequests, or Invalid for this field."""
    attempt = _count(caller, throttle.LOGINS)
    password_hash = db.read.value(str, "select password_hash from users where id = :id", id=caller.user_id)
    if not passwords.verify(password, password_hash):
        log.info("an owner was not believed", reason="wrong_password")
        raise wrong_password(field)
    attempts = (attempt,) if otp is None else (attempt, count_code(caller))
    return Proof(caller=caller, password_hash=password_hash, otp=otp, attempts=attempts, field=field)


def lock_owner(tx: Transaction, proof: Proof) -> None:
    """Lock the owner's account, and take their code if they have a second factor. Raises Invalid if either holds no more."""
    held = "select 1 from users where id = :id and password_hash = :password_hash and is_active for no key update"
    if not tx.exists(held, id=proof.caller.user_id, password_hash=proof.password_hash):
        raise wrong_password(proof.field)
    if second_factors.is_set_up(tx, proof.caller.user_id):
        if proof.otp is None:
            raise Invalid.field(["body", "otp"], "is needed", "missing")
        if not second_factors.take_code(tx, proof.caller.user_id, proof.otp):
            raise wrong_code()
    forget_attempts(tx, proof)


def forget_attempts(tx: Transaction, proof: Proof) -> None:
    """Remove the attempts of this proof, because it was right."""
    for attempt in proof.attempts:
        throttle.clear_attempts(tx, attempt)


def wrong_code() -> Invalid:
    """What the owner is told whose code is wrong. Not 401: for apps a 401 means that their session has ended."""
    return Invalid.field(["body", "otp"], "is wrong, too old, or was used before")


def count_code(caller: Caller) -> Attempt:
    """Count a try of the caller's at a code. Raises TooManyRequests."""
    return _count(caller, CODES_OF_APPS)


def _count(caller: Caller, limits: throttle.Limits) -> Attempt:
    # Counted by session: no failed login of a stranger may keep the owner from it.
    attempt = Attempt(account=str(caller.user_id), place=f"session {caller.session_id}", is_known=True, limits=limits)
    throttle.count_attempt(attempt)
    return attempt


def wrong_password(field: str) -> Invalid:
    """What the owner is told whose password is wrong. Not 401, for the same reason."""
    return Invalid.field(["body", field], "is not your current password")
