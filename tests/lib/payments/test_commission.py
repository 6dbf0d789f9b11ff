"""A commission that the payer bears on top: only what can be one counts as one, and only what was told before the money."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.fawaterk.models import GatewayInvoice
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment
from lib.payments.settling import settle
from tests.support.scenes import an_attempt, an_order, order_now, payment_now, shown_by_gateway


def shows(payment: LockedPayment, total: str, *, paid: bool = True) -> GatewayInvoice:
    """The payment's invoice with this total, of which the marked transaction received all."""
    return replace(shown_by_gateway(payment, total, paid=paid), total=Decimal(total))


@pytest.mark.parametrize("currency", ["EGP", "USD"])
def test_a_total_that_was_told_while_nothing_was_paid_is_kept_for_the_money_that_comes(
    tx: Transaction, customer: UUID, currency: str
) -> None:
    order = an_order(customer, "342", currency=currency)
    payment = an_attempt(order)
    assert settle(tx, payment.id, shows(payment, "348.84", paid=False)).status == "ignored"
    # The first one counts: nobody opened anything for a later one.
    assert settle(tx, payment.id, shows(payment, "350.00", paid=False)).status == "ignored"
    assert (payment_now(payment.id).expected_total, payment_now(payment.id).expected_currency) == (
        Decimal("348.84"),
        currency,
    )
    assert settle(tx, payment.id, shows(payment, "348.84")).status == "processed"
    assert (order_now(order).status, order_now(order).amount_paid) == ("PAID", Decimal(342))


@pytest.mark.parametrize("total", ["341.99", "369.11", "400.00", "3420.00"])
def test_a_total_that_can_be_no_commission_waits_for_a_person_though_it_was_told_before(
    tx: Transaction, order: LockedOrder, total: str
) -> None:
    payment = an_attempt(order)
    settle(tx, payment.id, shows(payment, total, paid=False))
    outcome = settle(tx, payment.id, shows(payment, total))
    assert (outcome.status, outcome.detail) == ("review", "AMOUNT_DIFFERS")
    assert order_now(order) == order


@pytest.mark.parametrize("total", ["342.00", "369.10"])
def test_a_few_per_cent_and_a_fixed_sum_can_be_one(tx: Transaction, order: LockedOrder, total: str) -> None:
    payment = an_attempt(order)
    settle(tx, payment.id, shows(payment, total, paid=False))
    assert settle(tx, payment.id, shows(payment, total)).status == "processed"


def test_the_fixed_sum_is_one_of_pounds_alone(tx: Transaction, customer: UUID) -> None:
    payment = an_attempt(an_order(customer, "4.50", currency="USD"))
    settle(tx, payment.id, shows(payment, "9.00", paid=False))
    assert settle(tx, payment.id, shows(payment, "9.00")).detail == "AMOUNT_DIFFERS"
