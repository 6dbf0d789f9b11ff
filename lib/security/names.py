"""The names that people log in with: how one is counted, and how a log line tells two of them apart."""

import contextlib
import hashlib
import hmac
import unicodedata

from lib import secrets
from lib.security.emails import normalised_email


def folded(name: str) -> str:
    """The name as it counts: full-width and other forms of a letter are that letter, and case does not matter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def account_key(name: str) -> str:
    """The key under which attempts with this name are counted, whether there is such an account or not."""
    counted = folded(name)
    if "@" in counted:
        with contextlib.suppress(ValueError):
            counted = folded(normalised_email(counted))
    return hashlib.sha256(counted.encode("utf-8", "surrogatepass")).hexdigest()


def forms(name: str) -> tuple[str, str]:
    """The name as it is written, and with plain letters in place of full-width and other forms; both to be looked up."""
    return _address(name), _address(unicodedata.normalize("NFKC", name).strip())


def _address(name: str) -> str:
    # A malformed address is looked up as well, so that its response is the one of an unknown address.
    with contextlib.suppress(ValueError):
        return normalised_email(name) if "@" in name else name
    return name


def digest_for_log(name: str) -> str:
    """What stands for this name in the log.

    Keyed, so that nobody can find the name by trying addresses, and short. It changes when the signing key is rotated.
    """
    key = secrets.newest(secrets.JWT_KEY).encode()
    return hmac.new(key, b"name " + folded(name).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
