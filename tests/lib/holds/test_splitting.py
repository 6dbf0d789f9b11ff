"""What of balances pays an order: never more than was named, than the order has room for, or than points are worth."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.config import Loyalty
from lib.errors import Invalid
from lib.holds.splitting import BalanceLimits, Split, split, worth
from lib.money import DECIMALS, is_exact

currencies = st.sampled_from(["EGP", "KWD", "JPY"])
point_values = st.decimals("0.0001", "1000", places=4)
# Minor units, so that whatever the currency an amount is one that it has.
minor_units = st.integers(0, 10_000_000)
most_points = st.integers(0, 2_147_483_647)


def loyalty(point_value: str | Decimal = "0.01", currency: str = "EGP") -> Loyalty:
    return Loyalty.model_validate({"LOYALTY_CURRENCY": currency, "POINT_VALUE": point_value})


def major(units: int, currency: str) -> Decimal:
    return Decimal(units).scaleb(-DECIMALS[currency])


@pytest.mark.parametrize(
    "limits", [BalanceLimits(points=1), BalanceLimits(cashback=Decimal(1)), BalanceLimits(wallet=Decimal(1))]
)
def test_balances_pay_only_orders_in_their_own_currency(limits: BalanceLimits) -> None:
    with pytest.raises(Invalid, match="balances are kept in EGP and can't pay an order in USD"):
        split(Decimal(342), "USD", limits, loyalty())


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (BalanceLimits(cashback=Decimal("0.001")), "cashback_to_use"),
        (BalanceLimits(wallet=Decimal("1.001")), "wallet_to_use"),
    ],
)
def test_an_amount_with_too_many_decimals_is_named(limits: BalanceLimits, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        split(Decimal(342), "EGP", limits, loyalty())
    assert [(error["loc"], error["type"]) for error in refused.value.errors] == [(["body", field], "decimals")]


def test_nothing_is_used_where_nothing_is_named_whatever_the_currency() -> None:
    assert split(Decimal(342), "USD", BalanceLimits(), loyalty()) == Split()


def test_points_go_first_then_cashback_then_the_wallet() -> None:
    limits = BalanceLimits(points=20_000, cashback=Decimal(100), wallet=Decimal(100))
    assert split(Decimal(342), "EGP", limits, loyalty()) == Split(
        points=20_000, points_value=Decimal(200), cashback=Decimal(100), wallet=Decimal(42)
    )
    assert split(Decimal(250), "EGP", limits, loyalty()) == Split(
        points=20_000, points_value=Decimal(200), cashback=Decimal(50)
    )
    assert split(Decimal(150), "EGP", limits, loyalty()) == Split(points=15_000, points_value=Decimal(150))


@pytest.mark.parametrize(
    ("points", "point_value", "currency", "value"),
    [
        (0, "0.01", "EGP", "0.00"),
        (99, "0.0001", "EGP", "0.00"),
        (199, "0.0001", "EGP", "0.01"),
        (3, "0.3333", "EGP", "0.99"),
        (3, "0.3333", "KWD", "0.999"),
        (3, "0.3334", "JPY", "1"),
    ],
)
def test_points_never_pay_more_than_they_are_worth(points: int, point_value: str, currency: str, value: str) -> None:
    assert str(worth(points, loyalty(point_value, currency))) == value


def test_points_that_are_worth_nothing_are_not_used() -> None:
    assert split(Decimal(342), "EGP", BalanceLimits(points=99), loyalty("0.0001")) == Split()


def test_points_that_are_worth_more_than_the_rest_are_not_used() -> None:
    assert split(Decimal(5), "EGP", BalanceLimits(points=10), loyalty("10")) == Split()
    assert split(Decimal(25), "EGP", BalanceLimits(points=10), loyalty("10")).points == 2


@given(minor_units, most_points, minor_units, minor_units, point_values, currencies)
def test_a_split_is_within_what_was_named_what_is_left_and_what_points_are_worth(
    remaining_units: int, points: int, cashback: int, wallet: int, point_value: Decimal, currency: str
) -> None:
    remaining, terms = major(remaining_units, currency), loyalty(point_value, currency)
    limits = BalanceLimits(points=points, cashback=major(cashback, currency), wallet=major(wallet, currency))
    found = split(remaining, currency, limits, terms)
    assert 0 <= found.points <= limits.points
    assert 0 <= found.cashback <= limits.cashback
    assert 0 <= found.wallet <= limits.wallet
    assert 0 <= found.points_value <= found.points * point_value
    assert (found.points == 0) == (found.points_value == 0)
    assert found.value == found.points_value + found.cashback + found.wallet <= remaining
    assert all(is_exact(amount, currency) for amount in (found.points_value, found.cashback, found.wallet))


@given(minor_units, minor_units, currencies)
def test_money_that_is_named_pays_as_much_as_there_is_room_for(remaining_units: int, wallet: int, currency: str) -> None:
    remaining, limit = major(remaining_units, currency), major(wallet, currency)
    found = split(remaining, currency, BalanceLimits(wallet=limit), loyalty(currency=currency))
    assert found.wallet == min(remaining, limit)
