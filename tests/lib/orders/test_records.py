"""Each verb that changes an order starts from its own states and refuses all others; no money counts that does not fit."""

from decimal import Decimal
from typing import get_args
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import NotFound
from lib.ledger import Reference
from lib.orders import records
from lib.orders.drafting import amounts_of
from lib.orders.locks import LockedOrder, OrderStatus, lock_order, lock_order_of_payment
from lib.payments.closing import cancel_order
from lib.refunds.refunding import RefundRequest, refund
from tests.support.scenes import (
    a_booked_draft,
    a_booked_order,
    a_draft,
    a_settled_payment,
    an_actor,
    an_attempt,
    an_order,
    call_off,
    draft_of,
    order_now,
)
from tests.support.verbs import Verb, try_verb

EARLY: set[OrderStatus] = {"DRAFT", "ISSUED"}


VERBS: dict[str, Verb[LockedOrder]] = {
    "replace_draft": Verb(lambda tx, order: replaced(tx, order, "50"), {"DRAFT"}, "DRAFT"),
    "mark_issued": Verb(records.mark_issued, {"DRAFT"}, "ISSUED"),
    "cancel": Verb(records.cancel, EARLY, "CANCELLED"),
    "apply_refund": Verb(lambda tx, order: records.apply_refund(tx, order, order.amount_paid), {"PAID"}, "REFUNDED"),
}


def replaced(tx: Transaction, order: LockedOrder, price: str) -> LockedOrder:
    draft = draft_of(order.user_id, price, notes_en="cheaper")
    return records.replace_draft(tx, order, draft, amounts_of(draft))


def an_order_that_is(tx: Transaction, customer: UUID, status: OrderStatus) -> LockedOrder:
    """An order in this state; one that was paid was paid by the gateway."""
    order = a_draft(customer) if status == "DRAFT" else an_order(customer)
    if status == "CANCELLED":
        return cancel_order(tx, order, "staff")
    if status in ("PAID", "REFUNDED"):
        a_settled_payment(order)
    if status == "REFUNDED":
        refund(order.id, an_actor(), RefundRequest(reason="called off", destination="wallet"))
    return order_now(order)


@pytest.mark.parametrize("status", get_args(OrderStatus))
@pytest.mark.parametrize("name", VERBS)
def test_a_verb_starts_from_its_own_states_alone(tx: Transaction, customer: UUID, name: str, status: OrderStatus) -> None:
    order = an_order_that_is(tx, customer, status)
    assert order.status == status
    try_verb(VERBS[name], order, lambda: order_now(order))


@pytest.mark.parametrize("status", get_args(OrderStatus))
def test_an_order_takes_money_while_it_is_issued_alone(tx: Transaction, customer: UUID, status: OrderStatus) -> None:
    order = an_order_that_is(tx, customer, status)
    taken = records.apply_payment(tx, order, Decimal("0.01"))
    assert (taken is not None) == (status == "ISSUED")
    assert order_now(order) == (taken or order)


@pytest.mark.parametrize("status", get_args(OrderStatus))
def test_a_draft_alone_is_deleted(tx: Transaction, customer: UUID, status: OrderStatus) -> None:
    order = an_order_that_is(tx, customer, status)
    if status == "DRAFT":
        records.delete_draft(tx, order)
        with pytest.raises(NotFound):
            lock_order(tx, order.id)
    else:
        with pytest.raises(LookupError):
            records.delete_draft(tx, order)
        assert order_now(order) == order


def test_an_order_takes_no_more_than_is_left_of_it(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer)
    assert records.apply_payment(tx, order, Decimal("342.01")) is None
    partly = records.apply_payment(tx, order, Decimal("341.99"))
    assert partly is not None
    assert (partly.status, partly.payment_status, partly.remaining) == ("ISSUED", "PARTIALLY_PAID", Decimal("0.01"))
    assert records.apply_payment(tx, partly, Decimal("0.02")) is None
    paid = records.apply_payment(tx, partly, Decimal("0.01"))
    assert paid == order_now(order)
    assert (paid.status, paid.payment_status, paid.remaining) == ("PAID", "PAID", Decimal(0))


def test_an_order_whose_booking_was_called_off_takes_no_money(tx: Transaction, customer: UUID) -> None:
    order = a_booked_order(customer)
    call_off(order)
    assert records.apply_payment(tx, order, Decimal(342)) is None
    assert order_now(order) == order


def test_an_order_of_which_something_was_paid_is_not_cancelled(tx: Transaction, customer: UUID) -> None:
    partly = records.apply_payment(tx, an_order(customer), Decimal(100))
    assert partly is not None
    with pytest.raises(LookupError):
        records.cancel(tx, partly)


def test_a_part_that_goes_back_leaves_the_order_paid(tx: Transaction, customer: UUID) -> None:
    order = an_order_that_is(tx, customer, "PAID")
    partly = records.apply_refund(tx, order, Decimal(100))
    assert (partly.status, partly.payment_status, partly.amount_refunded) == ("PAID", "PAID", Decimal(100))
    wholly = records.apply_refund(tx, partly, Decimal(242))
    assert (wholly.status, wholly.payment_status, wholly.amount_refunded) == ("REFUNDED", "REFUNDED", Decimal(342))


def test_money_is_withdrawn_from_a_partly_paid_order_alone_which_can_be_paid_anew(tx: Transaction, customer: UUID) -> None:
    partly = records.apply_payment(tx, an_order(customer), Decimal(100))
    assert partly is not None
    less = records.withdraw_payment(tx, partly, Decimal(40))
    assert (less.payment_status, less.remaining) == ("PARTIALLY_PAID", Decimal(282))
    nothing = records.withdraw_payment(tx, less, Decimal(60))
    assert (nothing.status, nothing.payment_status, nothing.remaining) == ("ISSUED", "UNPAID", Decimal(342))
    for status in get_args(OrderStatus):
        if status != "ISSUED":
            with pytest.raises(LookupError):
                records.withdraw_payment(tx, an_order_that_is(tx, customer, status), Decimal(0))


def test_a_replaced_draft_has_its_new_items_alone(tx: Transaction, customer: UUID) -> None:
    order = a_draft(customer)
    cheaper = replaced(tx, order, "50")
    assert (cheaper.total_amount, cheaper.order_number) == (Decimal(50), order.order_number)
    sql = "select unit_price from order_items where order_id = :id"
    assert tx.column(Decimal, sql, id=order.id) == [Decimal(50)]


def test_an_order_says_what_its_customer_is_told_that_it_is_about(customer: UUID) -> None:
    order, booked = an_order(customer), a_booked_draft(customer)
    assert order.reference == Reference("ORDER", order.id)
    assert booked.booking_id is not None
    assert booked.reference == Reference("BOOKING", booked.booking_id)


def test_an_order_is_found_by_its_payment(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer)
    assert lock_order_of_payment(tx, an_attempt(order).id) == order
    with pytest.raises(NotFound, match="no such payment"):
        lock_order_of_payment(tx, order.id)
    with pytest.raises(NotFound, match="no such order"):
        lock_order(tx, customer)
