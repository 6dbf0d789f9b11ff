"""Proving a password: to log in, and to change it."""

import contextlib
import uuid
from uuid import UUID

from functions.auth import sessions, throttle
from functions.auth.profile import PROFILE_JSON
from functions.auth.schemas import LoginRequest, PasswordChange
from functions.auth.sessions import Device
from functions.auth.throttle import Attempt
from lib import db, logs
from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid, InvalidCredentials
from lib.security import callers, passwords
from lib.security.callers import Caller
from lib.security.emails import normalised_email
from lib.security.tokens import Claims

log = logs.get(__name__)


def log_in(wanted: LoginRequest, device: Device) -> bytes:
    """Open a session and answer with its tokens and user. Raises InvalidCredentials or TooManyRequests.

    An account that does not exist costs the same work and gets the same words.
    """
    user_id, password_hash = _account(wanted.account_name)
    account = throttle.account_key(user_id, wanted.account_name)
    attempt = throttle.count_attempt(account, device.address)
    holds = passwords.holds(wanted.password, password_hash)
    answer = None
    if holds and user_id and password_hash:
        answer = _open(Claims(user_id, uuid.uuid4()), password_hash, attempt, device)
    if answer is None:
        log.info("a login was refused", reason="bad_credentials", user=user_id)
        raise InvalidCredentials
    log.info("a login succeeded", user=user_id)
    return answer


def change_password(caller: Caller, wanted: PasswordChange, address: str) -> dict[str, object]:
    """Give the caller a new password and end their other sessions. Raises Invalid or TooManyRequests."""
    attempt = throttle.count_attempt(throttle.account_key(caller.user_id, ""), address)
    rows = db.read("select password_hash from users where id = :user_id", user_id=caller.user_id)
    old_hash = rows[0][0]
    ended = None
    if passwords.holds(wanted.current_password, old_hash):
        ended = _replace(caller, old_hash, passwords.hashed(wanted.new_password), attempt)
    if ended is None:
        log.info("a change of password was refused", reason="wrong_password")
        # Not 401, although it is a password that is wrong: apps take a 401 as the end of their session.
        raise Invalid.field(["body", "current_password"], "is not your current password")
    for session_id in ended:
        callers.forget(session_id)
    log.info("a password was changed", ended_sessions=len(ended))
    return {"success": True, "message": "Your password is changed; your other devices are logged out"}


def _account(name: str) -> tuple[UUID | None, str | None]:
    """The id and password hash of the account with this e-mail or username, if there is one."""
    if "@" in name:
        # What is no address is looked up all the same, and so gets the answer of an unknown one.
        with contextlib.suppress(ValueError):
            name = normalised_email(name)
        rows = db.read("select id, password_hash from users where lower(email) = lower(:name)", name=name)
    else:
        rows = db.read("select id, password_hash from users where lower(username) = lower(:name)", name=name)
    return (rows[0][0], rows[0][1]) if rows else (None, None)


@db.in_transaction
def _open(tx: Transaction, claims: Claims, password_hash: str, attempt: Attempt, device: Device) -> bytes | None:
    """Open the session; None for a closed account, or where the password was changed since it was verified."""
    # Locked against a change of password, which ends the sessions that it sees: it sees this one, or we see its change.
    user = tx.row(
        """
        select password_logins_left from users
        where id = :user_id and password_hash = :password_hash and is_active for share
        """,
        user_id=claims.user_id,
        password_hash=password_hash,
    )
    if user is None:
        return None
    if user[0] is not None:
        _use_up(tx, claims.user_id)
    throttle.clear_attempts(tx, attempt)
    refresh_token = sessions.open_session(tx, claims, device)
    return tx.json(
        f"""
        select json_build_object(
            'access_token', :access_token::text, 'refresh_token', :refresh_token::text,
            'token_type', :token_type::text, 'expires_in', :expires_in::integer, 'user', {PROFILE_JSON}
        )::text from users where id = :user_id
        """,  # noqa: S608 - a constant of ours
        user_id=claims.user_id,
        balance_currency=config().loyalty.currency,
        **sessions.token_pair(claims, refresh_token),
    )


def _use_up(tx: Transaction, user_id: UUID) -> None:
    """Count a login with a one-time password. Raises InvalidCredentials where it has been used."""
    used = tx.row(
        """
        update users set password_logins_left = password_logins_left - 1
        where id = :user_id and password_logins_left > 0 returning 1
        """,
        user_id=user_id,
    )
    if used is None:
        log.warning("a one-time password was presented again", user=user_id)
        raise InvalidCredentials


@db.in_transaction
def _replace(tx: Transaction, caller: Caller, old_hash: str, new_hash: str, attempt: Attempt) -> list[UUID] | None:
    """Store the new password; the sessions that it ended, or None where another change came first."""
    changed = tx.row(
        """
        update users set password_hash = :new_hash, password_logins_left = null, updated_at = now()
        where id = :user_id and password_hash = :old_hash and is_active returning 1
        """,
        user_id=caller.user_id,
        old_hash=old_hash,
        new_hash=new_hash,
    )
    if changed is None:
        return None
    throttle.clear_attempts(tx, attempt)
    return sessions.end_other_sessions(tx, caller.user_id, caller.session_id)
