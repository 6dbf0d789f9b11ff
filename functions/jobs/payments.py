"""Asks the gateway about payments of which no webhook came, and processes webhooks that were deferred.

A job first claims a row in its own transaction, and calls the gateway after the commit. Two jobs that run at the same
time claim different rows. If a job dies, its row is claimed again later.
"""

import functools
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from functions.jobs.refunds import count_unanswered_refunds, flag_unanswered_refunds, follow_refunds
from functions.jobs.reporting import report_payments
from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.errors import Problem
from lib.gateway_events import records as events
from lib.gateway_events.processing import process_again
from lib.gateway_events.putting_off import put_off
from lib.gateway_events.reconciling import reconcile
from lib.orders.locks import lock_order
from lib.outcomes import Outcome
from lib.payments import schedule
from lib.payments.closing import cancel_order, close, release_attempt
from lib.payments.locks import lock_payment

log = logs.get(__name__)

GATEWAY_SECONDS = 7.0
# A run also checks pending payments and deferred webhooks that are not due yet, but only so many of each: the gateway
# allows about 50 calls a minute, and customers who pay need them too.
MOST_NOT_DUE = 30
# A payment for which the gateway named no expiry is closed after three days.
OPEN_HOURS = 72
# A closed attempt can still be paid at the gateway's page or by its code, and that webhook can be lost. So it is checked
# for a while after it was closed.
WATCHED_DAYS = 7
# If the gateway does not explain a webhook for so long, jobs give it up and a person has to look.
GIVEN_UP_DAYS = 30
# A sum on account that nobody paid is closed so long after its last attempt: a Fawry code may still be paid for days.
ON_ACCOUNT_DAYS = 30
# An attempt whose answer was lost was never handed out, so it is closed early. A webhook that comes later is still matched.
LOST_MINUTES = 10


@dataclass(frozen=True, kw_only=True)
class _Left:
    payments: int
    events: int
    events_given_up: int


def reconcile_payments() -> dict[str, object]:
    """Follow refunds at the gateway and flag unanswered ones, then process webhooks and check payments at the gateway.

    What is due comes first. Then come up to MOST_NOT_DUE of each that are not due yet, in the order of their due times.
    """
    run = Run()
    follow_refunds(run, GATEWAY_SECONDS)
    flag_unanswered_refunds(run)
    for is_due, most in ((True, None), (False, MOST_NOT_DUE)):
        run.process_claimed(functools.partial(_claim_event, run.began, is_due=is_due), _process_again, most)
        run.process_claimed(functools.partial(_claim_payment, run.began, is_due=is_due), _check, most, put_off=put_off)
    left = db.read.one(
        _Left,
        """
        select (select count(*) from payments p
                where is_to_check(p, :began::timestamptz)
                  and (p.check_due_at <= now() or p.status = 'PENDING' and p.odd_answers = 0)) as payments,
               (select count(*) from webhook_retries r
                where is_to_retry(r, :began::timestamptz, :given_up_days::integer)) as events,
               (select count(*) from webhook_retries
                where event_received_at <= now() - make_interval(days => :given_up_days::integer)) as events_given_up
        """,
        began=run.began,
        given_up_days=GIVEN_UP_DAYS,
    )
    if left.events_given_up:
        log.error("webhooks are given up: look them up at the gateway", webhooks=left.events_given_up)
    report_payments(OPEN_HOURS, run.unanswered_calls)
    return run.summary(left.payments + left.events + count_unanswered_refunds(run))


def expire_payments() -> dict[str, object]:
    """Close payments that have expired, and sums on account that nobody paid.

    What needs no gateway comes first, so that balances come free in an outage, too. The gateway is asked about a payment
    before that is closed; if it does not answer, the next run tries again.
    """
    run = Run()
    run.process_each(_find_old_holds(), _release)
    run.process_each(_find_unpaid_on_account(), _cancel)
    run.process_claimed(_claim_overdue, _expire, put_off=put_off)
    left = db.read.value(
        int,
        "select count(*) from payments p where is_to_expire(p, :lost_minutes::integer, :open_hours::integer)",
        lost_minutes=LOST_MINUTES,
        open_hours=OPEN_HOURS,
    )
    return run.summary(left)


def _process_again(event_id: UUID) -> Outcome:
    try:
        return process_again(event_id, seconds=GATEWAY_SECONDS)
    except Problem:
        raise
    except Exception:
        _put_off_event(event_id)
        raise


@db.in_transaction
def _put_off_event(tx: Transaction, event_id: UUID) -> None:
    events.put_off_event(tx, event_id, is_odd=True)


def _check(payment_id: UUID) -> Outcome:
    outcome = _ask(payment_id)
    if outcome.status != "deferred":
        _stop_checking(payment_id)
    return outcome


def _ask(payment_id: UUID) -> Outcome:
    """Compare a payment with the gateway. One with which nothing can be done is put off, and goes to a person in the end."""
    try:
        outcome = reconcile(payment_id, GATEWAY_SECONDS)
    except Problem:
        raise
    except Exception as error:
        put_off(payment_id, Outcome("deferred", f"the job failed: {type(error).__name__}", payment_id))
        raise
    if outcome.status == "deferred" and not outcome.gateway_was_silent:
        return put_off(payment_id, outcome)
    return outcome


@db.in_transaction
def _stop_checking(tx: Transaction, payment_id: UUID) -> None:
    schedule.forget_odd_answers(tx, payment_id)
    schedule.stop_checking(tx, payment_id, watched_days=WATCHED_DAYS)


@db.in_transaction
def _claim_payment(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    return schedule.claim_to_check(tx, began, is_due=is_due)


@db.in_transaction
def _claim_event(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    return events.claim_to_retry(tx, began, is_due=is_due, given_up_days=GIVEN_UP_DAYS)


@db.in_transaction
def _claim_overdue(tx: Transaction) -> UUID | None:
    return schedule.claim_overdue(tx, lost_minutes=LOST_MINUTES, open_hours=OPEN_HOURS)


def _find_old_holds() -> list[UUID]:
    """The open attempts that have held balances for OPEN_HOURS. A code can be paid for longer, but balances don't wait."""
    return db.read.column(
        UUID,
        """
        select p.id from payments p
        where p.status = 'PENDING' and not in_review(p) and p.created_at < now() - make_interval(hours => :hours::integer)
          and exists (select from holds h where h.payment_id = p.id and h.state = 'HELD' and not h.is_for_order)
        order by p.created_at limit 10000
        """,
        hours=OPEN_HOURS,
    )


@db.in_transaction
def _release(tx: Transaction, payment_id: UUID) -> Outcome:
    order, payment = lock_payment(tx, payment_id)
    if payment.status != "PENDING" or payment.in_review:
        return Outcome("already_processed", "it was settled or closed meanwhile", payment_id)
    release_attempt(tx, order, payment)
    return Outcome("processed", "its balances are free again", payment_id)


def _find_unpaid_on_account() -> list[UUID]:
    return db.read.column(
        UUID,
        """
        select o.id from orders o
        where o.is_on_account and o.payment_status = 'UNPAID' and o.status in ('DRAFT', 'ISSUED')
          and o.created_at < now() - make_interval(days => :days::integer)
          and not exists (select from payments p where p.order_id = o.id
                          and (in_review(p) or p.created_at > now() - make_interval(days => :days::integer)))
        order by o.created_at limit 10000
        """,
        days=ON_ACCOUNT_DAYS,
    )


@db.in_transaction
def _cancel(tx: Transaction, order_id: UUID) -> Outcome:
    order = lock_order(tx, order_id)
    if order.payment_status != "UNPAID" or order.status not in ("DRAFT", "ISSUED"):
        return Outcome("already_processed", "it was paid or cancelled meanwhile")
    cancel_order(tx, order, "a sum on account that was not paid")
    return Outcome("processed", "a sum on account that nobody paid is closed")


def _expire(payment_id: UUID) -> Outcome:
    outcome = _ask(payment_id)
    return outcome if outcome.status != "ignored" else _close(payment_id)


@db.in_transaction
def _close(tx: Transaction, payment_id: UUID) -> Outcome:
    return close(tx, payment_id, "EXPIRED", "not paid in time")
