"""Who calls, as the database knows them: a session that ended or a role that changed is noticed within 30 seconds."""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

from lib import db
from lib.errors import InvalidToken
from lib.security import tokens

ROLES = ("CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN")
STAFF_ROLES = ROLES[1:]
ADMIN_ROLES = ROLES[3:]

CACHE_SECONDS = 30.0

# The contract's end of a session: by hand, 30 days after its last use, 90 days after login at the latest.
SESSION_STANDS = """
    s.ended_at is null and s.last_used_at > now() - interval '30 days' and s.created_at > now() - interval '90 days'
"""
_MOST_CACHED = 5_000


@dataclass(frozen=True)
class Caller:
    """A signed-in user."""

    user_id: UUID
    session_id: UUID
    role: str

    @property
    def is_staff(self) -> bool:
        """Whether this is anyone but a customer."""
        return self.role in STAFF_ROLES


_cache: dict[UUID, tuple[float, Caller]] = {}
_lock = threading.Lock()


def identify(token: str) -> Caller:
    """Who presents this access token. Raises InvalidToken for a bad token, an ended session or a closed account."""
    claims = tokens.read(token)
    with _lock:
        seen_at, caller = _cache.get(claims.session_id, (0.0, None))
    if caller is None or time.monotonic() - seen_at > CACHE_SECONDS or caller.user_id != claims.user_id:
        caller = _look_up(claims)
        with _lock:
            if len(_cache) >= _MOST_CACHED:
                _cache.clear()
            _cache[claims.session_id] = (time.monotonic(), caller)
    return caller


def forget(session_id: UUID) -> None:
    """Look this session up anew on its next request: it was just ended here."""
    with _lock:
        _cache.pop(session_id, None)


def _look_up(claims: tokens.Claims) -> Caller:
    rows = db.read(
        f"""
        select u.role from sessions s join users u on u.id = s.user_id
        where s.id = :session_id and s.user_id = :user_id and u.is_active and {SESSION_STANDS}
        """,  # noqa: S608 - a constant
        session_id=claims.session_id,
        user_id=claims.user_id,
    )
    if not rows:
        raise InvalidToken("This session has ended; log in again")
    return Caller(claims.user_id, claims.session_id, rows[0][0])
