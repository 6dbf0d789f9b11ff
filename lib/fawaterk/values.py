"""Reads texts, amounts, times, flags and our own pay load in all the forms in which the gateway writes them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from lib.fawaterk.errors import Unreadable
from lib.fawaterk.strict_json import Number, plain, read_json

CAIRO = ZoneInfo("Africa/Cairo")  # the zone of every time that the gateway writes without one

_LONGEST_NAME = 255
_AMOUNT = re.compile(r"(-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.[0-9]{1,15})?)(?:\s*([A-Za-z]{2,3}))?")
_LARGEST_EXPONENT = 15
_EPOCH_SECONDS_DIGITS = 10
_EPOCH_MILLISECONDS_DIGITS = 13
# Once commas and spaces are evened out: staging writes "08 Oct 2026, 04:42 PM".
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d-%m-%Y", "%d/%m/%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b %d %Y", "%B %d %Y")
_TIMES = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_TIME_FORMATS = tuple(f"{date} {time}" for date in _DATES for time in _TIMES) + _DATES
_HALF_OF_DAY = re.compile(r"\s*([ap])\.?m\.?$", re.IGNORECASE)
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")


def first_of(fields: Mapping[str, object], *spellings: str) -> object:
    """Give the first field of these spellings that is there and not null, or None."""
    return next((fields[spelling] for spelling in spellings if fields.get(spelling) is not None), None)


def read_text(value: object) -> str | None:
    """Give a short text, a number as it was written, or None for null; raise Unreadable for anything else."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unreadable("a text or a number was expected")
    if len(value) > _LONGEST_NAME:
        raise Unreadable("a text is too long")
    return str(value)


def read_inessential_text(value: object) -> str | None:
    """Give a short text; None for anything else. For what people read, and nothing is decided by."""
    return str(value) or None if isinstance(value, str) and len(value) <= _LONGEST_NAME else None


def read_amount(value: object) -> Decimal | None:
    """Give an amount written as 100, "100.00", "1,000.00" or "100.00 EGP"; None for anything else."""
    if isinstance(value, Number):
        return _read_number(value)
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    return Decimal(match[1].replace(",", "")) if match else None


def read_currency(value: object) -> str | None:
    """Give an ISO 4217 code, also one after an amount ("100.00 EGP"); None for anything else.

    The vendor's reference (fawaterak-api.readme.io, sendpayment) writes SR for the Saudi riyal.
    """
    if not isinstance(value, str):
        return None
    behind_an_amount = _AMOUNT.fullmatch(value.strip())
    code = ((behind_an_amount[2] or "") if behind_an_amount else value.strip()).upper()
    if code == "SR":
        return "SAR"
    return code if re.fullmatch("[A-Z]{3}", code) else None


def read_flag(value: object) -> bool | None:
    """Give a yes or no written as true, 1, "1" or "true"; None for anything else."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    return {"1": True, "true": True, "0": False, "false": False}.get(value.strip().lower())


def read_time(value: object) -> datetime | None:
    """Give a time in UTC from any format that the gateway is known to use, else None. A time without a zone is Cairo's.

    These are ISO 8601, seconds or milliseconds since 1970, dates with the day first, as in Egypt, and months by name.
    """
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        return None
    text = value.strip().translate(_ARABIC_DIGITS)
    try:
        if text.isascii() and text.isdigit():
            return _since_1970(text)
        moment = _read_written_time(text)
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=CAIRO)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def read_expiry(value: object) -> datetime | None:
    """Give the time in UTC when something ends; a day without a time ends with that day in Cairo."""
    moment = read_time(value)
    if moment is None or not isinstance(value, str) or ":" in value or value.strip().isdigit():
        return moment
    next_day = moment.astimezone(CAIRO).replace(tzinfo=None) + timedelta(days=1)
    return next_day.replace(tzinfo=CAIRO).astimezone(UTC)


def read_pay_load(value: object) -> dict[str, object] | None:
    """Give our own pay load back from an object or from JSON text; None where it is neither."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except Unreadable:
            return None
    if not isinstance(value, dict):
        return None
    return {key: plain(inner) for key, inner in value.items()}


def _read_number(number: Number) -> Decimal | None:
    try:
        amount = Decimal(number)
    except InvalidOperation:
        return None
    # 1e400 is valid JSON, but rounding it would make an integer of 400 digits.
    exponent = amount.as_tuple().exponent
    bounded = isinstance(exponent, int) and abs(exponent) <= _LARGEST_EXPONENT
    return amount if bounded and abs(amount.adjusted()) <= _LARGEST_EXPONENT else None


def _since_1970(digits: str) -> datetime | None:
    if len(digits) == _EPOCH_SECONDS_DIGITS:
        return datetime.fromtimestamp(int(digits), UTC)
    if len(digits) == _EPOCH_MILLISECONDS_DIGITS:
        return datetime.fromtimestamp(int(digits) / 1000, UTC)
    return None


def _read_written_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    even = _HALF_OF_DAY.sub(r" \1M", " ".join(text.replace(",", " ").split()))
    for time_format in _TIME_FORMATS:
        try:
            return datetime.strptime(even, time_format)  # noqa: DTZ007 - the caller gives it Cairo's zone
        except ValueError:
            continue
    return None
