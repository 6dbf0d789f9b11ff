"""The keys of access tokens: the newest signs, and the one before it still verifies during a rotation."""

import hashlib
import re
import secrets as randomness
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from lib import secrets
from lib.config import ConfigurationError, SecretMissing, config

VERIFYING_KEYS = 2
_KEY = re.compile(r"[0-9a-f]{64}")


def key_id(key: str) -> str:
    """The `kid` of a key. The key can't be found from it."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def signing_key() -> str:
    """The key that signs. Raises ConfigurationError where it is not 64 hex digits."""
    key = secrets.newest(secrets.JWT_KEY)
    if not _KEY.fullmatch(key):
        raise ConfigurationError("altayarvip-jwt-secret must be 64 lower-case hex digits: openssl rand -hex 32")
    return key


def verifying_key(kid: str) -> str | None:
    """The key with this id, if it may still verify. For an unknown id the secret is read again."""
    if known := _with_id(kid, secrets.in_use(secrets.JWT_KEY)):
        return known
    return _with_id(kid, secrets.versions(secrets.JWT_KEY, missing=True)[:VERIFYING_KEYS])


def _with_id(kid: str, keys: Iterable[str]) -> str | None:
    return next((key for key in keys if randomness.compare_digest(key_id(key), kid)), None)


def make_first() -> bool:
    """Make the first signing key. Does nothing and returns False where there is one already."""
    try:
        secrets.newest(secrets.JWT_KEY)
    except SecretMissing:
        rotate()
        return True
    return False


def rotate() -> str:
    """Make a new signing key and return its id. The key before it still verifies."""
    key = randomness.token_hex(32)
    secrets.add_version(secrets.JWT_KEY, key)
    return key_id(key)


def rotate_when_due() -> bool:
    """Make a new signing key, unless tokens of the key before the newest may still be in use.

    A scheduler may call this twice, and nobody's session ends by it. Raises ConfigurationError where the key is set by
    hand.
    """
    lifetime = timedelta(minutes=config().access_token_minutes)
    if datetime.now(UTC) - secrets.newest_made_at(secrets.JWT_KEY) < lifetime:
        return False
    rotate()
    return True
