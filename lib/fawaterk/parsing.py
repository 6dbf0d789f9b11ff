"""Parses a webhook's body, JSON or a form, into fields, and removes the secrets from what is stored."""

import json
import re
from typing import Literal
from urllib.parse import parse_qsl

from lib.fawaterk.errors import Unreadable
from lib.fawaterk.strict_json import check_text, plain, read_json
from lib.json_bounds import DEEPEST

Encoding = Literal["json", "form"]

REDACTED = "[struck out]"

_MOST_FORM_FIELDS = 500
_CHARSET = re.compile(r"charset\*?\s*=\s*\"?([^\s\";]*)", re.IGNORECASE)
_FORM_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_SECRET_NAME = re.compile(r"api[_-]?key|vendor[_-]?key|token|cvv", re.IGNORECASE)


def read_body(body: bytes, content_type: str | None) -> tuple[Encoding, dict[str, object]]:
    """Give the encoding and the fields, with JSON numbers as they were written; raise Unreadable.

    The first character tells the encoding: the gateway's forms never begin with a brace, and its content types are not
    reliable. The charset must be UTF-8, because the signatures are made of UTF-8 texts.
    """
    _check_charset(content_type)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    if not text.lstrip().startswith("{"):
        return "form", _read_form(text)
    fields = read_json(text)
    if not isinstance(fields, dict):
        raise Unreadable("not an object")
    return "json", fields


def without_secrets(fields: dict[str, object]) -> dict[str, object]:
    """Give the fields in a form for `json.dumps`, with all keys and card tokens redacted at any depth."""
    return {name: _redacted(name, value) for name, value in fields.items()}


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


def _check_charset(content_type: str | None) -> None:
    named = _CHARSET.search(content_type or "")
    if named and named[1].lower() not in ("utf-8", "utf8"):
        raise Unreadable("a charset other than UTF-8")


def _read_form(text: str) -> dict[str, object]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MOST_FORM_FIELDS
        )
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
