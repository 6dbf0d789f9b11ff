"""Sessions. Each is a family of refresh tokens: a token that comes back after its successor was used ends the session.

A token is retired when its successor is first used, not when the successor is issued. So nobody loses a session because a
response was lost, and an app that never stores a successor can use its first token for the whole session.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.errors import InvalidToken, NotFound
from lib.security import callers, throttle, tokens
from lib.security.sessions import end_session
from lib.security.tokens import Claims
from lib.web import Call

log = logs.get(__name__)

# Two browser tabs may refresh at once with the same token and get two successors. Both are good.
SIBLING_SECONDS = 60

_LONGEST_STORED = 255


@dataclass(frozen=True)
class Device:
    """The address and the browser or app that opened a session, and the headers by which it may be known."""

    address: str
    user_agent: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class _Reuse:
    """A retired token was used again, and this session has ended because of it."""

    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class _PresentedToken:
    id: UUID
    is_retired: Annotated[bool, db.Column("retired_at is not null")]


def device_of(call: Call) -> Device:
    """The device that sends this request, cut to the length that is stored."""
    agent = "".join(letter for letter in call.request.headers.get("user-agent", "") if letter.isprintable())
    return Device(call.address[:_LONGEST_STORED], agent[:_LONGEST_STORED], call.request.headers)


def open_session(tx: Transaction, claims: Claims, device: Device) -> str:
    """Begin the session of these claims, and return its first refresh token."""
    refresh_token = _new_token()
    tx.run(
        """
        with session as (
            insert into sessions (id, user_id, address, user_agent, place)
            values (:session_id, :user_id, :address, :user_agent, :place) returning id
        )
        insert into refresh_tokens (session_id, token_hash) select id, :token_hash from session
        """,
        session_id=claims.session_id,
        user_id=claims.user_id,
        token_hash=_hash(refresh_token),
        address=device.address,
        user_agent=device.user_agent,
        place=throttle.place_of(device.address)[0],
    )
    return refresh_token


def refresh(token: str) -> dict[str, object]:
    """New tokens for a refresh token. Raises InvalidToken where the token is not valid, or not any more."""
    successor = _new_token()
    outcome = _rotate(token, successor)
    if isinstance(outcome, Claims):
        return token_pair(outcome, successor)
    # The end of the session is committed now. An error inside the transaction would have rolled it back.
    if isinstance(outcome, _Reuse):
        callers.forget(outcome.session_id)
        log.warning("a refresh token came back and ended its session", reason="token_reused", session=outcome.session_id)
    raise InvalidToken("This refresh token does not hold; log in again")


def token_pair(claims: Claims, refresh_token: str) -> dict[str, object]:
    """The tokens of a session as the response has them."""
    return {
        "access_token": tokens.issue(claims),
        "refresh_token": refresh_token,
        "token_type": "bearer",
        "expires_in": tokens.lifetime_seconds(),
    }


def end_sessions_of_logout(user_id: UUID, session_id: UUID, refresh_token: str | None) -> None:
    """End the caller's session, and the session of this refresh token if it is theirs too."""
    for ended in _log_out(user_id, session_id, _hash(refresh_token or "")):
        callers.forget(ended)


def read_sessions(user_id: UUID, current: UUID) -> bytes:
    """The user's sessions that have not ended, the last used first."""
    return db.read.json(
        """
        select coalesce(json_agg(json_build_object(
            'id', s.id, 'created_at', s.created_at, 'last_used_at', s.last_used_at, 'address', s.address,
            'user_agent', s.user_agent, 'is_current', s.id = :current) order by s.last_used_at desc, s.id), '[]')::text
        from sessions s where s.user_id = :user_id and session_is_active(s)
        """,
        user_id=user_id,
        current=current,
    )


def end_own_session(user_id: UUID, session_id: UUID) -> None:
    """End one of the user's sessions. Raises NotFound."""
    if not db.in_transaction(end_session)(user_id, session_id, "ENDED_BY_OWNER"):
        raise NotFound("There is no such session")
    callers.forget(session_id)


def _new_token() -> str:
    # 256 random bits can't be guessed, so a plain hash is safe to store.
    return secrets.token_urlsafe(32)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@db.in_transaction
def _log_out(tx: Transaction, user_id: UUID, session_id: UUID, token_hash: bytes) -> list[UUID]:
    return tx.column(
        UUID,
        """
        update sessions set ended_at = now(), end_reason = 'LOGOUT'
        where user_id = :user_id and ended_at is null
          and (id = :session_id or id = (select session_id from refresh_tokens where token_hash = :token_hash))
        returning id
        """,
        user_id=user_id,
        session_id=session_id,
        token_hash=token_hash,
    )


@db.in_transaction
def _rotate(tx: Transaction, token: str, successor: str) -> Claims | _Reuse | None:
    """Add the successor to the token's session. None if the token belongs to no active session."""
    claims = _lock_session(tx, _hash(token))
    if claims is None:
        return None
    # This statement comes after the lock, so that it sees what another refresh has just done to the session.
    presented = _presented_token(tx, _hash(token))
    if presented.is_retired:
        tx.run(
            "update sessions set ended_at = now(), end_reason = 'TOKEN_REUSED' where id = :session_id",
            session_id=claims.session_id,
        )
        return _Reuse(claims.session_id)
    _retire_predecessors(tx, presented.id)
    tx.run("update sessions set last_used_at = now() where id = :session_id", session_id=claims.session_id)
    tx.run(
        "insert into refresh_tokens (session_id, parent_id, token_hash) values (:session_id, :parent_id, :token_hash)",
        session_id=claims.session_id,
        parent_id=presented.id,
        token_hash=_hash(successor),
    )
    return claims


def _lock_session(tx: Transaction, token_hash: bytes) -> Claims | None:
    """The token's session, locked. None if the session has ended or the account is closed."""
    return tx.first(
        Claims,
        """
        select s.user_id, s.id as session_id from sessions s join users u on u.id = s.user_id
        where s.id = (select session_id from refresh_tokens where token_hash = :token_hash)
          and u.is_active and session_is_active(s)
        for update of s
        """,
        token_hash=token_hash,
    )


def _presented_token(tx: Transaction, token_hash: bytes) -> _PresentedToken:
    return tx.one(_PresentedToken, "select :row from refresh_tokens where token_hash = :token_hash", token_hash=token_hash)


def _retire_predecessors(tx: Transaction, token_id: UUID) -> None:
    """Retire the parent of the token that is used now, and its siblings except those that a second tab may have."""
    tx.run(
        """
        update refresh_tokens old set retired_at = now()
        from refresh_tokens presented
        where presented.id = :token_id and old.retired_at is null
          and (old.id = presented.parent_id
               or old.parent_id = presented.parent_id
                  and abs(extract(epoch from old.issued_at - presented.issued_at)) > :sibling_seconds::integer)
        """,
        token_id=token_id,
        sibling_seconds=SIBLING_SECONDS,
    )
