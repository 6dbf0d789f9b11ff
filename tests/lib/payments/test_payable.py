"""Which orders can be paid now, and money that is taken at the desk."""

from decimal import Decimal
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import IllegalMove, NotFound, NotPriced, PaymentInReview
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments import records
from lib.payments.balances import hold_for_order, pay_from_balances
from lib.payments.closing import cancel_order
from lib.payments.manual import settle_at_once
from lib.payments.payable import lock_payable, refuse_while_in_review
from tests.support.balances import balances
from tests.support.scenes import (
    a_booked_draft,
    a_booked_order,
    a_draft,
    a_settled_payment,
    an_actor,
    an_attempt,
    an_order,
    booking_status,
    call_off,
    disagreements_of,
    flagged,
    order_now,
    payment_now,
)


def test_an_order_that_nobody_knows_can_t_be_paid(tx: Transaction) -> None:
    with pytest.raises(NotFound):
        lock_payable(tx, UUID(int=0))


def test_a_paid_a_cancelled_and_a_refunded_order_can_t_be_paid(tx: Transaction, customer: UUID) -> None:
    paid, cancelled = an_order(customer), an_order(customer)
    a_settled_payment(paid)
    cancel_order(tx, cancelled, "staff")
    for order in (paid, cancelled):
        with pytest.raises(IllegalMove, match="can't be paid"):
            lock_payable(tx, order.id)


def test_a_booking_without_a_price_or_that_was_called_off_can_t_be_paid(tx: Transaction, customer: UUID) -> None:
    with pytest.raises(NotPriced):
        lock_payable(tx, a_booked_draft(customer, is_priced=False).id)
    booked = a_booked_order(customer)
    call_off(booked)
    with pytest.raises(IllegalMove, match="Booking BKG-"):
        lock_payable(tx, booked.id)


def test_an_order_with_money_in_review_can_t_be_paid_until_a_person_has_decided(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer)
    payment = flagged(an_attempt(order))
    with pytest.raises(PaymentInReview, match=f"{payment.payment_number}.*do not pay again"):
        lock_payable(tx, order.id)
    records.resolve(tx, payment.id, "REJECTED", "seen", by_user_id=None)
    refuse_while_in_review(tx, order, "wait")
    assert lock_payable(tx, order.id) == order


def test_a_draft_an_issued_and_a_partly_paid_order_can_be_paid(tx: Transaction, customer: UUID) -> None:
    draft, issued, booked, partly = a_draft(customer), an_order(customer), a_booked_draft(customer), an_order(customer)
    pay_from_balances(tx, partly, Split(wallet=Decimal(100)))
    for order in (draft, issued, booked, order_now(partly)):
        assert lock_payable(tx, order.id) == order


def test_money_taken_at_the_desk_pays_all_that_is_left(tx: Transaction, customer: UUID) -> None:
    order = a_booked_order(customer)
    pay_from_balances(tx, order, Split(wallet=Decimal(100)))
    settle_at_once(tx, an_actor(), order_now(order), Split(), rest_by_hand=True)
    payment = payment_now(by_hand(tx, order))
    assert (payment.status, payment.received_amount, payment.applied_amount) == ("PAID", Decimal(242), Decimal(242))
    assert (order_now(order).status, booking_status(order)) == ("PAID", "CONFIRMED")
    assert disagreements_of(customer) == []


def by_hand(tx: Transaction, order: LockedOrder) -> UUID:
    sql = "select id from payments where order_id = :id and payment_type = 'MANUAL'"
    return tx.column(UUID, sql, id=order.id)[0]


def test_money_taken_at_the_desk_frees_what_was_promised_and_is_in_the_audit_log(tx: Transaction, customer: UUID) -> None:
    order, actor = an_order(customer), an_actor()
    hold_for_order(tx, order, Split(wallet=Decimal(100)))
    settle_at_once(tx, actor, order, Split(), rest_by_hand=True)
    assert balances(str(customer)).wallet == "100.00"
    sql = "select action || ' ' || (after ->> 'amount') from audit_log where entity_id = :id and actor_id = :actor"
    logged = tx.column(str, sql, id=by_hand(tx, order), actor=actor.user_id)
    assert logged == ["settle-manually 342.00"]
    assert disagreements_of(customer) == []
