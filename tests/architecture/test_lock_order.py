"""Every flow takes its locks in the sequence that lib/orders/locks.py gives."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from functions.bookings import moves
from functions.bookings.schemas import BookingCancellation
from functions.jobs import cashback
from functions.orders import drafts
from functions.orders.schemas import NewOrder
from lib.audit import Actor
from lib.db.session import Session
from lib.fawaterk.models import GatewayInvoice
from lib.gateway_events.reconciling import settle_reconciled
from lib.holds.splitting import BalanceLimits
from lib.payments.opening import pay
from lib.refunds.refunding import RefundRequest, refund
from lib.security.callers import Caller
from tests.support.balances import give
from tests.support.clients import System
from tests.support.money import SERVICE, Desk, open_desk
from tests.support.refunds import paid

SERIES = ("ORD", "BKG", "INV", "PAY", "RFD", "CRN")
LOCKS = (
    (re.compile(r"from orders where .*for update"), 1),
    *((re.compile(rf"take_number\('{prefix}'\)"), 2 + index / 10) for index, prefix in enumerate(SERIES)),
    (re.compile(r"from wallets .*for update"), 3),
    (re.compile(r"from cashback_records .*for update"), 4),
)


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    """The locks of each transaction of this process, in the sequence in which it first took them."""
    transactions: list[list[float]] = []
    write, command = Session._write, Session.command

    def watched_write(session: Session, sql: str, values: dict[str, object]) -> None:
        text = " ".join(sql.split())
        for pattern, level in LOCKS:
            if transactions and pattern.search(text) and level not in transactions[-1]:
                transactions[-1].append(level)
        write(session, sql, values)

    def watched_command(session: Session, sql: str) -> None:
        if sql == "begin":
            transactions.append([])
        command(session, sql)

    monkeypatch.setattr(Session, "_write", watched_write)
    monkeypatch.setattr(Session, "command", watched_command)
    return transactions


def actor(desk: Desk) -> Actor:
    return Actor(UUID(desk.admin.id), "ADMIN", "127.0.0.1", "lock-order")


def test_an_order_that_was_paid_elsewhere(desk: Desk, taken: list[list[float]]) -> None:
    order = NewOrder.model_validate({"user_id": desk.customer.id, "items": [SERVICE], "payment_status": "PAID"})
    drafts.create(actor(desk), order)
    assert taken == [[2.0, 2.2, 2.3, 3]]


def test_a_draft_that_holds_balances(desk: Desk, taken: list[list[float]]) -> None:
    give(desk.customer.id, wallet="10")
    taken.clear()
    order = NewOrder.model_validate({"user_id": desk.customer.id, "items": [SERVICE], "wallet_to_use": 10})
    drafts.create(actor(desk), order)
    assert taken == [[2.0, 3]]


def test_paying_from_balances(desk: Desk, taken: list[list[float]]) -> None:
    give(desk.customer.id, wallet="500")
    order_id = UUID(desk.order()["id"])
    taken.clear()
    pay(order_id, Actor(UUID(desk.customer.id), "CUSTOMER", "192.0.2.1", "locks"), 2, BalanceLimits(wallet=Decimal(400)))
    assert taken == [[1, 2.2, 2.3, 3]]


def test_settling(desk: Desk, taken: list[list[float]]) -> None:
    attempt = desk.attempt()
    settle_reconciled(UUID(attempt.payment_id), paid_invoice(attempt.invoice_id))
    assert taken == [[1, 3]]


def test_refunding(desk: Desk, taken: list[list[float]], monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = paid(desk)
    # What the gateway shows is matched before, in a transaction of its own.
    monkeypatch.setattr("lib.refunds.refunding.look_before", lambda *_given: None)
    taken.clear()
    refund(UUID(attempt.order_id), actor(desk), RefundRequest(reason="called off", destination="wallet"))
    assert taken == [[1, 2.4, 2.5, 3, 4]]


def test_calling_off_a_paid_booking(desk: Desk, taken: list[list[float]]) -> None:
    booking = desk.employee.client.post(
        "/api/bookings",
        {
            "user_id": desk.customer.id,
            "booking_type": "TRIP",
            "title_en": "Siwa",
            "start_date": "2047-05-01",
            "items": [SERVICE],
        },
    ).json
    attempt = desk.pay(booking["order_id"])
    desk.happens(attempt.invoice_id, "paid")
    caller = Caller(UUID(desk.admin.id), UUID(int=1), "ADMIN")
    moves.cancel(caller, actor(desk), UUID(booking["id"]), BookingCancellation())
    assert taken == [[1, 2.4, 2.5, 3, 4]]


def test_crediting_cashback(desk: Desk, taken: list[list[float]]) -> None:
    attempt = paid(desk)
    desk.run("update cashback_records set credit_due_at = now() where order_id = :id", id=attempt.order_id)
    taken.clear()
    cashback.credit_cashback()
    assert [3, 4] in taken


@pytest.fixture(autouse=True)
def _order_of_locks(taken: list[list[float]]) -> Iterator[None]:
    yield
    assert all(locks == sorted(locks) for locks in taken), taken


def paid_invoice(invoice_id: str) -> GatewayInvoice:
    fields: dict[str, Any] = {"invoice_key": None, "payment_method": None, "paid_at": None, "pay_load": None}
    return GatewayInvoice(
        invoice_id=invoice_id,
        paid=True,
        total=Decimal(342),
        currency="EGP",
        status_text="paid",
        transactions=[],
        **fields,
    )
