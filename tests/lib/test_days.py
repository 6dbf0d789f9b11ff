"""Cairo's days, in winter, in summer, and where the clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from lib.days import first_moment, moment_after


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        ("2026-01-31", "2026-01-30T22:00", 24),
        ("2026-07-01", "2026-06-30T21:00", 24),
        # The clocks go from 0:00 to 1:00 on the last Friday of April, and back at the end of the last Thursday of October.
        ("2026-04-24", "2026-04-23T22:00", 23),
        ("2026-10-29", "2026-10-28T21:00", 25),
        ("2026-10-30", "2026-10-29T22:00", 24),
    ],
)
def test_a_day_lasts_from_midnight_to_midnight_in_cairo(day: str, begins: str, hours: int) -> None:
    start, end = first_moment(date.fromisoformat(day)), moment_after(date.fromisoformat(day))
    assert start == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert end - start == timedelta(hours=hours)


def test_a_moment_is_taken_as_it_is() -> None:
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert (first_moment(moment), moment_after(moment)) == (moment, moment)


def test_the_first_and_the_last_day_of_the_calendar_have_their_ends() -> None:
    assert first_moment(date.min).replace(tzinfo=None) == datetime.min  # noqa: DTZ901 - compared without its zone
    assert moment_after(date.max).replace(tzinfo=None) == datetime.max  # noqa: DTZ901 - compared without its zone
