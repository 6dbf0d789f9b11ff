"""An attempt that is over is closed once, and what it held is free again."""

from decimal import Decimal
from typing import get_args
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import IllegalMove, NotFound, PaymentInReview
from lib.holds.records import lock_holds
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments.balances import pay_from_balances
from lib.payments.closing import cancel_order, close, close_open_attempt, release_order
from lib.payments.locks import ClosedStatus
from tests.support.balances import Balances, balances
from tests.support.scenes import (
    ALL_THREE,
    a_draft,
    a_settled_payment,
    an_attempt,
    an_order,
    disagreements_of,
    flagged,
    order_now,
    payment_now,
)

ALL_FREE = Balances(wallet="100.00", cashback="20.00", points=4000)
ALL_HELD = Balances(held="120.00", points_held=4000)
WALLET_50 = Split(wallet=Decimal(50))


def test_a_payment_that_nobody_knows_can_t_be_closed(tx: Transaction) -> None:
    with pytest.raises(NotFound):
        close(tx, UUID(int=0), "FAILED", None)


def test_a_payment_that_a_person_looks_at_stays_open(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = flagged(an_attempt(order, ALL_THREE))
    assert close(tx, payment.id, "EXPIRED", "too late").status == "already_processed"
    assert payment_now(payment.id) == payment
    assert balances(str(customer)) == ALL_HELD


@pytest.mark.parametrize("status", get_args(ClosedStatus))
def test_a_settled_payment_is_never_closed(tx: Transaction, order: LockedOrder, status: ClosedStatus) -> None:
    payment = a_settled_payment(order)
    assert close(tx, payment.id, status, None) == Outcome("already_processed", "the payment is PAID", payment.id)
    assert payment_now(payment.id) == payment


@pytest.mark.parametrize("after", get_args(ClosedStatus))
@pytest.mark.parametrize("before", get_args(ClosedStatus))
def test_a_closed_payment_stays_what_it_became_first(
    tx: Transaction, order: LockedOrder, before: ClosedStatus, after: ClosedStatus
) -> None:
    payment = an_attempt(order)
    close(tx, payment.id, before, None)
    assert close(tx, payment.id, after, None).status == ("already_processed" if before == after else "ignored")
    assert payment_now(payment.id).status == before


@pytest.mark.parametrize("status", get_args(ClosedStatus))
def test_an_open_payment_is_closed_and_frees_what_it_held(
    tx: Transaction, customer: UUID, order: LockedOrder, status: ClosedStatus
) -> None:
    payment = an_attempt(order, ALL_THREE)
    assert balances(str(customer)) == ALL_HELD
    assert close(tx, payment.id, status, "why") == Outcome("processed", f"PENDING → {status}", payment.id)
    assert (payment_now(payment.id).status, order_now(order)) == (status, order)
    assert balances(str(customer)) == ALL_FREE
    assert disagreements_of(customer) == []


def test_what_was_promised_with_the_order_stays_held_for_it(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order, ALL_THREE, is_held_for_order=True)
    close(tx, payment.id, "FAILED", "declined")
    assert balances(str(customer)) == ALL_HELD
    assert [hold.payment_id for hold in lock_holds(tx, order).holds] == [None, None, None]
    assert disagreements_of(customer) == []


def test_closing_in_passing_leaves_the_postings_to_the_caller(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order, WALLET_50)
    held, released = close_open_attempt(tx, order, lock_holds(tx, order), "paid otherwise")
    assert (payment_now(payment.id).status, held.holds) == ("CANCELLED", [])
    assert [one.kind for one in released] == ["RELEASE"]
    assert balances(str(customer)).wallet == "50.00"


def test_closing_in_passing_does_nothing_where_no_attempt_is_open(tx: Transaction, order: LockedOrder) -> None:
    held = lock_holds(tx, order)
    assert close_open_attempt(tx, order, held, "nothing to close") == (held, [])
    payment = flagged(an_attempt(order, WALLET_50))
    held = lock_holds(tx, order)
    assert close_open_attempt(tx, order, held, "a person looks at it") == (held, [])
    assert payment_now(payment.id) == payment


def test_an_order_of_which_something_was_paid_can_t_be_cancelled(tx: Transaction, customer: UUID) -> None:
    paid, partly = an_order(customer), an_order(customer)
    a_settled_payment(paid)
    with pytest.raises(IllegalMove, match="is PAID and can't be cancelled"):
        cancel_order(tx, order_now(paid), "staff")
    pay_from_balances(tx, partly, WALLET_50)
    with pytest.raises(IllegalMove, match="is PARTIALLY_PAID and can't be cancelled; refund it instead"):
        cancel_order(tx, order_now(partly), "staff")


def test_an_order_with_money_in_review_can_t_be_cancelled(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = flagged(an_attempt(order, WALLET_50))
    with pytest.raises(PaymentInReview, match=payment.payment_number):
        cancel_order(tx, order, "staff")
    assert (order_now(order).status, balances(str(customer)).held) == ("ISSUED", "50.00")


def test_an_order_is_cancelled_once(tx: Transaction, order: LockedOrder) -> None:
    cancelled = cancel_order(tx, order, "staff")
    with pytest.raises(IllegalMove, match="is CANCELLED and can't be cancelled"):
        cancel_order(tx, cancelled, "staff")


@pytest.mark.parametrize("is_held_for_order", [False, True])
def test_cancelling_an_order_closes_its_attempt_and_frees_all_that_it_holds(
    tx: Transaction, customer: UUID, order: LockedOrder, *, is_held_for_order: bool
) -> None:
    payment = an_attempt(order, ALL_THREE, is_held_for_order=is_held_for_order)
    assert cancel_order(tx, order, "staff").status == "CANCELLED"
    assert payment_now(payment.id).status == "CANCELLED"
    assert balances(str(customer)) == ALL_FREE
    assert disagreements_of(customer) == []


def test_a_draft_can_be_cancelled(tx: Transaction, customer: UUID) -> None:
    assert cancel_order(tx, a_draft(customer), "staff").status == "CANCELLED"


def test_releasing_an_order_twice_frees_its_balances_once(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    an_attempt(order, ALL_THREE)
    release_order(tx, order)
    release_order(tx, order)
    assert balances(str(customer)) == ALL_FREE
