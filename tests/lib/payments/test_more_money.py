"""The gateway comes to show more of a payment than was settled: it is kept unapplied, and a person decides again."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from lib import db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid
from lib.fawaterk.models import GatewayInvoice
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment
from lib.payments.settling import settle
from lib.refunds.refunding import RefundRequest, refund
from lib.reviews.resolving import resolve
from tests.properties.instant_gateway import InstantGateway
from tests.support.balances import balances
from tests.support.scenes import (
    an_actor,
    an_attempt,
    an_order,
    disagreements_of,
    ledger_of,
    order_now,
    payment_now,
    shown_by_gateway,
)

IN_WALLET = RefundRequest(reason="too much came", destination="wallet")


@pytest.fixture
def actor(order: LockedOrder) -> Actor:
    assert order
    return an_actor()


@db.in_transaction
def shown(tx: Transaction, payment: LockedPayment, amount: str, currency: str = "EGP") -> tuple[str, str]:
    """What settling comes to once the gateway shows so much."""
    outcome = settle(tx, payment.id, shown_by_gateway(payment, amount, currency))
    return outcome.status, outcome.detail


def short(order: LockedOrder, actor: Actor) -> LockedPayment:
    """A payment of 342.00 of which the gateway showed 8.00, which a person has settled."""
    payment = begun(order)
    assert shown(payment, "8")[0] == "review"
    resolve(payment.id, actor, "settle", "8 is on the statement", None)
    return payment_now(payment.id)


@db.in_transaction
def begun(_tx: Transaction, order: LockedOrder) -> LockedPayment:
    return an_attempt(order)


def test_what_is_more_is_kept_unapplied_and_a_person_is_asked_once(customer: UUID, order: LockedOrder, actor: Actor) -> None:
    payment = short(order, actor)
    assert shown(payment, "8") == ("already_processed", "the payment is PAID")
    assert [shown(payment, "342") for _ in range(2)] == [
        ("review", "AMOUNT_DIFFERS"),
        ("already_processed", "the payment is PAID"),
    ]
    kept = payment_now(payment.id)
    assert (kept.received_amount, kept.applied_amount, kept.in_review) == (Decimal(342), Decimal(8), True)
    assert (ledger_of(customer)["UNAPPLIED", "EGP"], order_now(order).amount_paid) == (Decimal(334), Decimal(8))
    assert disagreements_of(customer) == []


def test_settled_it_pays_the_rest_of_the_order(customer: UUID, order: LockedOrder, actor: Actor) -> None:
    payment = short(order, actor)
    shown(payment, "342")
    with pytest.raises(Invalid, match="334"):
        resolve(payment.id, actor, "settle", "all came", Decimal("334.01"))
    resolve(payment.id, actor, "settle", "all came", None)
    assert (order_now(order).status, order_now(order).amount_paid) == ("PAID", Decimal(342))
    assert payment_now(payment.id).applied_amount == 342
    assert disagreements_of(customer) == []


def test_it_can_be_settled_in_parts_as_it_comes(customer: UUID, order: LockedOrder, actor: Actor) -> None:
    payment = short(order, actor)
    for amount in ("100", "342"):
        assert shown(payment, amount)[0] == "review"
        resolve(payment.id, actor, "settle", "more came", None)
    assert order_now(order).status == "PAID"
    assert disagreements_of(customer) == []


def test_marked_for_refund_it_goes_back_by_itself(
    customer: UUID, order: LockedOrder, actor: Actor, gateway: InstantGateway
) -> None:
    assert gateway
    payment = short(order, actor)
    shown(payment, "342")
    resolve(payment.id, actor, "refund", "the order was changed", None)
    refund(order.id, actor, RefundRequest(reason="too much", destination="wallet", payment_id=payment.id))
    assert (balances(str(customer)).wallet, order_now(order).amount_paid) == ("434.00", Decimal(8))
    assert disagreements_of(customer) == []


def test_more_of_a_payment_that_was_refunded_whole_can_be_refunded_too(
    customer: UUID, order: LockedOrder, actor: Actor, gateway: InstantGateway
) -> None:
    assert gateway
    payment = short(order, actor)
    refund(order.id, actor, IN_WALLET)
    assert payment_now(payment.id).status == "REFUNDED"
    assert shown(payment, "342") == ("review", "AMOUNT_DIFFERS")
    assert payment_now(payment.id).status == "PARTIALLY_REFUNDED"
    resolve(payment.id, actor, "refund", "nobody wants it", None)
    refund(order.id, actor, RefundRequest(reason="too much", destination="wallet", payment_id=payment.id))
    assert (payment_now(payment.id).status, balances(str(customer)).wallet) == ("REFUNDED", "442.00")
    assert disagreements_of(customer) == []


def test_twice_the_price_of_a_payment_that_settled_by_itself_is_told(
    customer: UUID, order: LockedOrder, actor: Actor
) -> None:
    payment = begun(order)
    assert shown(payment, "342") == ("processed", "settled")
    assert shown(payment, "684") == ("review", "AMOUNT_DIFFERS")
    assert ledger_of(customer)["UNAPPLIED", "EGP"] == 342
    with pytest.raises(IllegalMove, match="refund"):
        resolve(payment.id, actor, "settle", "for what?", None)
    assert disagreements_of(customer) == []


@pytest.mark.parametrize("less", ["7.99", "0.01"])
def test_less_than_before_changes_nothing(order: LockedOrder, actor: Actor, less: str) -> None:
    payment = short(order, actor)
    assert shown(payment, less) == ("already_processed", "the payment is PAID")


def test_money_in_a_currency_that_nobody_can_compare_changes_nothing(order: LockedOrder, actor: Actor) -> None:
    payment = short(order, actor)
    assert shown(payment, "9000", "USD") == ("already_processed", "the payment is PAID")


@db.in_transaction
def converted(tx: Transaction, payment: LockedPayment, total: str) -> tuple[str, str]:
    outcome = settle(tx, payment.id, in_pounds(payment, total))
    return outcome.status, outcome.detail


def in_pounds(payment: LockedPayment, total: str) -> GatewayInvoice:
    return replace(shown_by_gateway(payment), total=Decimal(total), currency="EGP", transactions=[])


def test_more_of_converted_money_counts_at_the_rate_of_the_first(customer: UUID, actor: Actor) -> None:
    payment = begun(an_order(customer, "100", currency="USD"))
    assert converted(payment, "500")[0] == "review"
    resolve(payment.id, actor, "settle", "10 dollars", Decimal(10))
    # A rate that has moved a little is no money.
    assert converted(payment, "510")[0] == "already_processed"
    assert converted(payment, "5000") == ("review", "AMOUNT_DIFFERS")
    kept = payment_now(payment.id)
    assert (kept.received_amount, kept.received_currency, kept.gateway_total) == (Decimal(100), "USD", Decimal(5000))
    assert disagreements_of(customer) == []
