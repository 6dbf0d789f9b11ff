"""Passwords: argon2id, at most two hashes at once on an instance, and the same work where there is no account."""

import re
import threading
import time
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lib import turns

# A row of OWASP's table for argon2id (Password Storage Cheat Sheet). Its rows defend equally, and this one takes the least
# processor time and memory. The limit of two leaves memory and the instance's one CPU for other requests.
_hasher = PasswordHasher(time_cost=5, memory_cost=7 * 1024, parallelism=1)
_at_once = threading.BoundedSemaphore(2)
# No refusal comes sooner. Hashes with parameters of before take longer, and the time would tell that an account exists.
_SOONEST_REFUSAL_SECONDS = 0.1

# A password is compared with this hash where there is no account. It has the hasher's parameters, and is a constant
# because otherwise the first such login would take twice as long.
HASH_OF_NOBODY = "$argon2id$v=19$m=7168,t=5,p=1$MH7DOsonJkyNXDR0SwsthA$b5t+et/kzTngKUqUh1nibJ1VhGQL9oDs5lgPyh/FM6U"

SHORTEST, LONGEST = 8, 128

_PRODUCT = ("altayar", "الطيار")
# Shorter words are in many passwords by chance. "test" and "user" are nobody's: in the documented examples, the customer
# Test User has the password Test123456.
_SHORTEST_WORD = 4
_NOBODYS_WORDS = ("test", "user")
_PHONE_DIGITS = 8
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def hashed(password: str) -> str:
    """The argon2id hash to store."""
    turns.step_aside()
    with _at_once:
        return _hasher.hash(password)


def verify(password: str, password_hash: str | None) -> bool:
    """Whether this is the password of the hash. None (there is no account) takes the same time."""
    turns.step_aside()
    began = time.monotonic()
    with _at_once:
        is_correct = _holds(password, password_hash or HASH_OF_NOBODY) and password_hash is not None
    if not is_correct:
        time.sleep(max(0.0, began + _SOONEST_REFUSAL_SECONDS - time.monotonic()))
    return is_correct


def is_outdated(password_hash: str) -> bool:
    """Whether a hash has other parameters than new ones have, so that its password is to be hashed anew."""
    return _hasher.check_needs_rehash(password_hash)


def _holds(password: str, password_hash: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def weakness(password: str, *personal: str | None) -> str | None:
    """What is wrong with a new password, or None. The list of breached passwords is zxcvbn's.

    `personal` is what others know of the account: its e-mail address, username, names and phone number.
    """
    return _lack(password) or _guess(password, personal)


def _lack(password: str) -> str | None:
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must have {SHORTEST} to {LONGEST} characters"
    if not any(letter.isupper() for letter in password):
        return "must contain an upper-case letter"
    if not any(letter.islower() for letter in password):
        return "must contain a lower-case letter"
    if not any(letter.isdigit() for letter in password):
        return "must contain a digit"
    return None


def _guess(password: str, personal: Iterable[str | None]) -> str | None:
    if password.lower() in _commonly_breached():
        return "is one of the commonly breached passwords; choose another"
    folded = _folded(password)
    if any(name in folded for name in _PRODUCT):
        return "must not contain the name AltayarVIP"
    if any(word in folded for word in _words(text for text in personal if text)):
        return "must not contain your e-mail address, username, name or phone number, or a part of them"
    return None


def _words(personal: Iterable[str]) -> Iterator[str]:
    """Each text and its parts, without the domain of an e-mail address, as far as they are long enough to say something."""
    for text in personal:
        name = _folded(text).partition("@")[0]
        yield from (
            word
            for word in (name, *_BETWEEN_WORDS.split(name))
            if len(word) >= _SHORTEST_WORD and not word.isdecimal() and word not in _NOBODYS_WORDS
        )
        # A phone number without its country, however it is written.
        digits = "".join(letter for letter in name if letter.isdecimal())
        if len(digits) >= _PHONE_DIGITS:
            yield digits[-_PHONE_DIGITS:]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def _commonly_breached() -> frozenset[str]:
    # 30,000 entries: they are read when the first new password is checked, so that the function starts faster.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    return frozenset(FREQUENCY_LISTS["passwords"])
