"""Passwords: argon2id, at most two hashes at once on an instance, the same work for an account that does not exist."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's argon2id profile for 19 MiB. Two at once keep memory and the one CPU of an instance for other requests.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(2)

# What a password is held against where there is no account: made beforehand, or the first such login would hash and
# verify. Its parameters are the hasher's.
OF_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$SfXtfvHkspRFhhQGPLaJOQ$Go/yql3Xep+4znNYmWP52dfYJEYLHeAhgmSGyQxuCu0"

SHORTEST, LONGEST = 8, 128


def hashed(password: str) -> str:
    """The argon2id hash to store."""
    with _at_once:
        return _hasher.hash(password)


def holds(password: str, stored: str | None) -> bool:
    """Whether the password is the one of this hash; None, for an account that does not exist, takes the same time."""
    with _at_once:
        try:
            return _hasher.verify(stored or OF_NOBODY, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def weakness(password: str) -> str | None:
    """What is wrong with a new password, or None. The commonly breached: the frequency list that zxcvbn carries."""
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
    # 30,000 entries, read when the first new password is checked and not when the function starts.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])
