"""Passwords: argon2id, at most two hashes at once on an instance, and the same work where there is no account."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lib import turns

# OWASP's argon2id profile for 19 MiB. The limit of two leaves memory and the instance's one CPU for other requests.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(2)

# A password is compared with this hash where there is no account. It has the hasher's parameters, and is a constant
# because otherwise the first such login would take twice as long.
HASH_OF_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$SfXtfvHkspRFhhQGPLaJOQ$Go/yql3Xep+4znNYmWP52dfYJEYLHeAhgmSGyQxuCu0"

SHORTEST, LONGEST = 8, 128


def hashed(password: str) -> str:
    """The argon2id hash to store."""
    turns.step_aside()
    with _at_once:
        return _hasher.hash(password)


def verify(password: str, password_hash: str | None) -> bool:
    """Whether this is the password of the hash. None (there is no account) takes the same time."""
    turns.step_aside()
    with _at_once:
        try:
            return _hasher.verify(password_hash or HASH_OF_NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def weakness(password: str) -> str | None:
    """What is wrong with a new password, or None. The list of breached passwords is zxcvbn's."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    if not any(letter.isupper() for letter in password):
        return "must contain an upper-case letter"
    if not any(letter.islower() for letter in password):
        return "must contain a lower-case letter"
    if not any(letter.isdigit() for letter in password):
        return "must contain a digit"
    if password.lower() in _commonly_breached():
        return "is one of the commonly breached passwords; choose another"
    return None


@cache
def _commonly_breached() -> frozenset[str]:
    # 30,000 entries: they are read when the first new password is checked, so that the function starts faster.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])
