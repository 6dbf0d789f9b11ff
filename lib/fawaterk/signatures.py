"""The gateway's signatures: HMAC-SHA256 in lower-case hex over raw UTF-8 values, keyed with the vendor key."""

import hashlib
import hmac


def sign(text: str, vendor_key: str) -> str:
    """Give the 64 lower-case hex digits that the gateway would send with this text."""
    return hmac.new(_bytes(vendor_key), _bytes(text), hashlib.sha256).hexdigest()


def is_signed(text: str, given: str | None, vendor_key: str) -> bool:
    """Tell in constant time whether `given` signs the text; never raises, whatever a stranger sent.

    Without a vendor key nothing is signed: an empty key is one that everybody knows.
    """
    if given is None or not vendor_key:
        return False
    return hmac.compare_digest(_bytes(sign(text, vendor_key)), _bytes(given))


def _bytes(text: str) -> bytes:
    # A lone surrogate has no UTF-8 form, yet it must lead to "not signed" and not to an exception.
    return text.encode("utf-8", "surrogatepass")
