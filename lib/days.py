"""The days of the business: a date without a time is a day in Cairo, which has summer time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CAIRO = ZoneInfo("Africa/Cairo")


def first_moment(given: datetime | date) -> datetime:
    """When a range begins that is given by a day or a moment, in UTC."""
    return given if isinstance(given, datetime) else _midnight(given)


def moment_after(given: datetime | date) -> datetime:
    """When a range has just ended, in UTC. Of a day it is the next midnight, so that the whole day is in the range."""
    if isinstance(given, datetime):
        return given
    # date.max has no next day.
    return datetime.max.replace(tzinfo=UTC) if given == date.max else _midnight(given + timedelta(days=1))


def _midnight(day: date) -> datetime:
    # On the day when summer time begins, Cairo's clocks go from 0:00 to 1:00. Its 0:00 is then the moment at which they do.
    try:
        return datetime.combine(day, time.min, CAIRO).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)
