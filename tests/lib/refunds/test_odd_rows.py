"""A row of the gateway's list of which nothing can be made costs no other row its turn, and ends with a person."""

from decimal import Decimal
from uuid import UUID

import pytest

from lib import db
from lib.audit import Actor
from lib.db import Transaction
from lib.fawaterk.errors import GatewayError, GatewayNonsense, GatewayRefused, GatewayUnavailable
from lib.fawaterk.refunds import RefundState
from lib.orders.locks import LockedOrder
from lib.refunds.looking import MOST_ODD_ANSWERS, look
from lib.refunds.matching import match
from lib.refunds.refunding import RefundRequest, refund
from lib.refunds.withdrawing import withdraw
from tests.lib.refunds.conftest import Pay
from tests.properties.instant_gateway import PER_PAGE, InstantGateway
from tests.support.scenes import an_order, order_now, payment_now, refunds_of

BY_GATEWAY = RefundRequest(reason="called off", destination="gateway", amount=Decimal(42))
ODD = {
    "refused": GatewayRefused(404, {"message": ["The route could not be found."]}),
    "failing": GatewayUnavailable("the gateway answered 500"),
    "nonsense": GatewayNonsense("not an object"),
}


def ask(order: LockedOrder, pay: Pay, actor: Actor, gateway: InstantGateway) -> str:
    """Refund 42.00 of an order by the gateway; the number of the row in its list."""
    pay(order)
    refund(order.id, actor, BY_GATEWAY)
    look(5, order_id=order.id)
    return gateway.refunds[0].gateway_id


def bury(gateway: InstantGateway) -> None:
    """Let so many newer rows come that the first pages of the list have none of ours."""
    for number in range(4 * PER_PAGE):
        gateway.submit(f"another-{number}", Decimal(5))
    gateway.decide(is_about=lambda one: one.refundable_id.startswith("another-"))
    look(5)


def spoil(gateway: InstantGateway, gateway_id: str, error: GatewayError, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make nothing of what the gateway tells about one row."""
    usual = gateway.refund_state

    def answer(asked: str, seconds: float) -> tuple[RefundState, str]:
        if asked == gateway_id:
            raise error
        return usual(asked, seconds)

    monkeypatch.setattr(gateway, "refund_state", answer)


@db.in_transaction
def be_due(tx: Transaction, gateway_id: str) -> None:
    tx.run("update gateway_refund_requests set look_due_at = now() where gateway_id = :id", id=gateway_id)


@db.in_transaction
def minutes_to_wait(tx: Transaction, gateway_id: str) -> int:
    sql = """
        select round(extract(epoch from look_due_at - now()) / 60)::integer from gateway_refund_requests
        where gateway_id = :id
        """
    return tx.value(int, sql, id=gateway_id)


@db.in_transaction
def payments_of(tx: Transaction, order: LockedOrder) -> list[UUID]:
    return list(tx.column(UUID, "select id from payments where order_id = :id", id=order.id))


def follow(*orders: LockedOrder) -> None:
    """What the job does for these orders."""
    look(5)
    for order in orders:
        for payment_id in payments_of(order):
            match(payment_id)


@pytest.mark.parametrize("odd", ODD)
def test_the_row_of_a_neighbour_is_followed(
    odd: str,
    customer: UUID,
    order: LockedOrder,
    actor: Actor,
    pay: Pay,
    gateway: InstantGateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    poisoned = ask(order, pay, actor, gateway)
    neighbour = an_order(customer)
    ask(neighbour, pay, actor, gateway)
    bury(gateway)
    gateway.decide()
    spoil(gateway, poisoned, ODD[odd], monkeypatch)
    follow(order, neighbour)
    assert [one.status for one in refunds_of(neighbour)] == ["COMPLETED"]
    assert [one.status for one in refunds_of(order)] == ["PENDING"]


def test_it_waits_longer_each_time_and_then_a_person_decides(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = ask(order, pay, actor, gateway)
    bury(gateway)
    spoil(gateway, poisoned, ODD["failing"], monkeypatch)
    waits = []
    for _ in range(MOST_ODD_ANSWERS):
        assert [one.status for one in refunds_of(order)] == ["PENDING"]
        be_due(poisoned)
        follow(order)
        waits.append(minutes_to_wait(poisoned))
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 1440]
    assert [one.status for one in refunds_of(order)] == ["NEEDS_REVIEW"]
    assert payment_now(payments_of(order)[0]).review_reason == "REFUND_UNKNOWN"


def test_one_that_waits_for_a_person_is_completed_once_the_gateway_tells_that_it_is_approved(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = ask(order, pay, actor, gateway)
    bury(gateway)
    with monkeypatch.context() as patched:
        spoil(gateway, poisoned, ODD["nonsense"], patched)
        for _ in range(MOST_ODD_ANSWERS):
            be_due(poisoned)
            follow(order)
    gateway.decide()
    follow(order)
    assert [one.status for one in refunds_of(order)] == ["NEEDS_REVIEW"], "it is not asked about before it is due"
    be_due(poisoned)
    follow(order)
    assert [one.status for one in refunds_of(order)] == ["COMPLETED"]
    assert not payment_now(payments_of(order)[0]).in_review
    assert order_now(order).amount_refunded == 42


def test_looks_of_staff_before_it_is_due_count_for_nothing(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = ask(order, pay, actor, gateway)
    bury(gateway)
    spoil(gateway, poisoned, ODD["failing"], monkeypatch)
    for _ in range(MOST_ODD_ANSWERS):
        look(5, order_id=order.id)
    assert minutes_to_wait(poisoned) == 10
    follow(order)
    assert [one.status for one in refunds_of(order)] == ["PENDING"]


def test_a_refund_whose_row_can_not_be_read_is_withdrawn(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = ask(order, pay, actor, gateway)
    bury(gateway)
    spoil(gateway, poisoned, ODD["failing"], monkeypatch)
    withdraw(order.id, refunds_of(order)[0].id, actor)
    assert [one.status for one in refunds_of(order)] == ["REJECTED"]


def test_a_list_that_can_not_be_read_at_all_puts_off_no_row(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    row = ask(order, pay, actor, gateway)
    gateway.is_list_silent = True
    with pytest.raises(GatewayUnavailable):
        look(5)
    assert minutes_to_wait(row) == 0
