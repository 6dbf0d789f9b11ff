"""The gateway's smallest amount: more than 5 EGP, in other currencies by the newest rate that anybody knows."""

from decimal import Decimal
from uuid import UUID

import pytest

from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid
from lib.fawaterk.models import Received
from lib.payments import rates, records
from lib.payments.minimum import leaves_too_little, refuse_small_remainder, smallest_payable
from tests.support.currencies import balances_in
from tests.support.scenes import an_actor, an_attempt, an_order


def told(tx: Transaction, customer: UUID, total: str, currency: str = "USD") -> None:
    """Let the gateway tell what an invoice of 342 comes to in EGP."""
    payment = an_attempt(an_order(customer, currency=currency))
    records.write_expected(tx, payment.id, Received(Decimal(total), "EGP"))
    tx.run("update payments set created_at = created_at + interval '1 second' where id = :id", id=payment.id)


@pytest.fixture(autouse=True)
def nothing_is_told(tx: Transaction) -> None:
    tx.run("update payments set expected_total = null, expected_currency = null where currency <> 'EGP'")


def test_of_pounds_it_is_the_first_piastre_above_five(tx: Transaction) -> None:
    assert smallest_payable(tx, "EGP") == Decimal("5.01")


def test_where_nobody_knows_a_rate_the_gateway_decides(tx: Transaction, customer: UUID) -> None:
    assert smallest_payable(tx, "TND") == 0
    refuse_small_remainder(tx, an_order(customer, "0.001", currency="TND"), Decimal(0))


@pytest.mark.parametrize(
    ("currency", "rate", "smallest"), [("USD", "50", "0.11"), ("USD", "52.5", "0.10"), ("KWD", "156", "0.034")]
)
def test_in_another_currency_it_has_room_for_rates_and_is_rounded_up(
    tx: Transaction, currency: str, rate: str, smallest: str
) -> None:
    rates.set_rate(an_actor(), currency, Decimal(rate))
    assert smallest_payable(tx, currency) == Decimal(smallest)


def test_what_the_gateway_told_last_counts_where_staff_have_set_nothing(tx: Transaction, customer: UUID) -> None:
    told(tx, customer, str(342 * 21), "TND")
    assert smallest_payable(tx, "TND") == Decimal("0.250")


def test_an_amount_that_was_told_without_being_converted_is_no_rate(tx: Transaction, customer: UUID) -> None:
    told(tx, customer, "342", "TND")
    assert smallest_payable(tx, "TND") == 0


@pytest.mark.parametrize(
    ("remaining", "used", "is_too_little"),
    [
        ("10", "0", False),
        ("10", "4.99", False),
        ("10", "5", True),
        ("10", "9.99", True),
        ("10", "10", False),
        ("5", "0", True),
    ],
)
def test_what_is_left_is_nothing_or_enough(tx: Transaction, remaining: str, used: str, *, is_too_little: bool) -> None:
    assert leaves_too_little(tx, "EGP", Decimal(remaining), Decimal(used)) is is_too_little


def test_the_advice_is_in_the_currency_of_balances(tx: Transaction, customer: UUID) -> None:
    with balances_in("USD"):
        rates.set_rate(an_actor(), "USD", Decimal(50))
        order = an_order(customer, "10", currency="USD")
        points = int(Decimal("9.89") / config().loyalty.point_value)
        with pytest.raises(
            Invalid, match=rf"use at most 9\.89 USD of balances \({points} points\), or enough for all of 10"
        ):
            refuse_small_remainder(tx, order, Decimal("9.95"))
