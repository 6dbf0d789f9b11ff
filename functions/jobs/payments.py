"""Asks the gateway about payments of which no webhook came, and processes webhooks that were deferred.

A job first claims a row in its own transaction, and calls the gateway after the commit. Two jobs that run at the same
time claim different rows. If a job dies, its row is claimed again later.
"""

import functools
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from functions.jobs.refunds import count_unanswered_refunds, flag_unanswered_refunds
from functions.jobs.reporting import report_payments
from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.gateway_events import records as events
from lib.gateway_events.processing import process_again
from lib.gateway_events.reconciling import reconcile
from lib.outcomes import Outcome
from lib.payments import records as payments
from lib.payments.closing import close

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
# An attempt whose answer was lost was never handed out, so it is closed early. A webhook that comes later is still matched.
LOST_MINUTES = 10


@dataclass(frozen=True, kw_only=True)
class _Left:
    payments: int
    events: int
    events_given_up: int


def reconcile_payments() -> dict[str, object]:
    """Flag unanswered refunds, then process webhooks and check payments at the gateway.

    What is due comes first. Then come up to MOST_NOT_DUE of each that are not due yet, in the order of their due times.
    """
    run = Run()
    flag_unanswered_refunds(run)
    for is_due, most in ((True, None), (False, MOST_NOT_DUE)):
        run.process_claimed(functools.partial(_claim_event, run.began, is_due=is_due), _process_again, most)
        run.process_claimed(functools.partial(_claim_payment, run.began, is_due=is_due), _check, most)
    left = db.read.one(
        _Left,
        """
        select (select count(*) from payments p
                where is_to_check(p, :began::timestamptz) and (p.check_due_at <= now() or p.status = 'PENDING')) as payments,
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
    """Close payments that have expired. The gateway is asked first; if it does not answer, the next run tries again."""
    run = Run()
    run.process_claimed(_claim_overdue, _expire)
    left = db.read.value(
        int,
        "select count(*) from payments p where is_to_expire(p, :lost_minutes::integer, :open_hours::integer)",
        lost_minutes=LOST_MINUTES,
        open_hours=OPEN_HOURS,
    )
    return run.summary(left)


def _process_again(event_id: UUID) -> Outcome:
    return process_again(event_id, seconds=GATEWAY_SECONDS)


def _check(payment_id: UUID) -> Outcome:
    outcome = reconcile(payment_id, GATEWAY_SECONDS)
    if outcome.status != "deferred":
        _stop_checking(payment_id)
    return outcome


@db.in_transaction
def _stop_checking(tx: Transaction, payment_id: UUID) -> None:
    payments.stop_checking(tx, payment_id, watched_days=WATCHED_DAYS)


@db.in_transaction
def _claim_payment(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    return payments.claim_to_check(tx, began, is_due=is_due)


@db.in_transaction
def _claim_event(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    return events.claim_to_retry(tx, began, is_due=is_due, given_up_days=GIVEN_UP_DAYS)


@db.in_transaction
def _claim_overdue(tx: Transaction) -> UUID | None:
    return payments.claim_overdue(tx, lost_minutes=LOST_MINUTES, open_hours=OPEN_HOURS)


def _expire(payment_id: UUID) -> Outcome:
    outcome = reconcile(payment_id, GATEWAY_SECONDS)
    return outcome if outcome.status != "ignored" else _close(payment_id)


@db.in_transaction
def _close(tx: Transaction, payment_id: UUID) -> Outcome:
    return close(tx, payment_id, "EXPIRED", "not paid in time")
