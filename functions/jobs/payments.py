"""Payments that nobody brings news of, and news that could not be used when it came.

A job claims a row in a transaction of its own, and only then calls the gateway; a job that runs beside it claims others,
and one that dies leaves its row to be claimed again.
"""

import functools
from datetime import datetime
from uuid import UUID

from functions.jobs.refunds import flag_lost_refunds, lost_refunds
from functions.jobs.runs import Run
from functions.jobs.standing import report_standing
from lib import db, logs
from lib.db import Transaction
from lib.payments.reconciling import reconcile
from lib.payments.settlement import Done, close
from lib.payments.webhooks import act_again

log = logs.get(__name__)

LOOK_SECONDS = 7.0
# Whatever is pending or put off is looked at in every run, but what is not due yet only so far: the gateway allows some
# 50 calls a minute, and customers who pay need them too.
MOST_NOT_DUE = 30
# Without an expiry of its own a payment is looked at for three days, and then closed.
OLDEST_HOURS = 72
# A closed attempt can still be paid at its page or by its code, and the news of it be lost: it is watched for a while.
WATCHED_DAYS = 7
# News of money that the gateway does not explain for so long needs a person; until then nothing is given up.
GIVEN_UP_DAYS = 30
# An attempt whose answer was lost was never handed out; late news of it is matched all the same.
LOST_MINUTES = 10


def reconcile_payments() -> dict[str, object]:
    """Look at lost refunds, pending payments and webhooks put off: what is due first, then what was looked at long ago."""
    run = Run()
    flag_lost_refunds(run)
    for is_due, most in ((True, None), (False, MOST_NOT_DUE)):
        run.work_off(functools.partial(_claim_event, run.began, is_due=is_due), _act_again, most)
        run.work_off(functools.partial(_claim_payment, run.began, is_due=is_due), _look, most)
    left = db.read(
        f"""
        select (select count(*) from payments where {_PAYMENT_TO_LOOK_AT} and (check_due_at <= now() or status = 'PENDING'))
             + (select count(*) from webhook_retries where {_EVENT_TO_TRY}),
               (select count(*) from webhook_retries where not ({_EVENT_IN_TIME}))
        """,  # noqa: S608 - the conditions are constants
        began=run.began,
        given_up_days=GIVEN_UP_DAYS,
    )
    if left[0][1]:
        log.error("webhooks are given up: look them up at the gateway", webhooks=left[0][1])
    report_standing(OLDEST_HOURS, run.silences)
    return run.answer(left[0][0] + lost_refunds(run))


def expire_payments() -> dict[str, object]:
    """Close what has expired: the gateway is asked first, and its silence leaves the payment for the next run."""
    run = Run()
    run.work_off(_claim_expired, _expire)
    left = db.read(f"select count(*) from payments p where {_EXPIRED}", **_AGES)  # noqa: S608 - a constant condition
    return run.answer(left[0][0])


def _act_again(event_id: UUID) -> Done:
    return act_again(event_id, seconds=LOOK_SECONDS)


def _look(payment_id: UUID) -> Done:
    done = reconcile(payment_id, LOOK_SECONDS)
    if done.outcome != "deferred":
        _rest(payment_id)
    return done


@db.in_transaction
def _rest(tx: Transaction, payment_id: UUID) -> None:
    """Ask no more about a payment that has its money, or was closed so long ago that none will come.

    One that has become due again meanwhile has had news of a refund, and is asked about once more.
    """
    tx.run(
        """
        update payments set check_due_at = null
        where id = :id and status <> 'PENDING' and check_due_at > now()
          and (status not in ('FAILED', 'EXPIRED', 'CANCELLED')
               or created_at < now() - make_interval(days => :days::integer))
        """,
        id=payment_id,
        days=WATCHED_DAYS,
    )


_PAYMENT_TO_LOOK_AT = """
    check_due_at is not null and gateway_invoice_id is not null and coalesce(checked_at < :began::timestamptz, true)
"""
_EVENT_IN_TIME = "event_received_at > now() - make_interval(days => :given_up_days::integer)"
_EVENT_TO_TRY = f"{_EVENT_IN_TIME} and coalesce(tried_at < :began::timestamptz, true)"


@db.in_transaction
def _claim_payment(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    row = tx.row(
        f"""
        update payments set checks = checks + 1, checked_at = clock_timestamp(),
               check_due_at = case when status = 'PENDING'
                                   then now() + make_interval(mins => least(2 * (checks + 1), 60))
                                   else now() + interval '12 hours' end
        where id = (select id from payments
                    where {_PAYMENT_TO_LOOK_AT} and (check_due_at <= now() or not :is_due::boolean and status = 'PENDING')
                    order by check_due_at limit 1 for update skip locked)
        returning id
        """,  # noqa: S608 - the condition is a constant
        began=began,
        is_due=is_due,
    )
    return row[0] if row else None


@db.in_transaction
def _claim_event(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    # One that was never tried and is not due yet is being worked on by the request that it came with.
    row = tx.row(
        f"""
        update webhook_retries set due_at = now() + interval '5 minutes', tried_at = clock_timestamp()
        where event_id = (select event_id from webhook_retries
                          where {_EVENT_TO_TRY} and (due_at <= now() or not :is_due::boolean and tries > 0)
                          order by due_at limit 1 for update skip locked)
        returning event_id
        """,  # noqa: S608 - the condition is a constant
        began=began,
        is_due=is_due,
        given_up_days=GIVEN_UP_DAYS,
    )
    return row[0] if row else None


_EXPIRED = """
    p.status = 'PENDING' and p.review_reason is null
    and case when p.gateway_invoice_id is null then p.created_at < now() - make_interval(mins => :lost_minutes::integer)
             else coalesce(p.expires_at, p.created_at + make_interval(hours => :oldest_hours::integer)) < now() end
    and coalesce(p.expire_due_at <= now(), true)
"""
_AGES = {"lost_minutes": LOST_MINUTES, "oldest_hours": OLDEST_HOURS}


@db.in_transaction
def _claim_expired(tx: Transaction) -> UUID | None:
    row = tx.row(
        f"""
        update payments set expire_due_at = now() + interval '5 minutes'
        where id = (select p.id from payments p where {_EXPIRED}
                    order by p.created_at limit 1 for update skip locked)
        returning id
        """,  # noqa: S608 - the condition is a constant
        **_AGES,
    )
    return row[0] if row else None


def _expire(payment_id: UUID) -> Done:
    done = reconcile(payment_id, LOOK_SECONDS)
    return done if done.outcome != "ignored" else _close(payment_id)


@db.in_transaction
def _close(tx: Transaction, payment_id: UUID) -> Done:
    return close(tx, payment_id, "EXPIRED", "not paid in time")
