"""Sessions: each is a family of refresh tokens, in which a token that comes back after its successor ends them all.

A token is retired when a successor of it is first presented, and not when that successor is issued. So a lost answer
costs nobody their session, and an app that never stores a successor may present its first token for good.
"""

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from lib import db, logs
from lib.db import Row, Transaction
from lib.errors import InvalidToken
from lib.security import callers, tokens
from lib.security.callers import SESSION_STANDS
from lib.security.tokens import Claims
from lib.web import Call

log = logs.get(__name__)

# Two tabs that refresh at once hold one token and get two successors: both are good.
SIBLING_SECONDS = 60

_LONGEST_STORED = 255


@dataclass(frozen=True)
class Device:
    """Where a session was opened from, as far as a request tells."""

    address: str
    user_agent: str


@dataclass(frozen=True)
class _Reuse:
    """A retired token was presented, and its session ended for it."""

    session_id: UUID


def device_of(call: Call) -> Device:
    """Where this request comes from, cut to what is stored of it."""
    agent = "".join(letter for letter in call.request.headers.get("User-Agent", "") if letter.isprintable())
    return Device(call.address[:_LONGEST_STORED], agent[:_LONGEST_STORED])


def open_session(tx: Transaction, claims: Claims, device: Device) -> str:
    """Begin the session that `claims` name. Gives its first refresh token."""
    refresh_token = _new_token()
    tx.run(
        """
        with session as (
            insert into sessions (id, user_id, address, user_agent)
            values (:session_id, :user_id, :address, :user_agent) returning id
        )
        insert into refresh_tokens (session_id, token_hash) select id, :token_hash from session
        """,
        session_id=claims.session_id,
        user_id=claims.user_id,
        token_hash=_stored_form(refresh_token),
        **vars(device),
    )
    return refresh_token


def refresh(token: str) -> dict[str, object]:
    """New tokens for a refresh token. Raises InvalidToken for one that does not hold, or no longer."""
    successor = _new_token()
    outcome = _rotate(token, successor)
    if isinstance(outcome, Claims):
        return token_pair(outcome, successor)
    # The end of the family is committed by now: raised inside the transaction, the error would have undone it.
    if isinstance(outcome, _Reuse):
        callers.forget(outcome.session_id)
        log.warning("a refresh token came back and ended its session", reason="token_reused", session=outcome.session_id)
    raise InvalidToken("This refresh token does not hold; log in again")


def token_pair(claims: Claims, refresh_token: str) -> dict[str, object]:
    """The tokens of a session as the wire has them."""
    return {
        "access_token": tokens.issue(claims),
        "refresh_token": refresh_token,
        "token_type": "bearer",
        "expires_in": tokens.lifetime_seconds(),
    }


def end_sessions_of_logout(user_id: UUID, session_id: UUID, refresh_token: str | None) -> None:
    """End the caller's session, and the one of this refresh token where it is theirs too."""
    for ended in _end_of_logout(user_id, session_id, _stored_form(refresh_token or "")):
        callers.forget(ended)


def end_other_sessions(tx: Transaction, user_id: UUID, kept: UUID) -> list[UUID]:
    """End all sessions of the user but the one that changes their password. Gives those for `callers.forget`."""
    rows = tx.run(
        """
        update sessions set ended_at = now(), end_reason = 'PASSWORD_CHANGED'
        where user_id = :user_id and id <> :kept and ended_at is null returning id
        """,
        user_id=user_id,
        kept=kept,
    )
    return [row[0] for row in rows]


def _new_token() -> str:
    # 256 random bits: nobody guesses one, so a plain hash of it is safe to store.
    return secrets.token_urlsafe(32)


def _stored_form(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@db.in_transaction
def _end_of_logout(tx: Transaction, user_id: UUID, session_id: UUID, token_hash: bytes) -> list[UUID]:
    rows = tx.run(
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
    return [row[0] for row in rows]


@db.in_transaction
def _rotate(tx: Transaction, token: str, successor: str) -> Claims | _Reuse | None:
    """Put the successor in the token's family; None for a token that opens nothing."""
    claims = _lock_session(tx, _stored_form(token))
    if claims is None:
        return None
    # Read after the session is locked, so that what another refresh did to the family meanwhile is seen.
    token_id, retired = _token(tx, _stored_form(token))
    if retired:
        tx.run(
            "update sessions set ended_at = now(), end_reason = 'TOKEN_REUSED' where id = :session_id",
            session_id=claims.session_id,
        )
        return _Reuse(claims.session_id)
    _retire_before(tx, token_id)
    tx.run("update sessions set last_used_at = now() where id = :session_id", session_id=claims.session_id)
    tx.run(
        "insert into refresh_tokens (session_id, parent_id, token_hash) values (:session_id, :parent_id, :token_hash)",
        session_id=claims.session_id,
        parent_id=token_id,
        token_hash=_stored_form(successor),
    )
    return claims


def _lock_session(tx: Transaction, token_hash: bytes) -> Claims | None:
    """The session that the token belongs to, locked; None where it has ended, or its user may not come in."""
    row = tx.row(
        f"""
        select s.user_id, s.id from sessions s join users u on u.id = s.user_id
        where s.id = (select session_id from refresh_tokens where token_hash = :token_hash)
          and u.is_active and {SESSION_STANDS}
        for update of s
        """,  # noqa: S608 - a constant
        token_hash=token_hash,
    )
    return Claims(*row) if row else None


def _token(tx: Transaction, token_hash: bytes) -> Row:
    return tx.run(
        "select id, retired_at is not null from refresh_tokens where token_hash = :token_hash", token_hash=token_hash
    )[0]


def _retire_before(tx: Transaction, token_id: UUID) -> None:
    """A successor is presented: its parent is retired, and so are the siblings that no second tab can hold."""
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
