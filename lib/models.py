"""The base class of request and response models, and the field types that they share."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    field_validator,
    model_validator,
)

# PostgreSQL's text type has no NUL. Bidi embeddings, overrides and isolates show a text in another order than it is stored
# (CVE-2021-42574), on invoices and in logs. Plain marks such as U+200F are allowed.
_REFUSED = re.compile("[\x00\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]")

_DAY_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT_TEXT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
_DIGITS = re.compile(r"[0-9]{1,20}")


def is_storable(value: object) -> bool:
    """False for a text that PostgreSQL can't store, or that is shown in another order than it is stored."""
    return not isinstance(value, str) or not _REFUSED.search(value)


def _refuse_unstorable(value: object) -> None:
    if isinstance(value, str):
        if not is_storable(value):
            raise ValueError("must not contain NUL or characters that change the direction of text")
    elif isinstance(value, list):
        for part in value:
            _refuse_unstorable(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(part)


class Model(BaseModel):
    """A body, a query or a response. Unknown fields are ignored, as the contract says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        # The app sends null for a field that is not set. A field whose default is null keeps it, because there null may
        # mean "clear this field".
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None or not cls._has_default(name)}

    @classmethod
    def _has_default(cls, name: object) -> bool:
        known = cls.model_fields.get(name) if isinstance(name, str) else None
        if known is None or known.is_required():
            return False
        return known.default_factory is not None or known.get_default() is not None

    @field_validator("*", mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        _refuse_unstorable(value)
        return value


def _folded(value: str) -> str:
    return " ".join(_CONTROLS.sub(" ", value).split())


def _one_line(value: str) -> str:
    value = _folded(value)
    if not value:
        raise ValueError("must not be empty")
    return value


def _several_lines(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


ShortLine = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_one_line)]
"""One line of up to 100 characters that is not blank, such as a name. White space is folded."""

LONGEST_TITLE = 200
Title = Annotated[str, Field(max_length=LONGEST_TITLE), AfterValidator(_folded)]
"""One line of up to 200 characters, or an empty one. White space is folded."""

Paragraph = Annotated[str, Field(max_length=2000), AfterValidator(_several_lines)]
"""Text of up to 2,000 characters, with line breaks."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a moment that the calendar has in UTC") from None


def _day(value: object) -> date:
    # pydantic would take a number or a text of digits for seconds since 1970.
    if not isinstance(value, str) or not _DAY_TEXT.fullmatch(value):
        raise ValueError("must be a date such as 2026-01-31")
    return date.fromisoformat(value)


def _moment_or_day(value: object) -> datetime | date:
    # One function for both, because a union would report the errors of both types.
    if isinstance(value, str) and _MOMENT_TEXT.fullmatch(value):
        return _in_utc(datetime.fromisoformat(value.upper()))
    if isinstance(value, str) and _DAY_TEXT.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError("must be a date such as 2026-01-31, or a time with its zone such as 2026-01-31T10:00:00Z")


def _whole_number(value: object) -> object:
    # Older versions of the app send "2".
    if isinstance(value, bool) or (isinstance(value, str) and not _DIGITS.fullmatch(value)):
        raise ValueError("must be a whole number")
    return value


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A date in the form YYYY-MM-DD."""

MomentOrDay = Annotated[
    datetime | date,
    PlainValidator(_moment_or_day),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
]
"""A date, or a date and time with its zone, which is converted to UTC."""

WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
"""A JSON integer, or a string of digits."""

MoneyNumber = Annotated[Decimal, WithJsonSchema({"type": "number", "description": "with exactly the currency's decimals"})]
"""An amount in a response."""
