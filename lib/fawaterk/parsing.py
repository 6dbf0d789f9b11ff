"""Parses a webhook's body, JSON or a form, into fields, and removes the secrets from what is stored."""

import json
import re
from collections.abc import Iterator
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus

from lib.fawaterk.errors import Unreadable
from lib.fawaterk.strict_json import check_text, plain, read_json
from lib.json_bounds import DEEPEST

Encoding = Literal["json", "form"]

REDACTED = "[struck out]"

_MOST_FORM_FIELDS = 500
# What a proxy or an old library names where the gateway says nothing; the gateway itself writes UTF-8.
_OTHER_CHARSETS = ("iso-8859-1", "latin-1", "latin1", "windows-1252", "windows-1256", "iso-8859-6")
_CHARSET = re.compile(r"charset\*?\s*=\s*\"?([^\s\";]*)", re.IGNORECASE)
_FORM_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_SECRET_NAME = re.compile(r"api[_-]?key|vendor[_-]?key|token|cvv", re.IGNORECASE)
_SECRET_IN_TEXT = re.compile(
    r"([\w-]*(?:api[_-]?key|vendor[_-]?key|token|cvv)[\w-]*[\\\"'\]]*\s*[=:]\s*[\\\"']*)[^\\\"'&,;}\s]+", re.IGNORECASE
)


def read_body(body: bytes, content_type: str | None) -> tuple[Encoding, dict[str, object]]:
    """Give the encoding and the fields, with JSON numbers as they were written; raise Unreadable.

    The first character tells the encoding: the gateway's forms never begin with a brace, and its content types are not
    reliable. Nor is the charset they name: a body that is UTF-8 is read as that.
    """
    for charset in _charsets(content_type):
        try:
            return _read(body.decode(charset).removeprefix("\ufeff"), charset)
        except UnicodeDecodeError:
            continue
    raise Unreadable("not UTF-8")


def without_secrets(fields: dict[str, object]) -> dict[str, object]:
    """Give the fields in a form for `json.dumps`, with all keys and card tokens redacted at any depth."""
    return {name: _redacted(name, value) for name, value in fields.items()}


def text_without_secrets(body: bytes) -> str:
    """Give what can be read of bytes that nobody could parse, with keys and card tokens redacted."""
    text = unquote_plus(body.decode("utf-8", "replace"), errors="replace").replace("\x00", "\ufffd")
    return _SECRET_IN_TEXT.sub(rf"\1{REDACTED}", text)


def _redacted(name: str, value: object) -> object:
    if _SECRET_NAME.search(name) and value is not None:
        return REDACTED
    if isinstance(value, dict):
        return without_secrets(value)
    if isinstance(value, list):
        return [_redacted("", inner) for inner in value]
    if isinstance(value, str) and _SECRET_NAME.search(value):
        return _text_without_secrets(value)
    return plain(value)


def _text_without_secrets(text: str) -> str:
    # Version 3 has whole objects as JSON text (pay_load, response), and there may be a secret in one.
    try:
        value = read_json(text)
    except Unreadable:
        return REDACTED if text.lstrip().startswith(("{", "[")) else text
    if not isinstance(value, dict | list):
        return text
    return json.dumps(_redacted("", value), ensure_ascii=False)


def _read(text: str, charset: str) -> tuple[Encoding, dict[str, object]]:
    if not text.lstrip().startswith("{"):
        return "form", _read_form(text, charset)
    fields = read_json(text)
    if not isinstance(fields, dict):
        raise Unreadable("not an object")
    return "json", fields


def _charsets(content_type: str | None) -> Iterator[str]:
    yield "utf-8"
    named = _CHARSET.search(content_type or "")
    if named and named[1].lower() in _OTHER_CHARSETS:
        yield named[1].lower()


def _read_form(text: str, charset: str) -> dict[str, object]:
    # PHP reads a form so: an ampersand too many says nothing.
    pieces = "&".join(piece for piece in text.strip().split("&") if piece)
    try:
        pairs = parse_qsl(
            pieces,
            keep_blank_values=True,
            strict_parsing=True,
            encoding=charset,
            errors="strict",
            max_num_fields=_MOST_FORM_FIELDS,
        )
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise Unreadable("not a form") from error
    fields: dict[str, object] = {}
    for key, value in pairs:
        check_text(key)
        check_text(value)
        _insert(fields, _path(key), value)
    return fields


def _path(key: str) -> list[str]:
    match = _FORM_KEY.fullmatch(key)
    if match is None:
        raise Unreadable("brackets that do not match")
    names = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(names) > DEEPEST:
        raise Unreadable("nested too deeply")
    return names


def _insert(fields: dict[str, object], path: list[str], value: str) -> None:
    *parents, name = path
    for parent in parents:
        inner = fields.setdefault(parent or str(len(fields)), {})
        if not isinstance(inner, dict):
            raise Unreadable("a field is both a text and an object")
        fields = inner
    name = name or str(len(fields))
    if name in fields:
        raise Unreadable("a field stands twice")
    fields[name] = value
