"""JSON objects of any shape, such as a hotel room or flight seats. Their numbers stay exactly as they were sent."""

import json
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, PlainSerializer

MOST_BYTES = 16 * 1024
MOST_LEVELS = 20


def as_json(value: object, level: int = 1) -> str:
    """A value as JSON, with its decimals written out. Raises ValueError if it is nested too deeply."""
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
"""A JSON object of any shape, at most 16 KiB. In a JSON dump of the model it is a string."""
