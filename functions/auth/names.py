"""The names that people log in with: how one is counted, and how a log line tells two of them apart."""

import hashlib
import hmac
import unicodedata

from lib import secrets


def folded(name: str) -> str:
    """The name as it counts: full-width and other forms of a letter are that letter, and case does not matter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def digest_for_log(name: str) -> str:
    """What stands for this name in the log.

    Keyed, so that nobody can find the name by trying addresses, and short. It changes when the signing key is rotated.
    """
    key = secrets.newest(secrets.JWT_KEY).encode()
    return hmac.new(key, b"name " + folded(name).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
