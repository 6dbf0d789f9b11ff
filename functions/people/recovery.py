"""A new password, or a proven e-mail address, for whoever gets the mails of an account.

Nothing here shows whether an account exists: for an address of nobody the same statements run, and codes are counted alike.
"""

import uuid
from dataclasses import dataclass
from uuid import UUID

from functions.people import records
from functions.people.recovery_schemas import AddressProof, PasswordReset
from lib import db, logs
from lib.db import Transaction
from lib.errors import Invalid, InvalidCode
from lib.mail import outbox
from lib.mail.outbox import Mail
from lib.mail.proving import send_code
from lib.security import callers, codes, passwords, throttle
from lib.security.attempts import attempt_from
from lib.security.codes import Purpose
from lib.security.sessions import end_all_sessions
from lib.security.throttle import CODES_ASKED, CODES_TRIED, Attempt
from lib.web import Call

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class _Owner:
    """Whose password is set anew."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    phone: str | None

    @property
    def personal(self) -> tuple[str | None, ...]:
        """What their password must not contain."""
        return (self.email, self.username, self.first_name, self.last_name, self.phone)


def ask_for_code(call: Call, purpose: Purpose, email: str) -> None:
    """Send a code to this address, if an active account has it and not too many were asked for lately."""
    attempt = attempt_from(call.address, call.request.headers, email, CODES_ASKED)
    send_code(purpose, email, attempt)
    log.info("a code was asked for", purpose=purpose)


def reset_password(call: Call, reset: PasswordReset) -> None:
    """Set a new password with a code, which ends all sessions. Raises InvalidCode, Invalid or TooManyRequests."""
    attempt = _count_try(call, reset.email)
    # Hashed before anything is known of the code or the account, so that it takes the same time for all.
    ended = _reset(reset, passwords.hashed(reset.new_password), attempt)
    if ended is None:
        log.info("a reset of a password was refused", reason="invalid_code")
        raise InvalidCode
    for session_id in ended:
        callers.forget(session_id)
    log.info("a password was reset", ended_sessions=len(ended))


def verify_email(call: Call, proof: AddressProof) -> None:
    """Mark an address as proven with a code. Raises InvalidCode or TooManyRequests."""
    if not _verify(proof, _count_try(call, proof.email)):
        log.info("an e-mail address was not proven", reason="invalid_code")
        raise InvalidCode


def _count_try(call: Call, email: str) -> Attempt:
    attempt = attempt_from(call.address, call.request.headers, email, CODES_TRIED)
    strangers_wait = throttle.count_attempt(attempt)
    if strangers_wait is not None:
        log.warning(CODES_TRIED.refused, reason="throttled", wait_seconds=strangers_wait)
        raise throttle.too_many(strangers_wait)
    return attempt


@db.in_transaction
def _reset(tx: Transaction, reset: PasswordReset, password_hash: str, attempt: Attempt) -> list[UUID] | None:
    """Store the new password. The sessions that this has ended, or None if the code is wrong, which stays counted."""
    if not codes.try_code(tx, "RESET", reset.email, reset.code):
        return None
    # The lock keeps out a login with the old password: its session is ended here, or it does not begin.
    owner = tx.first(
        _Owner, "select :row from users where lower(email) = lower(:email) and is_active for update", email=reset.email
    )
    if owner is None:
        return None
    # Whoever has the code may choose again with it: raising gives the try back.
    if weakness := passwords.weakness(reset.new_password, *owner.personal):
        raise Invalid.field(["body", "new_password"], weakness)
    codes.end_code(tx, "RESET", reset.email)
    throttle.clear_attempts(tx, attempt)
    records.write_password(tx, owner.id, password_hash)
    outbox.queue_mails(tx, [Mail(user_id=owner.id, kind="PASSWORD_CHANGED", key=f"password:{uuid.uuid4()}")])
    return end_all_sessions(tx, owner.id, "PASSWORD_CHANGED")


@db.in_transaction
def _verify(tx: Transaction, proof: AddressProof, attempt: Attempt) -> bool:
    if not codes.try_code(tx, "VERIFY", proof.email, proof.code):
        return False
    codes.end_code(tx, "VERIFY", proof.email)
    throttle.clear_attempts(tx, attempt)
    return records.mark_proven(tx, proof.email)
