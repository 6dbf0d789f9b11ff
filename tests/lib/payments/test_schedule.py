"""When jobs look at payments about which nobody signed anything, and return pages at theirs."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.orders.locks import LockedOrder
from lib.payments import schedule
from lib.payments.locks import LockedPayment
from tests.support.scenes import a_settled_payment, an_order, flagged


@pytest.fixture(autouse=True)
def nothing_is_due(tx: Transaction) -> None:
    tx.run("update payments set check_due_at = null, unsigned_look_at = null")


def minutes_to_look(tx: Transaction, payment: LockedPayment) -> int | None:
    """In how many minutes a job is to look at a payment; None: never."""
    sql = "select ceil(extract(epoch from check_due_at - now()) / 60)::integer from payments where id = :id"
    return tx.first_value(int, sql, id=payment.id)


def look(tx: Transaction, payment: LockedPayment) -> None:
    """Let a job look at a payment that is due."""
    assert schedule.claim_to_check(tx, datetime.now(UTC), is_due=True) == payment.id
    schedule.stop_checking(tx, payment.id, watched_days=7)


def test_the_first_event_makes_a_payment_due_at_once(tx: Transaction, order: LockedOrder) -> None:
    payment = a_settled_payment(order)
    for _ in range(2):
        schedule.schedule_unsigned_check(tx, payment.id)
        assert minutes_to_look(tx, payment) == 0
    look(tx, payment)
    assert minutes_to_look(tx, payment) is None


def test_the_next_ones_make_it_due_in_an_hour_and_no_later(tx: Transaction, order: LockedOrder) -> None:
    payment = a_settled_payment(order)
    schedule.schedule_unsigned_check(tx, payment.id)
    look(tx, payment)
    for _ in range(3):
        schedule.schedule_unsigned_check(tx, payment.id)
        assert minutes_to_look(tx, payment) == 60


def test_an_event_that_comes_while_the_gateway_is_being_asked_is_not_forgotten(tx: Transaction, order: LockedOrder) -> None:
    payment = a_settled_payment(order)
    schedule.schedule_unsigned_check(tx, payment.id)
    assert schedule.claim_to_check(tx, datetime.now(UTC), is_due=True) == payment.id
    schedule.schedule_unsigned_check(tx, payment.id)
    schedule.stop_checking(tx, payment.id, watched_days=7)
    assert minutes_to_look(tx, payment) == 60


def test_it_puts_off_no_look_that_is_due_sooner(tx: Transaction, order: LockedOrder) -> None:
    payment = a_settled_payment(order)
    schedule.schedule_unsigned_check(tx, payment.id)
    look(tx, payment)
    schedule.schedule_check(tx, payment.id)
    schedule.schedule_unsigned_check(tx, payment.id)
    assert minutes_to_look(tx, payment) == 0


def test_events_about_many_payments_wait_for_one_another(
    tx: Transaction, customer: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "MOST_UNSIGNED_LOOKS_AN_HOUR", 2)
    payments = [a_settled_payment(an_order(customer)) for _ in range(5)]
    for payment in payments:
        schedule.schedule_unsigned_check(tx, payment.id)
    assert [minutes_to_look(tx, payment) for payment in payments] == [0, 0, 60, 60, 120]


def test_a_payment_that_a_person_looks_at_is_left_alone(tx: Transaction, order: LockedOrder) -> None:
    payment = flagged(a_settled_payment(order), "SECOND_PAYMENT")
    schedule.schedule_unsigned_check(tx, payment.id)
    assert minutes_to_look(tx, payment) is None


def test_a_page_claims_one_look_in_ten_seconds(tx: Transaction, order: LockedOrder) -> None:
    payment = a_settled_payment(order)
    assert schedule.claim_for_page(tx, payment.id, seconds=10)
    assert not schedule.claim_for_page(tx, payment.id, seconds=10)
    tx.run("update payments set page_asked_at = now() - interval '11 seconds' where id = :id", id=payment.id)
    assert schedule.claim_for_page(tx, payment.id, seconds=10)
