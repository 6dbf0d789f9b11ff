"""A refund ends once: whoever says what became of it, and in whatever order they say it."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest

from lib import db
from lib.db import Transaction
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment
from lib.refunds.completing import complete, mark_unknown, reject, resolve_unknown
from lib.refunds.records import read_refund
from tests.support.balances import balances
from tests.support.scenes import credit_notes_of, disagreements_of, ledger_of, order_now, payment_now

Step = Callable[[UUID], object]


def completes(refund_id: UUID) -> None:
    """The gateway has sent the money."""
    complete(refund_id)


def is_rejected(refund_id: UUID) -> None:
    """The gateway refuses."""
    reject(refund_id, "the gateway would rather not")


def is_unknown(refund_id: UUID) -> None:
    """The gateway says nothing."""
    mark_unknown(refund_id, "the gateway did not say")


@db.in_transaction
def status_of(tx: Transaction, refund_id: UUID) -> str:
    return read_refund(tx, refund_id).status


@db.in_transaction
def payment_of(tx: Transaction, order: LockedOrder) -> LockedPayment:
    """The one payment of an order."""
    return payment_now(tx.column(UUID, "select id from payments where order_id = :id", id=order.id)[0])


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([completes], "COMPLETED"),
        ([is_rejected], "REJECTED"),
        ([is_unknown], "NEEDS_REVIEW"),
        ([completes, completes], "COMPLETED"),
        ([completes, is_rejected], "COMPLETED"),
        ([completes, is_unknown], "COMPLETED"),
        ([is_rejected, completes], "REJECTED"),
        ([is_rejected, is_rejected], "REJECTED"),
        ([is_rejected, is_unknown], "REJECTED"),
        ([is_unknown, completes], "COMPLETED"),
        ([is_unknown, is_rejected], "REJECTED"),
        ([is_unknown, is_unknown], "NEEDS_REVIEW"),
        ([is_unknown, completes, is_rejected], "COMPLETED"),
        ([is_unknown, is_rejected, completes], "REJECTED"),
    ],
)
def test_the_first_word_that_ends_a_refund_stands(
    customer: UUID, order: LockedOrder, claimed: UUID, steps: list[Step], status: str
) -> None:
    for step in steps:
        step(claimed)
    assert status_of(claimed) == status
    sent_back = Decimal(42) if status == "COMPLETED" else Decimal(0)
    assert order_now(order).amount_refunded == sent_back
    assert ledger_of(customer)["GATEWAY", "EGP"] == sent_back - 342
    assert len(credit_notes_of(order)) == (status == "COMPLETED")
    assert payment_of(order).status == ("PARTIALLY_REFUNDED" if status == "COMPLETED" else "PAID")
    assert payment_of(order).in_review == (status == "NEEDS_REVIEW")
    assert disagreements_of(customer) == []


@pytest.mark.parametrize(("step", "resolution"), [(completes, "SETTLED"), (is_rejected, "REJECTED")])
def test_the_gateway_s_word_ends_the_review_of_what_became_of_a_refund(
    order: LockedOrder, claimed: UUID, step: Step, resolution: str
) -> None:
    is_unknown(claimed)
    assert payment_of(order).review_reason == "REFUND_UNKNOWN"
    step(claimed)
    assert payment_of(order).resolution == resolution


def test_whether_a_refund_waits_for_a_person_now_is_told(claimed: UUID) -> None:
    assert mark_unknown(claimed, "the gateway did not say") is True
    assert mark_unknown(claimed, "the gateway did not say") is False
    complete(claimed)
    assert mark_unknown(claimed, "the gateway did not say") is False


@db.in_transaction
def decided(tx: Transaction, order: LockedOrder, *, was_done: bool) -> None:
    resolve_unknown(tx, order_now(order), payment_of(order), was_done=was_done)


@pytest.mark.parametrize(("was_done", "status"), [(True, "COMPLETED"), (False, "REJECTED")])
def test_a_person_s_word_ends_a_refund_once(order: LockedOrder, claimed: UUID, status: str, *, was_done: bool) -> None:
    is_unknown(claimed)
    decided(order, was_done=was_done)
    assert status_of(claimed) == status
    with pytest.raises(LookupError):
        decided(order, was_done=was_done)
    completes(claimed)
    assert status_of(claimed) == status


def test_nothing_is_decided_about_a_refund_that_the_gateway_is_still_asked_for(order: LockedOrder, claimed: UUID) -> None:
    with pytest.raises(LookupError):
        decided(order, was_done=True)
    assert status_of(claimed) == "PENDING"


def test_what_the_order_had_earned_is_taken_back_with_the_money_and_not_before(customer: UUID, claimed: UUID) -> None:
    is_unknown(claimed)
    assert balances(str(customer)).points == 4342
    completes(claimed)
    assert balances(str(customer)).points == 4300
