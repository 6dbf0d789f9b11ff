"""Devices from which an account was opened before. Each has an allowance of its own, which no stranger can use up.

A login gives the device a signed cookie for this account. It proves nothing but that earlier login: the password is still
needed. Phones keep cookies by themselves; a browser on another origin sends none, and is known by its place instead.
"""

import hashlib
import hmac
import secrets as randomness
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from uuid import UUID

from lib import secrets

# A key verifies until the second rotation after it, which is half a year.
LIFETIME_SECONDS = 180 * 24 * 60 * 60


def recognise(headers: Mapping[str, str], user_id: UUID) -> str | None:
    """The id of the device that sends this, where it has opened this account before; else None."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(_name(user_id))
    except CookieError:
        return None
    device_id, _, signature = found.value.partition(".") if found else ("", "", "")
    given = signature.encode("utf-8", "surrogateescape")
    for key in secrets.in_use(secrets.JWT_KEY) if signature else ():
        if hmac.compare_digest(_sign(key, user_id, device_id).encode(), given):
            return device_id
    return None


def cookie(user_id: UUID, device_id: str | None) -> str:
    """The Set-Cookie header by which this device is known from now on; a new id where it has none."""
    known = device_id or randomness.token_hex(16)
    signature = _sign(secrets.newest(secrets.JWT_KEY), user_id, known)
    attributes = f"Max-Age={LIFETIME_SECONDS}; Path=/api/auth; Secure; HttpOnly; SameSite=Strict"
    return f"{_name(user_id)}={known}.{signature}; {attributes}"


def _name(user_id: UUID) -> str:
    # One for each account, so that colleagues at one computer don't take one another's away.
    return f"device-{hashlib.sha256(user_id.bytes).hexdigest()[:16]}"


def _sign(key: str, user_id: UUID, device_id: str) -> str:
    return hmac.new(
        key.encode(), f"device {user_id} {device_id}".encode("utf-8", "surrogateescape"), hashlib.sha256
    ).hexdigest()
