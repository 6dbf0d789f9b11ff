"""Parses bodies and queries into models. Numbers stay exact, and every wrong field is named."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from lib.errors import FieldError, Invalid, Unreadable, UnsupportedContentType
from lib.json_bounds import check_number, check_structure
from lib.models import Model
from lib.web.wording import message_of

M = TypeVar("M", bound=Model)

MOST_ERRORS = 50


def read_json(body: bytes, media_type: str) -> object:
    """The value of a JSON body, numbers exact; {} for an empty one. Raises Unreadable or UnsupportedContentType."""
    if not body.strip():
        return {}
    if media_type != "application/json" and not (media_type.startswith("application/") and media_type.endswith("+json")):
        raise UnsupportedContentType("Send the body as application/json")
    try:
        text = body.decode()
        check_structure(text)
        return json.loads(text, parse_float=_exact_number, parse_int=_whole_number, parse_constant=_no_number)
    except ValueError as error:
        raise Unreadable(f"The body is not readable JSON: {error}"[:200]) from None


def _whole_number(digits: str) -> int | Decimal:
    check_number(digits)
    # An int has no -0, which an amount must refuse.
    return Decimal(digits) if digits == "-0" else int(digits)


def _exact_number(text: str) -> Decimal:
    check_number(text)
    return Decimal(text)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def as_model(model: type[M], value: object, source: str) -> M:
    """The value as an instance of the model; `source` is "body" or "query". Raises Invalid, which names each wrong field."""
    if not isinstance(value, dict):
        raise Invalid.field([source], "must be a JSON object", "model_type")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid([_field_error(source, one) for one in error.errors(include_url=False)[:MOST_ERRORS]]) from None


def _field_error(source: str, error: Any) -> FieldError:
    return {"loc": [source, *error["loc"]], "msg": message_of(error), "type": str(error["type"])}


def query_values(fields: Mapping[str, str]) -> dict[str, str]:
    """The query's fields without the empty ones: a form in the app sends a field that is not filled in as empty."""
    return {name: value for name, value in fields.items() if value != ""}
