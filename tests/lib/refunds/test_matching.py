"""The gateway's list is matched with our refunds: each row once, whatever its age, its place in the list, its currency."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from lib import db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import GatewaySilent
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment
from lib.refunds.allocating import Destination
from lib.refunds.completing import complete
from lib.refunds.looking import look
from lib.refunds.refunding import RefundRequest, refund
from tests.lib.refunds.conftest import Pay
from tests.properties.instant_gateway import PER_PAGE, InstantGateway
from tests.support.balances import balances
from tests.support.scenes import order_now, payment_now, refunds_of, the_gateway_decides

BY_GATEWAY = RefundRequest(reason="called off", destination="gateway", amount=Decimal(42))


@db.in_transaction
def payment_of(tx: Transaction, order: LockedOrder) -> LockedPayment:
    """The one payment of an order."""
    return payment_now(tx.column(UUID, "select id from payments where order_id = :id", id=order.id)[0])


def invoice_of(order: LockedOrder) -> str:
    return str(payment_of(order).gateway_invoice_id)


def test_a_refund_that_the_release_before_completed_is_no_news(
    order: LockedOrder, claimed: UUID, gateway: InstantGateway
) -> None:
    complete(claimed)
    gateway.submit(invoice_of(order), Decimal(42))
    the_gateway_decides(gateway, order)
    assert [(one.origin, one.status) for one in refunds_of(order)] == [("STAFF", "COMPLETED")]
    assert payment_of(order).review_reason is None


def test_an_older_request_of_the_same_amount_decides_nothing_about_ours(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    pay(order)
    refund(order.id, actor, BY_GATEWAY)
    older = replace(
        gateway.submit(invoice_of(order), Decimal(42)),
        state="REJECTED",
        state_text="rejected",
        requested_at=datetime.now(UTC) - timedelta(hours=1),
    )
    gateway.refunds[0] = older
    gateway.refunds.reverse()
    gateway.refunds[0], gateway.refunds[1] = older, gateway.refunds[0]
    look(5, order_id=order.id)
    the_gateway_decides(gateway, order)
    assert [(one.origin, one.status) for one in refunds_of(order)] == [("STAFF", "COMPLETED")]


def test_a_request_far_down_in_the_list_is_found_out_by_its_number(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    pay(order)
    refund(order.id, actor, BY_GATEWAY)
    look(5, order_id=order.id)
    for number in range(3 * PER_PAGE):
        gateway.submit(f"another-{number}", Decimal(5))
    look(5)
    the_gateway_decides(gateway, order)
    assert order_now(order).amount_refunded == 42


def test_a_list_that_was_never_read_is_read_to_its_end_by_the_job(
    order: LockedOrder, pay: Pay, gateway: InstantGateway, actor: Actor
) -> None:
    pay(order)
    gateway.submit(invoice_of(order), Decimal(42))
    for number in range(8 * PER_PAGE):
        gateway.submit(f"another-{number}", Decimal(5))
    gateway.decide()
    look(5)
    with pytest.raises(Exception, match="reviewed by our staff"):
        refund(order.id, actor, BY_GATEWAY)
    assert [(one.origin, one.status) for one in refunds_of(order)] == [("GATEWAY", "NEEDS_REVIEW")]


@pytest.mark.parametrize("destination", ["gateway", "wallet", "manual"])
def test_a_silent_list_stops_whatever_came_by_the_gateway(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway, destination: Destination
) -> None:
    pay(order)
    gateway.is_list_silent = True
    with pytest.raises(GatewaySilent):
        refund(order.id, actor, replace(BY_GATEWAY, destination=destination, note="in cash"))
    assert (refunds_of(order), gateway.refunds) == ([], [])


def test_a_silent_list_stops_no_refund_of_what_came_from_balances(
    customer: UUID, order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    pay(order, Split(wallet=Decimal(100)))
    gateway.is_list_silent = True
    refund(order.id, actor, replace(BY_GATEWAY, destination="wallet", amount=Decimal(100)))
    assert balances(str(customer)).wallet == "100.00"
    with pytest.raises(GatewaySilent):
        refund(order.id, actor, replace(BY_GATEWAY, destination="wallet", amount=Decimal(1)))
