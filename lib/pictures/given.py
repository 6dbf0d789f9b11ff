"""What a request may hold in the place of a picture of a person."""

import binascii
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

LARGEST_FILE = 5 * 1024 * 1024
# A file of that size as a `data:` URI, with line breaks and the other fields.
LARGEST_BODY = 8 * 1024 * 1024
_LONGEST_ADDRESS = 2048
_WHITE_SPACE = b" \t\r\n\f\v"


@dataclass(frozen=True)
class Photo:
    """A file as somebody sent it. It may be anything."""

    content: bytes = field(repr=False)


def photo_of(content: bytes) -> Photo:
    """A file that was sent. Raises ValueError for one that is empty or too large."""
    if not content:
        raise ValueError("is empty")
    if len(content) > LARGEST_FILE:
        raise ValueError(f"must have at most {LARGEST_FILE // 1024**2} MB")
    return Photo(content)


def _read_avatar(given: object) -> Photo | str:
    if not isinstance(given, str):
        raise ValueError("must be text")  # noqa: TRY004 - pydantic takes a ValueError
    if not given.isascii():
        raise ValueError("must be the address of a picture, or a picture as a data: URI")
    if given[:_LONGEST_ADDRESS].lstrip()[:5].lower() == "data:":
        return photo_of(_bytes_of(given))
    if len(given) > _LONGEST_ADDRESS:
        raise ValueError(f"must have at most {_LONGEST_ADDRESS} characters")
    return given


def _bytes_of(uri: str) -> bytes:
    """The bytes of a `data:` URI. What type it says counts for nothing, nor does any white space."""
    head, comma, body = uri.encode().translate(None, _WHITE_SPACE).partition(b",")
    if not comma or not head.lower().endswith(b";base64"):
        raise ValueError("must be a data: URI in base64")
    try:
        return binascii.a2b_base64(body, strict_mode=True)
    except binascii.Error:
        raise ValueError("must be a data: URI in base64") from None


Avatar = Annotated[
    Photo | str,
    PlainValidator(_read_avatar),
    WithJsonSchema(
        {
            "type": "string",
            "description": (
                "a `data:` URI in base64 of a picture (JPEG, PNG, WebP, HEIC; at most 5 MB; its stated type counts for "
                "nothing), or the address of a picture of the same account"
            ),
        }
    ),
]
"""A person's picture: one that is sent along, or the address of one of theirs."""
