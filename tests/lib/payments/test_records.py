"""Each verb that changes a payment starts from its own states and refuses all others."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args
from uuid import UUID

import pytest

from lib.db import Transaction, UniqueViolation
from lib.fawaterk.models import Received
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments import inserting, records, schedule
from lib.payments.locks import LockedPayment, PaymentStatus, ReviewReason
from lib.refunds.refunding import RefundRequest, refund
from tests.properties.instant_gateway import InstantGateway
from tests.support.scenes import (
    a_booked_order,
    a_customer,
    a_decided_payment,
    a_settled_payment,
    an_actor,
    an_attempt,
    an_opened_invoice,
    an_order,
    flagged,
    payment_now,
)
from tests.support.verbs import Verb, try_verb

OPEN: set[PaymentStatus] = {"PENDING"}
CLOSED: set[PaymentStatus] = {"FAILED", "CANCELLED", "EXPIRED"}
SETTLED: set[PaymentStatus] = {"PAID", "PARTIALLY_REFUNDED", "REFUNDED"}
MONEY = Received(Decimal(342), "EGP")


VERBS: dict[str, Verb[LockedPayment]] = {
    "close": Verb(lambda tx, payment: records.close(tx, payment, "EXPIRED", "too late"), OPEN, "EXPIRED"),
    "reject": Verb(lambda tx, payment: records.reject(tx, payment, "no"), OPEN | CLOSED),
    "mark_paid": Verb(
        lambda tx, payment: records.mark_paid(tx, payment, MONEY, told=None, paid_at=None, applied=MONEY.amount),
        OPEN | CLOSED,
        "PAID",
    ),
    "write_received": Verb(lambda tx, payment: records.write_received(tx, payment, MONEY, None), OPEN | CLOSED),
    # All of them are paid wholly, so that nothing more of their money can count.
    "apply_received": Verb(lambda tx, payment: records.apply_received(tx, payment, Decimal(1)), set()),
    # None of them waits for a person.
    "resolve": Verb(lambda tx, payment: records.resolve(tx, payment.id, "SETTLED", "seen", by_user_id=None), set()),
    "attach_invoice": Verb(
        lambda tx, payment: records.attach_invoice(tx, payment, invoice_id="other", invoice_key=None), set()
    ),
}


def a_payment_that_is(tx: Transaction, order: LockedOrder, status: PaymentStatus) -> LockedPayment:
    """A payment of an order in this state, with its gateway invoice."""
    if status in SETTLED:
        payment = a_settled_payment(order)
        if status != "PAID":
            amount = Decimal(42) if status == "PARTIALLY_REFUNDED" else None
            refund(order.id, an_actor(), RefundRequest(reason="called off", destination="wallet", amount=amount))
        return payment_now(payment.id)
    payment = an_attempt(order)
    if status == "PENDING":
        return payment
    assert status in ("FAILED", "EXPIRED", "CANCELLED")
    return records.close(tx, payment, status, None)


@pytest.mark.parametrize("status", get_args(PaymentStatus))
@pytest.mark.parametrize("name", VERBS)
def test_a_verb_starts_from_its_own_states_alone(
    tx: Transaction, order: LockedOrder, name: str, status: PaymentStatus
) -> None:
    payment = a_payment_that_is(tx, order, status)
    assert payment.status == status
    try_verb(VERBS[name], payment, lambda: payment_now(payment.id))


def test_a_rejected_payment_is_failed_and_a_closed_one_stays_what_it_was(tx: Transaction, order: LockedOrder) -> None:
    expired = records.close(tx, an_attempt(order), "EXPIRED", None)
    assert records.reject(tx, expired, "no").status == "EXPIRED"
    assert records.reject(tx, an_attempt(order), "no").status == "FAILED"


def test_money_that_counts_for_nothing_can_count_up_to_what_arrived(tx: Transaction, order: LockedOrder) -> None:
    kept = records.mark_paid(tx, an_attempt(order), MONEY, told=None, paid_at=None, applied=Decimal(0))
    counted = records.apply_received(tx, kept, Decimal(300))
    assert (counted.status, counted.applied_amount, counted.received_amount) == ("PAID", Decimal(300), Decimal(342))
    with pytest.raises(LookupError):
        records.apply_received(tx, counted, Decimal("42.01"))
    assert records.apply_received(tx, counted, Decimal(42)).applied_amount == Decimal(342)


def test_money_in_another_currency_counts_once_and_as_a_whole(tx: Transaction, order: LockedOrder) -> None:
    dollars = Received(Decimal(7), "USD")
    kept = records.mark_paid(tx, an_attempt(order), dollars, told=None, paid_at=None, applied=Decimal(0))
    counted = records.apply_received(tx, kept, Decimal(300))
    with pytest.raises(LookupError):
        records.apply_received(tx, counted, Decimal(1))


def test_more_of_a_payment_is_added_to_what_arrived(tx: Transaction, order: LockedOrder) -> None:
    attempt = an_attempt(order)
    with pytest.raises(LookupError):
        records.add_received(tx, attempt, Decimal(8), None)
    paid = records.mark_paid(tx, attempt, MONEY, told=None, paid_at=None, applied=MONEY.amount)
    more = records.add_received(tx, paid, Decimal(8), Received(Decimal(350), "EGP"))
    assert (more.received_amount, more.gateway_total, more.status) == (Decimal(350), Decimal(350), "PAID")


def test_what_seems_to_have_arrived_can_be_nothing_that_anybody_can_tell(tx: Transaction, order: LockedOrder) -> None:
    written = records.write_received(tx, an_attempt(order), MONEY, None)
    assert (written.received_amount, written.received_currency) == (Decimal(342), "EGP")
    unreadable = records.write_received(tx, written, None, None)
    assert (unreadable.received_amount, unreadable.received_currency) == (None, None)


def test_the_gateway_s_time_of_payment_is_kept(tx: Transaction, order: LockedOrder) -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    payment = records.mark_paid(tx, an_attempt(order), MONEY, told=None, paid_at=at, applied=MONEY.amount)
    assert tx.column(datetime, "select paid_at from payments where id = :id", id=payment.id) == [at]


def test_a_review_is_ended_once(tx: Transaction, order: LockedOrder) -> None:
    payment = flagged(an_attempt(order))
    resolved = records.resolve(tx, payment.id, "REJECTED", "seen", by_user_id=order.user_id)
    assert (resolved.in_review, resolved.resolution) == (False, "REJECTED")
    with pytest.raises(LookupError):
        records.resolve(tx, payment.id, "SETTLED", "seen again", by_user_id=order.user_id)


@pytest.mark.parametrize("reason", get_args(ReviewReason))
def test_a_new_question_is_open_whatever_was_decided_before(
    tx: Transaction, order: LockedOrder, reason: ReviewReason
) -> None:
    payment = records.resolve(tx, flagged(an_attempt(order)).id, "SETTLED", "seen", by_user_id=order.user_id)
    again = records.flag_for_review(tx, payment, reason)
    assert (again.in_review, again.review_reason, again.resolution) == (True, reason, None)


def test_an_invoice_belongs_to_one_payment(tx: Transaction, order: LockedOrder) -> None:
    other = an_attempt(order)
    records.close(tx, other, "EXPIRED", None)
    lost = an_attempt(order, is_answered=False)
    with pytest.raises(UniqueViolation):
        records.attach_invoice(tx, lost, invoice_id=str(other.gateway_invoice_id), invoice_key=None)


def test_an_attempt_whose_answer_was_lost_gets_its_invoice_later(tx: Transaction, order: LockedOrder) -> None:
    lost = an_attempt(order, is_answered=False)
    opened = an_opened_invoice()
    found = records.attach_invoice(tx, lost, invoice_id=opened.invoice_id, invoice_key=opened.invoice_key)
    assert found.gateway_invoice_id == opened.invoice_id


def test_an_order_has_one_attempt_open_at_a_time(order: LockedOrder) -> None:
    an_attempt(order)
    with pytest.raises(UniqueViolation) as taken:
        an_attempt(order)
    assert taken.value.constraint == "payments_one_open_attempt"


def test_no_attempt_is_closed_that_is_not_open_or_that_a_person_looks_at(tx: Transaction, order: LockedOrder) -> None:
    assert records.close_attempt_of_order(tx, order, "CANCELLED", "none") is None
    payment = an_attempt(order)
    closed = records.close_attempt_of_order(tx, order, "CANCELLED", "a newer one")
    assert closed == payment_now(payment.id)
    assert closed.status == "CANCELLED"
    flagged(an_attempt(order))
    assert records.close_attempt_of_order(tx, order, "CANCELLED", "a newer one") is None


def test_a_payment_is_of_an_order_or_of_a_booking_or_by_hand(tx: Transaction, order: LockedOrder) -> None:
    booked = a_booked_order(a_customer(wallet="342"))
    assert an_attempt(order).payment_type == "ORDER"
    assert an_attempt(booked).payment_type == "BOOKING"
    by_hand = inserting.insert_manual_payment(tx, an_order(order.user_id), Decimal(342))
    assert (by_hand.payment_type, by_hand.status) == ("MANUAL", "PENDING")
    at_once = inserting.insert_balance_payment(tx, booked, Split(wallet=Decimal(342)))
    assert (at_once.payment_type, at_once.status, at_once.amount) == ("BOOKING", "PAID", Decimal(342))


def test_a_payment_says_what_it_takes_of_each_balance(tx: Transaction, order: LockedOrder) -> None:
    split = Split(points=100, points_value=Decimal(1), cashback=Decimal(2), wallet=Decimal(3))
    assert inserting.insert_balance_payment(tx, order, split).split == split


def test_a_refund_leaves_a_payment_partly_refunded_until_nothing_of_it_is_left(
    order: LockedOrder, gateway: InstantGateway
) -> None:
    assert gateway
    payment = a_settled_payment(order, Split(wallet=Decimal(100)))
    actor = an_actor()
    for amount, status in (("100", "PARTIALLY_REFUNDED"), ("241.99", "PARTIALLY_REFUNDED"), ("0.01", "REFUNDED")):
        refund(order.id, actor, RefundRequest(reason="called off", destination="wallet", amount=Decimal(amount)))
        assert payment_now(payment.id).status == status


def test_a_surplus_that_never_counted_keeps_a_payment_partly_refunded(order: LockedOrder, gateway: InstantGateway) -> None:
    assert gateway
    payment = a_decided_payment(order, "400", "EGP", "settle", "342")
    actor = an_actor()
    refund(order.id, actor, RefundRequest(reason="called off", destination="wallet"))
    assert payment_now(payment.id).status == "PARTIALLY_REFUNDED"
    refund(order.id, actor, RefundRequest(reason="too much", destination="wallet", payment_id=payment.id))
    assert payment_now(payment.id).status == "REFUNDED"


def claimed(tx: Transaction, payment_id: UUID) -> dict[str, object]:
    rows = tx.run("select check_due_at is null, checks, check_due_at > now() from payments where id = :id", id=payment_id)
    return dict(zip(("is_done", "checks", "is_later"), rows[0], strict=True))


def test_a_payment_is_looked_at_once_in_a_run_and_later_again(tx: Transaction, order: LockedOrder) -> None:
    payment = an_attempt(order)
    tx.run("update payments set check_due_at = null where id <> :id", id=payment.id)
    schedule.schedule_check(tx, payment.id)
    began = datetime.now(UTC)
    assert schedule.claim_to_check(tx, began, is_due=True) == payment.id
    assert claimed(tx, payment.id) == {"is_done": False, "checks": 1, "is_later": True}
    assert schedule.claim_to_check(tx, began, is_due=True) is None
    assert schedule.claim_to_check(tx, began, is_due=False) is None
    assert schedule.claim_to_check(tx, datetime.now(UTC), is_due=False) == payment.id


def test_a_payment_in_review_whose_money_is_not_settled_is_looked_at_within_the_hour(
    tx: Transaction, order: LockedOrder
) -> None:
    payment = flagged(an_attempt(order))
    (is_soon,) = tx.column(
        bool, "select check_due_at <= now() + interval '1 hour' from payments where id = :id", id=payment.id
    )
    assert is_soon


def test_no_job_looks_at_a_settled_payment_that_a_person_looks_at(tx: Transaction, order: LockedOrder) -> None:
    payment = flagged(a_settled_payment(order), "SECOND_PAYMENT")
    schedule.schedule_check(tx, payment.id)
    assert claimed(tx, payment.id)["is_done"] is True


def test_a_payment_is_watched_until_its_money_is_there_or_it_is_closed_long_enough(
    tx: Transaction, order: LockedOrder
) -> None:
    payment = an_attempt(order)
    schedule.stop_checking(tx, payment.id, watched_days=0)
    assert claimed(tx, payment.id)["is_done"] is False
    records.close(tx, payment, "EXPIRED", None)
    schedule.stop_checking(tx, payment.id, watched_days=7)
    assert claimed(tx, payment.id)["is_done"] is False
    tx.run("update payments set created_at = now() - interval '8 days' where id = :id", id=payment.id)
    schedule.stop_checking(tx, payment.id, watched_days=7)
    assert claimed(tx, payment.id)["is_done"] is True


@pytest.mark.parametrize(("is_answered", "minutes", "is_over"), [(True, 11, False), (False, 11, True), (False, 9, False)])
def test_an_attempt_whose_answer_was_lost_has_less_time_than_one_that_was_handed_out(
    tx: Transaction, order: LockedOrder, minutes: int, *, is_answered: bool, is_over: bool
) -> None:
    payment = an_attempt(order, is_answered=is_answered)
    tx.run("update payments set expire_due_at = now() + interval '1 day' where id <> :id", id=payment.id)
    tx.run(
        "update payments set created_at = now() - make_interval(mins => :minutes::integer) where id = :id",
        id=payment.id,
        minutes=minutes,
    )
    found = schedule.claim_overdue(tx, lost_minutes=10, open_hours=24)
    assert found == (payment.id if is_over else None)
    assert schedule.claim_overdue(tx, lost_minutes=10, open_hours=24) is None
