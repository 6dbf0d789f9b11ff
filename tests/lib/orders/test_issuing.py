"""An order is issued once, with its invoice, and one that comes to nothing is paid by that."""

from decimal import Decimal
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import IllegalMove, NotPriced
from lib.orders.issuing import ensure_issued, issue
from lib.orders.locks import LockedOrder
from tests.support.scenes import (
    a_booked_draft,
    a_draft,
    a_settled_payment,
    booking_status,
    call_off,
    disagreements_of,
    order_now,
)


def invoices_of(tx: Transaction, order: LockedOrder) -> list[str]:
    """The numbers of an order's invoices."""
    return tx.column(str, "select invoice_number from invoices where order_id = :id", id=order.id)


def test_an_order_is_issued_once(tx: Transaction, customer: UUID) -> None:
    order = issue(tx, a_draft(customer))
    invoices = invoices_of(tx, order)
    with pytest.raises(IllegalMove, match=f"Order {order.order_number} is ISSUED and can't be issued"):
        issue(tx, order)
    assert ensure_issued(tx, order) == order
    assert (len(invoices), invoices_of(tx, order)) == (1, invoices)


def test_a_paid_order_is_not_issued_again(tx: Transaction, customer: UUID) -> None:
    order = issue(tx, a_draft(customer))
    a_settled_payment(order)
    with pytest.raises(IllegalMove, match="is PAID and can't be issued"):
        issue(tx, order_now(order))
    assert ensure_issued(tx, order_now(order)).status == "PAID"


def test_a_booking_without_a_price_is_not_issued(tx: Transaction, customer: UUID) -> None:
    order = a_booked_draft(customer, is_priced=False)
    with pytest.raises(NotPriced):
        issue(tx, order)
    assert (order_now(order).status, invoices_of(tx, order)) == ("DRAFT", [])


def test_a_booking_that_was_called_off_is_not_issued(tx: Transaction, customer: UUID) -> None:
    order = a_booked_draft(customer)
    call_off(order)
    with pytest.raises(IllegalMove, match=r"Booking BKG-\S+ is CANCELLED and can't be paid"):
        issue(tx, order)


def test_an_issued_order_waits_for_its_money(tx: Transaction, customer: UUID) -> None:
    order = issue(tx, a_booked_draft(customer))
    assert (order.status, order.payment_status, order.remaining) == ("ISSUED", "UNPAID", Decimal(342))
    assert booking_status(order) == "PENDING"


def test_an_order_that_comes_to_nothing_is_paid_at_issue_and_confirms_its_booking(tx: Transaction, customer: UUID) -> None:
    free = issue(tx, a_draft(customer, is_free=True))
    booked = issue(tx, a_booked_draft(customer, "0"))
    for order in (free, booked):
        assert order == order_now(order)
        assert (order.status, order.payment_status, order.remaining) == ("PAID", "PAID", Decimal(0))
        assert len(invoices_of(tx, order)) == 1
    assert booking_status(booked) == "CONFIRMED"
    assert disagreements_of(customer) == []


def test_invoices_are_numbered_without_gaps(tx: Transaction, customer: UUID) -> None:
    numbers = [int(invoices_of(tx, issue(tx, a_draft(customer)))[0].rpartition("-")[2]) for _ in range(3)]
    assert numbers == [*range(numbers[0], numbers[0] + 3)]
