"""Access tokens: JWTs, signed with HS256, with key id, issuer, audience and session id.

A token that was verified is remembered by its digest until it expires, or until its key no longer verifies.
"""

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from lib import secrets
from lib.config import config
from lib.errors import InvalidToken
from lib.security.keys import VERIFYING_KEYS, key_id, signing_key, verifying_key

ISSUER = "https://api.altayarvip.com"
AUDIENCE = "altayarvip-app"
ALGORITHM = "HS256"

_MOST_REMEMBERED = 5_000


@dataclass(frozen=True)
class Claims:
    """The user and the session of a token."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class _Verified:
    claims: Claims
    key: str
    expires_at: int


_remembered: dict[bytes, _Verified] = {}
_lock = threading.Lock()


def lifetime_seconds() -> int:
    """How long a new access token is valid, in seconds."""
    return config().access_token_minutes * 60


def issue(claims: Claims) -> str:
    """A new access token."""
    now = datetime.now(UTC)
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "sid": str(claims.session_id),
        "iat": now,
        "exp": now + timedelta(seconds=lifetime_seconds()),
    }
    key = signing_key()
    return jwt.encode(payload, key, ALGORITHM, headers={"kid": key_id(key)})


def recall(token: str) -> Claims | None:
    """The claims of a token that was verified before, or None. Reads no secret. Raises InvalidToken where it has expired."""
    verified, keys = _remembered.get(_digest(token)), secrets.loaded(secrets.JWT_KEY)
    if verified is None or keys is None or verified.key not in keys[:VERIFYING_KEYS]:
        return None
    if verified.expires_at <= time.time():
        raise _expired()
    return verified.claims


def read(token: str) -> Claims:
    """The claims of a token. Raises InvalidToken where it is forged, expired, or not ours."""
    claims = recall(token)
    if claims is None:
        verified = _verify(token)
        claims = verified.claims
        with _lock:
            if len(_remembered) >= _MOST_REMEMBERED:
                # The one that was verified first is the first to expire.
                del _remembered[next(iter(_remembered))]
            _remembered[_digest(token)] = verified
    return claims


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _expired() -> InvalidToken:
    return InvalidToken("The access token has expired; refresh it or log in again")


def _verify(token: str) -> _Verified:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = verifying_key(kid) if isinstance(kid, str) and kid.isascii() else None
        if key is None:
            raise InvalidToken("The access token is not one of ours; log in again")
        payload = jwt.decode(
            token,
            key,
            [ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "sid", "aud", "iss"]},
        )
        return _Verified(Claims(UUID(payload["sub"]), UUID(payload["sid"])), key, int(payload["exp"]))
    except jwt.ExpiredSignatureError:
        raise _expired() from None
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise InvalidToken("The access token does not hold; log in again") from None
