"""How many points and how much cashback: pure rules, with what they read passed to them."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.loyalty.earning import points_of, total_to_earn_on
from lib.loyalty.records import LockedCashback
from lib.loyalty.taking_back import share_of_cashback, share_of_points
from lib.loyalty.tiers import EarningTerms
from lib.money import DECIMALS, is_exact
from tests.support.scenes import PAID_ORDER

ONE = Decimal(1)
LARGEST_LOT = 2_147_483_647
TERMS = EarningTerms(multiplier=ONE, cashback_rate=ONE, exchange_rate=None)
CASHBACK = LockedCashback(
    is_called_off=False,
    id=UUID(int=3),
    user_id=UUID(int=2),
    order_id=UUID(int=1),
    status="PENDING",
    currency="EGP",
    cashback_amount=Decimal("3.42"),
    taken_back=Decimal(0),
)

totals = st.decimals(0, 99_999_999_999, places=2)
multipliers = st.decimals(0, 999, places=3)
points_per_unit = st.decimals(0, 1000, places=4)
shares = st.lists(st.decimals(0, 1, places=2), max_size=8)


def test_an_order_in_another_currency_counts_for_nothing_without_a_rate() -> None:
    assert total_to_earn_on(replace(PAID_ORDER, currency="KWD"), TERMS, "EGP") is None


def test_an_order_in_another_currency_counts_for_what_its_rate_says() -> None:
    order = replace(PAID_ORDER, currency="KWD", amount_paid=Decimal("10.005"))
    terms = replace(TERMS, exchange_rate=Decimal("160.25"))
    assert total_to_earn_on(order, terms, "EGP") == Decimal("1603.30125")


def test_an_order_in_the_currency_of_balances_counts_whole_whatever_the_rate() -> None:
    assert total_to_earn_on(PAID_ORDER, replace(TERMS, exchange_rate=Decimal(2)), "EGP") == Decimal("342.00")


@pytest.mark.parametrize(
    ("total", "multiplier", "per_unit", "points"),
    [
        ("0", "1", "1", 0),
        ("0.99", "1", "1", 0),
        ("1", "1", "1", 1),
        ("342.99", "1", "1", 342),
        ("101", "1.25", "1", 126),
        ("100", "1.5", "0.1", 15),
        ("99", "1", "0.01", 0),
        ("342", "0", "1", 0),
        ("99999999999", "2", "1000", LARGEST_LOT),
    ],
)
def test_points_are_whole_and_no_more_than_a_lot_can_hold(total: str, multiplier: str, per_unit: str, points: int) -> None:
    assert points_of(Decimal(total), multiplier=Decimal(multiplier), points_per_unit=Decimal(per_unit)) == points


@given(totals, multipliers, points_per_unit)
def test_no_fraction_of_a_point_is_given_away(total: Decimal, multiplier: Decimal, per_unit: Decimal) -> None:
    points, exact = points_of(total, multiplier=multiplier, points_per_unit=per_unit), total * multiplier * per_unit
    assert 0 <= points <= LARGEST_LOT
    assert points <= exact
    assert points == LARGEST_LOT or exact - points < 1


@pytest.mark.parametrize(
    ("earned", "taken_back", "refunded", "share"),
    [(342, 0, "342", 342), (342, 0, "0.50", 1), (342, 0, "0.49", 0), (342, 100, "200", 100), (0, 0, "342", 0)],
)
def test_a_refund_takes_back_its_share_of_the_points_rounded_half_up(
    earned: int, taken_back: int, refunded: str, share: int
) -> None:
    assert share_of_points(earned=earned, taken_back=taken_back, refunded=Decimal(refunded), total=Decimal(342)) == share


@given(st.integers(0, LARGEST_LOT), st.integers(1, 10_000_000), shares)
def test_the_points_that_all_refunds_take_back_are_those_that_were_earned(
    earned: int, total_units: int, steps: list[Decimal]
) -> None:
    total = Decimal(total_units).scaleb(-2)
    refunded, taken = Decimal(0), 0
    for step in [*steps, ONE]:
        refunded += ((total - refunded) * step).quantize(Decimal("0.01"))
        share = share_of_points(earned=earned, taken_back=taken, refunded=refunded, total=total)
        assert share >= 0
        taken += share
    assert taken == earned


@pytest.mark.parametrize(
    ("refunded", "taken_back", "share"),
    [("342", "0", "3.42"), ("114.01", "0", "1.14"), ("227.34", "1.14", "1.13"), ("0.49", "0", "0.00")],
)
def test_a_refund_takes_back_its_share_of_the_cashback(refunded: str, taken_back: str, share: str) -> None:
    record = replace(CASHBACK, taken_back=Decimal(taken_back))
    assert share_of_cashback(record, refunded=Decimal(refunded), total=Decimal(342)) == Decimal(share)


@given(st.integers(0, 10_000_000), st.integers(1, 10_000_000), shares, st.sampled_from(["EGP", "KWD", "JPY"]))
def test_the_cashback_that_all_refunds_take_back_is_what_was_earned(
    cashback_units: int, total_units: int, steps: list[Decimal], currency: str
) -> None:
    unit = ONE.scaleb(-DECIMALS[currency])
    record = replace(CASHBACK, currency=currency, cashback_amount=cashback_units * unit)
    total, refunded = total_units * unit, Decimal(0)
    for step in [*steps, ONE]:
        refunded += ((total - refunded) * step).quantize(unit)
        share = share_of_cashback(record, refunded=refunded, total=total)
        assert share >= 0
        assert is_exact(share, currency)
        record = replace(record, taken_back=record.taken_back + share)
    assert record.amount == 0
