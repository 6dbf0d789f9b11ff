"""The base of request and answer models, and the kinds of text that requests may bring."""

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

# PostgreSQL's text holds no NUL. The bidi embeddings, overrides and isolates make a text show in another order than it
# is stored (CVE-2021-42574), on an invoice as in a log; plain marks such as U+200F stay allowed.
_REFUSED = re.compile("[\x00\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]")

_DAY_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT_TEXT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
_DIGITS = re.compile(r"[0-9]{1,20}")


def is_storable(value: object) -> bool:
    """False for a text that PostgreSQL can't store or that shows in another order than it is stored."""
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
    """A body, a query or an answer. Unknown fields are ignored, as the contract has it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, values: Any) -> Any:
        # App serialisers send null for what is not set. A field whose default is null keeps it: there it may mean "clear".
        if not isinstance(values, dict):
            return values
        return {name: value for name, value in values.items() if value is not None or not cls._has_default(name)}

    @classmethod
    def _has_default(cls, name: object) -> bool:
        known = cls.model_fields.get(name) if isinstance(name, str) else None
        return known is not None and not known.is_required() and known.get_default() is not None

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
"""One line of up to 100 characters that is not blank, such as a name; white space is folded."""

Title = Annotated[str, Field(max_length=200), AfterValidator(_folded)]
"""One line of up to 200 characters, or none; white space is folded."""

Paragraph = Annotated[str, Field(max_length=2000), AfterValidator(_several_lines)]
"""Text of up to 2,000 characters that may hold line breaks."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a moment that the calendar has in UTC") from None


def _day(value: object) -> date:
    # Only the written form: a number, or a text of digits, would be taken for seconds since 1970.
    if not isinstance(value, str) or not _DAY_TEXT.fullmatch(value):
        raise ValueError("must be a date such as 2026-01-31")
    return date.fromisoformat(value)


def _moment_or_day(value: object) -> datetime | date:
    # One reader for both, because a union would report the errors of either.
    if isinstance(value, str) and _MOMENT_TEXT.fullmatch(value):
        return _in_utc(datetime.fromisoformat(value.upper()))
    if isinstance(value, str) and _DAY_TEXT.fullmatch(value):
        return date.fromisoformat(value)
    raise ValueError("must be a date such as 2026-01-31, or a time with its zone such as 2026-01-31T10:00:00Z")


def _whole_number(value: object) -> object:
    # The app in the field may send "2".
    if isinstance(value, bool) or (isinstance(value, str) and not _DIGITS.fullmatch(value)):
        raise ValueError("must be a whole number")
    return value


Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
"""A date as it is written out, YYYY-MM-DD."""

MomentOrDay = Annotated[
    datetime | date,
    PlainValidator(_moment_or_day),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
]
"""A date and time with its zone, in UTC from here on; or a date."""

WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
"""A JSON integer, or a string of digits."""

MoneyNumber = Annotated[Decimal, WithJsonSchema({"type": "number", "description": "with exactly the currency's decimals"})]
"""An amount in an answer."""
