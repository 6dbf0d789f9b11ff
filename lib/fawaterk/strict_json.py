"""Reads JSON from outside strictly, and keeps its numbers as they were written."""

import json

from lib.fawaterk.errors import Unreadable
from lib.json_bounds import OutOfBounds, check_structure

# A list of the gateway's may be long; what strangers send is at most 64 KiB anyway.
_MOST_VALUES = 200_000
_LONGEST_INTEGER = 18  # so many digits fit 64 bits; JSON readers differ about longer integers


class Number(str):
    """A JSON number as it was written, because signatures are made of the text and money must never become a float."""

    __slots__ = ()


def read_json(text: str) -> object:
    """Give the value with every number as a `Number`; raise Unreadable for JSON that readers understand differently.

    Refused are NaN and infinities, repeated keys, NUL characters, lone surrogates, and nesting deeper than `DEEPEST`.
    """
    try:
        check_structure(text, _MOST_VALUES)
        value = json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
    except Unreadable:
        raise
    except OutOfBounds as error:
        raise Unreadable(str(error)) from None
    except ValueError as error:
        raise Unreadable("not JSON") from error
    _check(value)
    return value


def check_text(text: str) -> None:
    """Raise Unreadable for text that PostgreSQL or UTF-8 can't represent."""
    if "\x00" in text:
        raise Unreadable("a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("a lone surrogate") from error


def plain(value: object) -> object:
    """Give the value in a form for `json.dumps`: integers as int, other numbers as the text that was sent."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, Number):
        is_integer = value.lstrip("-").isdigit() and len(value) <= _LONGEST_INTEGER
        return int(value) if is_integer else str(value)
    return value


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Unreadable("a key stands twice in one object")
    return fields


def _refuse_constant(name: str) -> object:
    raise Unreadable(f"{name} is no JSON")


def _check(value: object) -> None:
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, list):
        for inner in value:
            _check(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text(key)
            _check(inner)
