from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lib.fawaterk.strict_json import Number
from lib.fawaterk.values import read_amount, read_currency, read_expiry, read_flag, read_pay_load, read_time


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("100", "100"),
        ("100.00", "100.00"),
        (" 100.00 EGP", "100.00"),
        ("1,234,567.500", "1234567.500"),
        ("-5.5", "-5.5"),
        (Number("1.5e2"), "150"),
    ],
)
def test_an_amount_is_read_as_the_gateway_writes_it(written: str, amount: str) -> None:
    assert read_amount(written) == Decimal(amount)


@pytest.mark.parametrize("written", [None, True, "", "1,23", "1.2.3", "EGP", "0x10", "1e5", "inf", Number("1e16"), []])
def test_what_is_no_amount_is_none(written: object) -> None:
    assert read_amount(written) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [("egp", "EGP"), ("100.00 EGP", "EGP"), ("SR", "SAR"), ("EGPX", None), ("", None), ("100", None), (None, None)],
)
def test_a_currency_is_read_alone_and_behind_an_amount(written: object, code: str | None) -> None:
    assert read_currency(written) == code


@pytest.mark.parametrize(
    "written",
    [
        "2025-08-22 18:08:02",
        "2025-08-22T18:08:02",
        "2025-08-22T15:08:02Z",
        "2025-08-22T15:08:02.000000Z",
        "2025-08-22T18:08:02+03:00",
        "22-08-2025 18:08:02",
        "22/08/2025 18:08:02",
        "2025/08/22 18:08:02",
        "2025-08-22 06:08:02 PM",
        "22 Aug 2025, 06:08:02 PM",
        "22 August 2025 06:08:02pm",
        "Aug 22, 2025, 6:08:02 p.m.",
        "22-Aug-2025 18:08:02",
        "22 Aug 2025,\u202f18:08:02",
        "٢٢-٠٨-٢٠٢٥ ١٨:٠٨:٠٢",
        "1755875282",
        "1755875282000",
        Number("1755875282"),
    ],
)
def test_a_time_is_read_in_each_known_format_and_cairos_zone(written: str) -> None:
    assert read_time(written) == datetime(2025, 8, 22, 15, 8, 2, tzinfo=UTC)


def test_the_expiry_that_staging_writes_is_read_in_cairos_time() -> None:
    assert read_expiry("08 Oct 2026, 04:42 PM") == datetime(2026, 10, 8, 13, 42, tzinfo=UTC)


def test_a_day_without_a_time_ends_with_that_day() -> None:
    for written in ("2026-10-08", "08 Oct 2026", "08/10/2026"):
        assert read_expiry(written) == datetime(2026, 10, 8, 21, 0, tzinfo=UTC)
    assert read_expiry("1755875282") == datetime(2025, 8, 22, 15, 8, 2, tzinfo=UTC)


def test_cairos_winter_is_an_hour_behind_its_summer() -> None:
    assert read_time("2025-01-22 18:08:02") == datetime(2025, 1, 22, 16, 8, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [None, "", "soon", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "12", "9" * 400, True, {}, Number("1.5")],
)
def test_a_time_of_no_known_format_is_none(written: object) -> None:
    assert read_time(written) is None


@pytest.mark.parametrize(
    ("written", "flag"),
    [
        (True, True),
        (Number("1"), True),
        ("1", True),
        ("TRUE", True),
        (False, False),
        (Number("0"), False),
        ("0", False),
        ("false", False),
        (None, None),
        ("yes", None),
        ([], None),
    ],
)
def test_a_flag_is_read_in_each_spelling(written: object, flag: bool | None) -> None:  # noqa: FBT001 - the expected value
    assert read_flag(written) is flag


@pytest.mark.parametrize("written", [None, "", "ORD-1", "[1]", [1], Number("5"), '{"a": NaN}'])
def test_a_pay_load_that_is_no_object_is_none(written: object) -> None:
    assert read_pay_load(written) is None
