"""The way of an order's money, in the currency of the gateway and in one that it converts: pay, settle, earn, refund."""

import json
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import UUID

import pytest

from lib import db
from lib.db import Transaction
from lib.fawaterk.errors import GatewayUnavailable
from lib.fawaterk.events import read_event
from lib.gateway_events.processing import process, store
from lib.gateway_events.reconciling import reconcile
from lib.holds.splitting import BalanceLimits
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments.closing import close
from lib.payments.opening import pay
from lib.refunds.refunding import RefundRequest, refund
from tests.properties.instant_gateway import RATES, InstantGateway
from tests.support.balances import Balances, balances
from tests.support.currencies import CURRENCIES, balances_in
from tests.support.scenes import (
    a_customer,
    an_actor,
    an_order,
    as_caller,
    disagreements_of,
    ledger_of,
    order_now,
    payment_now,
    the_gateway_decides,
)
from tests.support.undoing import UndoneSession

# 4,000 points are worth 40.00, so 182.00 of 342.00 is left for the gateway.
ALL_THREE = BalanceLimits(points=4000, cashback=Decimal(20), wallet=Decimal(100))


@pytest.fixture(params=CURRENCIES)
def currency(request: pytest.FixtureRequest) -> Iterator[str]:
    """The currency of orders and of balances."""
    with balances_in(request.param):
        yield request.param


@pytest.fixture
def customer(undone: UndoneSession, gateway: InstantGateway, currency: str) -> UUID:
    assert undone
    assert gateway
    assert currency
    return a_customer(wallet="100", cashback="20", points=4000)


@pytest.fixture
def order(customer: UUID, currency: str) -> LockedOrder:
    return an_order(customer, currency=currency)


def opened(order: LockedOrder, limits: BalanceLimits | None = None) -> UUID:
    """An attempt that its owner has opened at the gateway."""
    payment_id = pay(order.id, as_caller(order.user_id), None, limits)
    assert payment_id is not None
    return payment_id


def paid(gateway: InstantGateway, payment_id: UUID, share: str = "1") -> None:
    """The payer pays this share of it at the gateway."""
    invoice = gateway.invoices[str(payment_now(payment_id).gateway_invoice_id)]
    invoice.paid = invoice.total * Decimal(share)


def by_webhook(payment_id: UUID) -> Outcome:
    body = {
        "invoice_id": payment_now(payment_id).gateway_invoice_id,
        "invoice_status": "paid",
        "nonce": str(uuid.uuid4()),
    }
    event = read_event(json.dumps(body).encode(), "application/json")
    return process(event, store(event))


@pytest.mark.parametrize("news", [by_webhook, reconcile])
def test_money_and_balances_pay_an_order_and_earn(
    gateway: InstantGateway, customer: UUID, order: LockedOrder, currency: str, news: Callable[[UUID], Outcome]
) -> None:
    payment_id = opened(order, ALL_THREE)
    paid(gateway, payment_id)
    assert news(payment_id).status == "processed"
    settled = payment_now(payment_id)
    assert (settled.received_amount, settled.received_currency, settled.review_reason) == (Decimal(182), currency, None)
    assert (settled.gateway_total, settled.gateway_currency) == (182 * RATES[currency], "EGP")
    assert order_now(order).status == "PAID"
    assert balances(str(customer)) == Balances(points=342)
    cashback = db.read.run("select currency, booking_amount from cashback_records where order_id = :id", id=order.id)
    assert [list(row) for row in cashback] == [[currency, Decimal(342)]]
    assert news(payment_id).status == "already_processed"
    assert disagreements_of(customer) == []


@pytest.mark.parametrize("destination", ["wallet", "gateway"])
def test_all_of_it_goes_back_in_the_order_s_currency(
    gateway: InstantGateway, customer: UUID, order: LockedOrder, currency: str, destination: str
) -> None:
    payment_id = opened(order, ALL_THREE)
    paid(gateway, payment_id)
    by_webhook(payment_id)
    request = RefundRequest(reason="called off", destination=destination)  # type: ignore[arg-type]
    refund(order.id, an_actor(), request)
    the_gateway_decides(gateway, order)
    assert (order_now(order).status, payment_now(payment_id).status) == ("REFUNDED", "REFUNDED")
    wallet = "282.00" if destination == "wallet" else "100.00"
    assert balances(str(customer)) == Balances(wallet=wallet, cashback="20.00", points=4000)
    sent_back = gateway.sent_back(str(payment_now(payment_id).gateway_invoice_id))
    assert sent_back == (182 * RATES[currency] if destination == "gateway" else 0)
    assert {place[1] for place in ledger_of(customer)} <= {currency, "PTS"}
    assert disagreements_of(customer) == []


def test_a_part_that_arrived_waits_for_a_person_until_the_rest_is_there(
    gateway: InstantGateway, customer: UUID, order: LockedOrder
) -> None:
    payment_id = opened(order)
    paid(gateway, payment_id, "0.1")
    assert by_webhook(payment_id).status == "review"
    assert order_now(order).amount_paid == 0
    paid(gateway, payment_id)
    assert by_webhook(payment_id).status == "processed"
    assert (order_now(order).status, payment_now(payment_id).resolution) == ("PAID", "SETTLED")
    assert disagreements_of(customer) == []


def test_late_money_takes_the_balances_of_its_attempt_again(
    gateway: InstantGateway, customer: UUID, order: LockedOrder
) -> None:
    payment_id = opened(order, ALL_THREE)
    _close(payment_id)
    paid(gateway, payment_id)
    assert by_webhook(payment_id).status == "processed"
    assert order_now(order).status == "PAID"
    assert balances(str(customer)) == Balances(points=342)
    assert disagreements_of(customer) == []


@db.in_transaction
def _close(tx: Transaction, payment_id: UUID) -> None:
    close(tx, payment_id, "EXPIRED", None)


def test_a_silent_look_at_the_total_does_not_keep_the_attempt_from_opening(
    order: LockedOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(InstantGateway, "invoice", _silent)
        payment_id = opened(order)
    attempt = payment_now(payment_id)
    assert (attempt.status, attempt.gateway_invoice_id is not None, attempt.expected_total) == ("PENDING", True, None)


def _silent(_gateway: InstantGateway, _invoice_id: str, _timeout: float) -> None:
    raise GatewayUnavailable("silent")
