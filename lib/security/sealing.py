"""Secrets that the database keeps sealed: AES-256-GCM, with a key that is made from the signing key.

A seal opens under the two newest signing keys, as a token verifies. So what is sealed is sealed anew before a key is made
(`second_factors.seal_anew`): whatever the database has then opens under the newest, and still does after the rotation.
"""

import hashlib
import hmac
import secrets as randomness
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lib import secrets

_NONCE_BYTES = 12


def seal(text: str, owner_id: UUID) -> bytes:
    """The text sealed for this owner: under another's id it does not open."""
    nonce = randomness.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(secrets.newest(secrets.JWT_KEY)).encrypt(nonce, text.encode(), owner_id.bytes)


def unseal(sealed: bytes, owner_id: UUID) -> str | None:
    """The text in a seal; None if no key that is in use opens it."""
    return next((text for key in secrets.in_use(secrets.JWT_KEY) if (text := _opened(key, sealed, owner_id))), None)


def is_sealed_with_newest(sealed: bytes, owner_id: UUID) -> bool:
    """Whether the newest key opens this, so that it need not be sealed anew."""
    return _opened(secrets.newest(secrets.JWT_KEY), sealed, owner_id) is not None


def _opened(key: str, sealed: bytes, owner_id: UUID) -> str | None:
    try:
        return _cipher(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner_id.bytes).decode()
    # Too short to be one of ours at all: a broken row keeps no other from being sealed anew.
    except (InvalidTag, ValueError):
        return None


def _cipher(key: str) -> AESGCM:
    return AESGCM(hmac.digest(key.encode(), b"second factor", hashlib.sha256))
