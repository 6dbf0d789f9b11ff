"""JSON read as strictly as a stranger's body deserves, its numbers kept as they were written."""

import json

from lib.fawaterk.errors import Unreadable

DEEPEST = 32  # the gateway nests three levels; past this a body is an attack on whoever walks it
_LONGEST_INTEGER = 18  # digits that fit 64 bits, which is as far as JSON's readers agree on integers


class Number(str):
    """A JSON number as it was written: signatures cover the text, and money must never pass through a float."""

    __slots__ = ()


def read_json(text: str) -> object:
    """Give the value with every number as a `Number`; raise Unreadable where readers could disagree about it.

    Refused: NaN and infinities, repeated keys, NUL characters, lone surrogates, nesting past `DEEPEST`.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse_constant,
        )
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable("not JSON") from error
    _check(value, depth=1)
    return value


def check_text(text: str) -> None:
    """Raise Unreadable for text that neither PostgreSQL nor UTF-8 can hold."""
    if "\x00" in text:
        raise Unreadable("a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unreadable("a lone surrogate") from error


def plain(value: object) -> object:
    """Give the value as `json.dumps` can write it: integers as such, other numbers as the text they came as."""
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


def _check(value: object, depth: int) -> None:
    if depth > DEEPEST:
        raise Unreadable("nested too deeply")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth + 1)
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text(key)
            _check(inner, depth + 1)
