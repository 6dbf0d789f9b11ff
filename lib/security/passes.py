"""Passes: with one, a function of ours reads the invoice of one order, although nobody is signed in.

It is signed as access tokens are, for another audience: neither holds in the other's place.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from lib.errors import InvalidToken
from lib.security.keys import key_id, signing_key, verifying_key
from lib.security.tokens import ALGORITHM, ISSUER

_AUDIENCE = "altayarvip-invoice"
_LIFETIME = timedelta(minutes=1)


def issue_pass(order_id: UUID) -> str:
    """A pass for the invoice of this order, for a minute."""
    key = signing_key()
    payload = {"iss": ISSUER, "aud": _AUDIENCE, "sub": str(order_id), "exp": datetime.now(UTC) + _LIFETIME}
    return jwt.encode(payload, key, ALGORITHM, headers={"kid": key_id(key)})


def require_pass(given: str, order_id: UUID) -> None:
    """Raise InvalidToken unless this is a pass for the invoice of this order that still holds."""
    try:
        kid = jwt.get_unverified_header(given).get("kid")
        key = verifying_key(kid) if isinstance(kid, str) and kid.isascii() else None
        if key is not None:
            payload = jwt.decode(
                given,
                key,
                [ALGORITHM],
                audience=_AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "sub", "aud", "iss"]},
            )
            if payload["sub"] == str(order_id):
                return
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        pass
    raise InvalidToken("The pass does not hold for this invoice")
