"""What was paid goes back once, however many refund it at the same moment, and the order's lock is why."""

import functools
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from lib.audit import Actor
from lib.db import Transaction
from lib.refunds import refunding
from lib.refunds.allocating import Paid
from lib.refunds.queries import paid_of_order
from lib.refunds.refunding import RefundRequest
from tests.support.balances import balances, give
from tests.support.clients import System
from tests.support.locks import fetch_without_lock
from tests.support.money import Attempt, Desk, at_once, open_desk
from tests.support.refunds import WHY, ask_refund, asked_at_gateway, credit_notes, order_of, paid


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def test_of_many_whole_refunds_at_once_one_is_made(desk: Desk) -> None:
    attempt = paid(desk)
    replies = at_once(*[functools.partial(ask_refund, desk, attempt.order_id)] * 8)
    assert Counter(reply.status for reply in replies) == {201: 1, 409: 7}
    assert balances(desk.customer.id).wallet == "342.00"


def test_partial_refunds_at_once_give_back_no_more_than_was_paid(desk: Desk) -> None:
    attempt = paid(desk)
    replies = at_once(*[functools.partial(ask_refund, desk, attempt.order_id, amount=100)] * 8)
    assert Counter(reply.status for reply in replies) == {201: 3, 422: 5}
    assert balances(desk.customer.id).wallet == "300.00"
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == "300.00"


def test_refunds_to_the_wallet_and_by_the_gateway_at_once_go_back_once(desk: Desk) -> None:
    attempt = paid(desk)
    requests = [functools.partial(ask_refund, desk, attempt.order_id, place) for place in ("gateway", "wallet") * 3]
    replies = at_once(*requests)
    assert Counter(reply.status for reply in replies) == {201: 1, 409: 5}
    asked = [Decimal(str(one["refundable_amount"])) for one in asked_at_gateway(desk, attempt.invoice_id)]
    back = sum(asked) + Decimal(balances(desk.customer.id).wallet)
    assert back == Decimal(342)


def test_answer_webhook_and_person_at_once_complete_a_refund_once(desk: Desk) -> None:
    attempt = paid(desk)
    with desk.outage("error", "refund/create"):
        ask_refund(desk, attempt.order_id, "gateway", amount=42)
    webhook = desk.webhook(attempt.invoice_id, "refunded", shape="v3", amount="42.00")
    works: list[Callable[[], object]] = [lambda: desk.sent(webhook), lambda: desk.resolve(attempt, "settle").status]
    at_once(*works, *works, *works)
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == "42.00"
    assert len(credit_notes(desk, attempt.order_id)) == 1


def test_without_the_lock_two_refunds_give_the_same_money_back_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both have read what is left before either writes, which `for update` does not let happen."""
    # The gateway is no part of this.
    monkeypatch.setattr(refunding, "look_before", lambda *_: None)
    give(desk.customer.id, wallet="200")
    locked, unlocked = (paid(desk, wallet_to_use="100") for _ in range(2))
    refund_twice_at_once(desk, locked)
    assert sources(desk, locked) == {"WALLET": Decimal(100), "GATEWAY": Decimal(100)}
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "fetch", fetch_without_lock())
        patched.setattr(refunding, "paid_of_order", met_after(Barrier(2)))
        refund_twice_at_once(desk, unlocked)
    assert sources(desk, unlocked) == {"WALLET": Decimal(200)}


def refund_twice_at_once(desk: Desk, attempt: Attempt) -> None:
    actor = Actor(UUID(desk.admin.id), "ADMIN", "", str(uuid.uuid4()))
    request = RefundRequest(reason=WHY, destination="wallet", amount=Decimal(100))
    work = functools.partial(refunding.refund, UUID(attempt.order_id), actor, request)
    at_once(work, work)


def sources(desk: Desk, attempt: Attempt) -> dict[str, Decimal]:
    rows = desk.run(
        """
        select f.source, sum(f.amount) from refund_parts f join refunds r on r.id = f.refund_id
        where r.order_id = :id group by f.source
        """,
        id=attempt.order_id,
    )
    return dict(rows)


def met_after(meeting: Barrier) -> Callable[..., list[Paid]]:
    """`paid_of_order`, whose readers wait for each other."""

    def read(*given: Any) -> list[Paid]:
        found = paid_of_order(*given)
        meeting.wait(timeout=10)
        return found

    return read
