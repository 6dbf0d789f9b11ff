"""Bodies and queries into models: exact numbers, every wrong field named."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from lib.errors import FieldError, Invalid, Unreadable, UnsupportedContentType
from lib.web.models import Model

M = TypeVar("M", bound=Model)

MOST_ERRORS = 50
# No field of ours comes near it, and an integer of a million digits would take seconds to make from its exponent.
_LARGEST_EXPONENT = 999


def read_json(body: bytes, content_type: str | None) -> object:
    """A JSON body with its numbers exact; an empty one is {}. Raises Unreadable or UnsupportedContentType."""
    if not body.strip():
        return {}
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedContentType("Send the body as application/json")
    try:
        return json.loads(body.decode(), parse_float=_exact_number, parse_int=_whole_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Unreadable(f"The body is not readable JSON: {reason}"[:200]) from None


def _whole_number(digits: str) -> int | Decimal:
    # An int forgets the sign of -0, which an amount has to refuse.
    return Decimal(digits) if digits == "-0" else int(digits)


def _exact_number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number's exponent is out of range") from None
    if abs(int(number.as_tuple().exponent)) > _LARGEST_EXPONENT:
        raise ValueError("a number's exponent is out of range")
    return number


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def as_model(model: type[M], value: object, place: str) -> M:
    """`value` as the model has it; `place` is "body" or "query". Raises Invalid naming each wrong field."""
    if not isinstance(value, dict):
        raise Invalid.field([place], "must be a JSON object", "model_type")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Invalid([_field_error(place, one) for one in error.errors(include_url=False)[:MOST_ERRORS]]) from None


def _field_error(place: str, error: Any) -> FieldError:
    message = str(error["msg"]).removeprefix("Value error, ")
    return {"loc": [place, *error["loc"]], "msg": message, "type": str(error["type"])}


def query_values(arguments: MultiDict[str, str]) -> dict[str, str]:
    """The query's fields; an empty one counts as not given, as app forms send it."""
    return {name: value for name, value in arguments.items() if value != ""}
