"""Access tokens: JWTs, signed with HS256, with key id, issuer, audience and session id."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from lib.config import config
from lib.errors import InvalidToken
from lib.security.keys import key_id, signing_key, verifying_key

ISSUER = "https://api.altayarvip.com"
AUDIENCE = "altayarvip-app"
_ALGORITHM = "HS256"


@dataclass(frozen=True)
class Claims:
    """The user and the session of a token."""

    user_id: UUID
    session_id: UUID


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
    return jwt.encode(payload, key, _ALGORITHM, headers={"kid": key_id(key)})


def read(token: str) -> Claims:
    """The claims of a token. Raises InvalidToken where it is forged, expired, or not ours."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = verifying_key(kid) if isinstance(kid, str) and kid.isascii() else None
        if key is None:
            raise InvalidToken("The access token is not one of ours; log in again")
        payload = jwt.decode(
            token,
            key,
            [_ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": ["exp", "iat", "sub", "sid", "aud", "iss"]},
        )
        return Claims(UUID(payload["sub"]), UUID(payload["sid"]))
    except jwt.ExpiredSignatureError:
        raise InvalidToken("The access token has expired; refresh it or log in again") from None
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise InvalidToken("The access token does not hold; log in again") from None
