"""Checks a password, and a code of the second factor: to log in, and to change the password."""

import dataclasses
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from functions.auth import sessions
from functions.auth.schemas import LoginRequest, PasswordChange
from functions.auth.sessions import Device
from lib import db, logs
from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid, InvalidCredentials, SecondFactorRequired
from lib.mail.outbox import Mail, queue_mails
from lib.security import callers, devices, names, owners, passwords, second_factors, throttle
from lib.security.callers import Caller
from lib.security.owners import Proof
from lib.security.sessions import end_all_sessions
from lib.security.throttle import CODES_OF_APPS, Attempt
from lib.security.tokens import Claims

log = logs.get(__name__)

_FIND = {
    "email": """
        select :row from users where lower(email) in (lower(:written), lower(:plain))
        order by lower(email) = lower(:written) desc limit 1
        """,
    "username": """
        select :row from users where lower(username) in (lower(:written), lower(:plain))
        order by lower(username) = lower(:written) desc limit 1
        """,
}


@dataclass(frozen=True, kw_only=True)
class _Account:
    """An account, and whether it was opened from the caller's place before; without an id where there is no account.

    `needs_code`: it has a second factor.
    """

    id: UUID | None = None
    password_hash: str | None = None
    is_one_time: Annotated[bool, db.Column("password_logins_left is not null")] = False
    is_known_here: Annotated[
        bool, db.Column("exists (select from sessions s where s.user_id = users.id and s.place = :place)")
    ] = False
    needs_code: Annotated[
        bool,
        db.Column(
            "is_active and exists (select from second_factors f where f.user_id = users.id and f.confirmed_at is not null)"
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class _Owner:
    """Whose password is changed."""

    email: str
    username: str | None
    first_name: str
    last_name: str
    phone: str | None

    @property
    def personal(self) -> tuple[str | None, ...]:
        """What their password must not contain."""
        return (self.email, self.username, self.first_name, self.last_name, self.phone)


def log_in(request: LoginRequest, device: Device) -> tuple[bytes, str]:
    """Open a session. Its tokens and user as the response, and the cookie by which the device is known from now on.

    Raises InvalidCredentials, SecondFactorRequired or TooManyRequests. An account that does not exist costs the same work
    and gets the same message.
    """
    # A refused login is followed up by its name and address: every line of this request has them.
    logs.bind(name_digest=names.digest_for_log(request.account_name), address=device.address)
    place, network = throttle.place_of(device.address)
    account = _find_account(request.account_name, place)
    device_id = devices.recognise(device.headers, account.id) if account.id else None
    key = names.account_key(request.account_name)
    if device_id:
        attempt = Attempt(account=key, place=f"device {device_id}", is_known=True)
    else:
        attempt = Attempt(account=key, place=place, network=network, is_known=account.is_known_here)
    strangers_wait = throttle.count_attempt(attempt)
    is_correct = passwords.verify(request.password, account.password_hash)
    # A one-time password is random and can't be guessed, so strangers can't keep out whoever the operator gave it to. For
    # everybody else it is as if their password had not been looked at.
    if strangers_wait is not None and not (is_correct and account.is_one_time):
        log.warning("a password was not looked at", reason="throttled", wait_seconds=strangers_wait)
        raise throttle.too_many(strangers_wait)
    response = None
    if is_correct and account.id and account.password_hash:
        attempts = [attempt, *_count_code(account.id, attempt, request.otp)] if account.needs_code else [attempt]
        renewed = passwords.hashed(request.password) if passwords.is_outdated(account.password_hash) else None
        claims = Claims(account.id, uuid.uuid4())
        response = _open(claims, account.password_hash, renewed, attempts, device, request.otp)
    if response is None or account.id is None:
        log.info("a login was refused", reason="bad_credentials", user=account.id)
        raise InvalidCredentials
    log.info("a login succeeded", user=account.id)
    return response, devices.cookie(account.id, device_id)


def change_password(caller: Caller, change: PasswordChange) -> dict[str, object]:
    """Give the caller a new password and end their other sessions. Raises Invalid or TooManyRequests."""
    owner = db.read.one(_Owner, "select :row from users where id = :user_id", user_id=caller.user_id)
    if weakness := passwords.weakness(change.new_password, *owner.personal):
        raise Invalid.field(["body", "new_password"], weakness)
    proof = owners.prove_password(caller, change.current_password, field="current_password")
    ended = _replace(proof, passwords.hashed(change.new_password))
    for session_id in ended:
        callers.forget(session_id)
    log.info("a password was changed", ended_sessions=len(ended))
    return {"success": True, "message": "Your password is changed; your other devices are logged out"}


def _find_account(name: str, place: str) -> _Account:
    """The account with this e-mail address or username; one whose name is written exactly so comes first."""
    column = "email" if "@" in name else "username"
    written, plain = names.forms(name)
    found = db.read.first(_Account, _FIND[column], written=written, plain=plain, place=place)
    return found or _Account()


def _count_code(user_id: UUID, attempt: Attempt, otp: str | None) -> list[Attempt]:
    """Count a try at a code, from the place of this attempt. Raises TooManyRequests, or SecondFactorRequired without one."""
    if otp is None:
        # The password was right, and people who are asked for their code have not failed.
        db.in_transaction(throttle.clear_attempts)(attempt)
        log.info("a login was refused", reason="second_factor_required", user=user_id)
        raise SecondFactorRequired
    # By the account, whichever of its names was given.
    of_code = dataclasses.replace(attempt, account=str(user_id), limits=CODES_OF_APPS)
    strangers_wait = throttle.count_attempt(of_code)
    if strangers_wait is not None:
        log.warning(CODES_OF_APPS.refused, reason="throttled", wait_seconds=strangers_wait)
        raise throttle.too_many(strangers_wait)
    return [of_code]


@db.in_transaction
def _open(
    tx: Transaction,
    claims: Claims,
    password_hash: str,
    renewed_hash: str | None,
    attempts: Sequence[Attempt],
    device: Device,
    otp: str | None,
) -> bytes | None:
    """Open the session. None for a closed account, or if the password was changed since it was verified.

    `renewed_hash`: of the same password with today's parameters, if the stored one has others.
    """
    # This locks the row, which keeps out a change of password, a suspension and a change of the second factor: all of them
    # end the sessions that they can see. Either they come later and end this one too, or they came earlier and the row here
    # is another.
    is_one_time = tx.first_value(
        bool,
        """
        update users set last_login_at = now(), is_unclaimed = false,
               password_hash = coalesce(:renewed_hash, password_hash)
        where id = :user_id and password_hash = :password_hash and is_active returning password_logins_left is not null
        """,
        user_id=claims.user_id,
        password_hash=password_hash,
        renewed_hash=renewed_hash,
    )
    if is_one_time is None:
        return None
    # One that was set up since the account was read needs a code too, and none was counted.
    if second_factors.is_set_up(tx, claims.user_id):
        _take_code(tx, claims.user_id, otp if len(attempts) > 1 else None)
    if is_one_time:
        _count_login(tx, claims.user_id)
    for attempt in attempts:
        throttle.clear_attempts(tx, attempt)
    refresh_token = sessions.open_session(tx, claims, device)
    return tx.json(
        """
        select json_build_object(
            'access_token', :access_token::text, 'refresh_token', :refresh_token::text,
            'token_type', :token_type::text, 'expires_in', :expires_in::integer, 'user', document
        )::text from profile_documents(:balance_currency) where user_id = :user_id
        """,
        user_id=claims.user_id,
        balance_currency=config().loyalty.currency,
        **sessions.token_pair(claims, refresh_token),
    )


def _take_code(tx: Transaction, user_id: UUID, otp: str | None) -> None:
    if otp is None:
        raise SecondFactorRequired
    if not second_factors.take_code(tx, user_id, otp):
        log.info("a login was refused", reason="wrong_code", user=user_id)
        raise SecondFactorRequired("This code is wrong, too old, or was used before")


def _count_login(tx: Transaction, user_id: UUID) -> None:
    """Count a login with a one-time password. Raises InvalidCredentials if the password has been used."""
    is_good = tx.exists(
        """
        update users set password_logins_left = password_logins_left - 1
        where id = :user_id and password_logins_left > 0 returning 1
        """,
        user_id=user_id,
    )
    if not is_good:
        log.warning("a one-time password was presented again", user=user_id)
        raise InvalidCredentials


@db.in_transaction
def _replace(tx: Transaction, proof: Proof, new_hash: str) -> list[UUID]:
    """Store the new password. The sessions that this has ended. Raises Invalid if another change was faster."""
    caller = proof.caller
    is_changed = tx.exists(
        """
        update users set password_hash = :new_hash, password_logins_left = null, updated_at = now()
        where id = :user_id and password_hash = :old_hash and is_active returning 1
        """,
        user_id=caller.user_id,
        old_hash=proof.password_hash,
        new_hash=new_hash,
    )
    if not is_changed:
        raise owners.wrong_password(proof.field)
    owners.forget_attempts(tx, proof)
    queue_mails(tx, [Mail(user_id=caller.user_id, kind="PASSWORD_CHANGED", key=f"password:{uuid.uuid4()}")])
    return end_all_sessions(tx, caller.user_id, "PASSWORD_CHANGED", but=caller.session_id)
