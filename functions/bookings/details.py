"""Free JSON objects, such as a hotel's room or a flight's seats, with their numbers as exact as they came."""

import json
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, PlainSerializer

MOST_BYTES = 16 * 1024
MOST_LEVELS = 20


def as_json(value: object, level: int = 1) -> str:
    """A value as JSON, its decimals written out. Raises ValueError for what is nested too deeply."""
    if level > MOST_LEVELS:
        raise ValueError(f"must not be nested deeper than {MOST_LEVELS} levels")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_json(name, level)}: {as_json(one, level + 1)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_json(one, level + 1) for one in value) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)


def _within_bounds(details: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(as_json(details).encode())
    except UnicodeEncodeError:
        raise ValueError("must be text that can be written as UTF-8") from None
    if size > MOST_BYTES:
        raise ValueError(f"must be at most {MOST_BYTES} bytes of JSON")
    return details


Details = Annotated[
    dict[str, Any], AfterValidator(_within_bounds), PlainSerializer(as_json, return_type=str, when_used="json")
]
"""A JSON object of the caller's own making, of at most 16 KiB; dumped it is its JSON as text."""
