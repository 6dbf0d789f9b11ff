"""The gateway's signatures: HMAC-SHA256 in lower-case hex over raw UTF-8 values, keyed with the vendor key."""

import hashlib
import hmac


def sign(text: str, vendor_key: str) -> str:
    """Give the signature that the gateway would send with this text: 64 lower-case hex digits."""
    return hmac.new(_bytes(vendor_key), _bytes(text), hashlib.sha256).hexdigest()


def is_signed(text: str, given: str | None, vendor_key: str) -> bool:
    """Tell in constant time whether `given` is the text's signature, in hex of either case. It never raises.

    Without a vendor key it is False: an empty key is no secret.
    """
    if given is None or not vendor_key:
        return False
    return hmac.compare_digest(_bytes(sign(text, vendor_key)), _bytes(given.lower()))


def _bytes(text: str) -> bytes:
    # UTF-8 can't encode a lone surrogate, but the result must be "not signed" and not an exception.
    return text.encode("utf-8", "surrogatepass")
