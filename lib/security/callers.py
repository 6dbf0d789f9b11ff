"""Who calls, by the database: an ended session or a changed role has its effect within 30 seconds."""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

from lib import db
from lib.config import config
from lib.errors import InvalidToken
from lib.security import tokens

ROLES = ("CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN")
STAFF_ROLES = ROLES[1:]
ADMIN_ROLES = ROLES[3:]

CACHE_SECONDS = 30.0


_MOST_CACHED = 5_000


@dataclass(frozen=True)
class Caller:
    """A signed-in user. `lacks_second_factor`: they may do nothing but set one up."""

    user_id: UUID
    session_id: UUID
    role: str
    lacks_second_factor: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether this is not a customer."""
        return self.role in STAFF_ROLES


@dataclass(frozen=True, kw_only=True)
class _Known:
    role: str
    lacks_second_factor: bool


_cache: dict[UUID, tuple[float, Caller]] = {}
_lock = threading.Lock()


def recall(token: str) -> Caller | None:
    """The caller with this access token, or None where that has to be looked up. Raises InvalidToken as `identify` does."""
    claims = tokens.recall(token)
    return None if claims is None else _cached(claims)


def identify(token: str) -> Caller:
    """The caller with this access token. Raises InvalidToken for a bad token, an ended session or a closed account."""
    claims = tokens.read(token)
    caller = _cached(claims)
    if caller is None:
        caller = _look_up(claims)
        # Whoever sets up their second factor may go on at once, on every instance.
        if caller.lacks_second_factor:
            return caller
        with _lock:
            if len(_cache) >= _MOST_CACHED:
                _cache.clear()
            _cache[claims.session_id] = (time.monotonic(), caller)
    return caller


def _cached(claims: tokens.Claims) -> Caller | None:
    cached_at, caller = _cache.get(claims.session_id, (0.0, None))
    if caller is None or time.monotonic() - cached_at > CACHE_SECONDS or caller.user_id != claims.user_id:
        return None
    return caller


def forget(session_id: UUID) -> None:
    """Drop this session from the cache, because it has just ended: its next request reads it from the database."""
    with _lock:
        _cache.pop(session_id, None)


def _look_up(claims: tokens.Claims) -> Caller:
    known = db.read.first(
        _Known,
        """
        select u.role, :required::boolean and u.role = any(:administrators::text[]) and not exists (
                   select from second_factors f where f.user_id = u.id and f.confirmed_at is not null) as lacks_second_factor
        from sessions s join users u on u.id = s.user_id
        where s.id = :session_id and s.user_id = :user_id and u.is_active and session_is_active(s)
        """,
        session_id=claims.session_id,
        user_id=claims.user_id,
        required=config().second_factor_required,
        administrators=list(ADMIN_ROLES),
    )
    if known is None:
        raise InvalidToken("This session has ended; log in again")
    return Caller(claims.user_id, claims.session_id, known.role, known.lacks_second_factor)
