"""Payments that nobody brings news of, and news that could not be used when it came.

A job claims a few rows at a time by moving their due date on, in a transaction of its own, and only then calls the
gateway; a job that runs beside it claims others, and one that dies leaves its rows to become due again.
"""

import collections
import functools
import time
from collections.abc import Callable, Iterator
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.errors import Problem
from lib.payments.reconciling import reconcile
from lib.payments.settlement import Done, close
from lib.payments.webhooks import MOST_TRIES, act_again

log = logs.get(__name__)

# Cloud Scheduler's attempt ends at 60 s; the last row begun within this has its gateway call to come.
RUN_SECONDS = 45.0
BATCH = 10
LOOK_SECONDS = 7.0
# Without an expiry of its own a payment is looked at for three days, and then closed.
OLDEST_HOURS = 72
# A closed attempt can still be paid at its page or by its code, and the news of it be lost: it is watched for a while.
WATCHED_DAYS = 7
# An attempt whose answer was lost was never handed out; late news of it is matched all the same.
LOST_MINUTES = 10


def reconcile_payments() -> dict[str, object]:
    """Look at every payment that is due, then at every webhook that was put off; what is left, if time ran out."""
    ends = time.monotonic() + RUN_SECONDS
    counts: collections.Counter[str] = collections.Counter()
    for payment_id in _until(ends, _claim_payments):
        counts[_try(functools.partial(_look, payment_id), payment_id)] += 1
    for event_id in _until(ends, _claim_events):
        counts[_try(functools.partial(act_again, event_id, seconds=LOOK_SECONDS), event_id)] += 1
    left = db.read(
        """
        select (select count(*) from payments where check_due_at <= now() and gateway_invoice_id is not null)
             + (select count(*) from webhook_retries where due_at <= now() and tries < :most)
        """,
        most=MOST_TRIES,
    )
    return {"done": counts.total(), "left": left[0][0], "outcomes": dict(counts)}


def expire_payments() -> dict[str, object]:
    """Close what has expired: the gateway is asked first, and its silence leaves the payment for the next run."""
    ends = time.monotonic() + RUN_SECONDS
    counts: collections.Counter[str] = collections.Counter()
    for payment_id in _until(ends, _claim_expired):
        counts[_try(functools.partial(_expire, payment_id), payment_id)] += 1
    left = db.read(f"select count(*) from payments p where {_EXPIRED}", **_AGES)  # noqa: S608 - a constant condition
    return {"done": counts.total(), "left": left[0][0], "outcomes": dict(counts)}


def _until(ends: float, claim: Callable[[], list[UUID]]) -> Iterator[UUID]:
    """What a job claims, batch by batch, until nothing is due or its time is over."""
    while time.monotonic() < ends and (batch := claim()):
        for row_id in batch:
            if time.monotonic() >= ends:
                return
            yield row_id


def _try(work: Callable[[], Done], row_id: UUID) -> str:
    """The outcome of one row's work; one that fails is logged, and stops none of the others."""
    try:
        return work().outcome
    except Problem as problem:
        log.warning("a job's row was put off", reason=problem.detail, row_id=str(row_id))
        return "deferred"
    except Exception:
        # One bad row must not keep the others from being settled.
        log.exception("a job's row failed", row_id=str(row_id))
        return "failed"


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


@db.in_transaction
def _claim_payments(tx: Transaction) -> list[UUID]:
    # `array(…)` is worked out once; as a join PostgreSQL may run the subquery, and so its limit, more than once.
    rows = tx.run(
        """
        update payments set checks = checks + 1,
               check_due_at = case when status = 'PENDING'
                                   then now() + make_interval(mins => least(2 * (checks + 1), 60))
                                   else now() + interval '12 hours' end
        where id = any(array(select id from payments where check_due_at <= now() and gateway_invoice_id is not null
                             order by check_due_at limit :batch for update skip locked))
        returning id
        """,
        batch=BATCH,
    )
    return [row[0] for row in rows]


@db.in_transaction
def _claim_events(tx: Transaction) -> list[UUID]:
    rows = tx.run(
        """
        update webhook_retries set due_at = now() + interval '5 minutes'
        where event_id = any(array(select event_id from webhook_retries where due_at <= now() and tries < :most
                                   order by due_at limit :batch for update skip locked))
        returning event_id
        """,
        batch=BATCH,
        most=MOST_TRIES,
    )
    return [row[0] for row in rows]


_EXPIRED = """
    p.status = 'PENDING' and p.review_reason is null
    and case when p.gateway_invoice_id is null then p.created_at < now() - make_interval(mins => :lost_minutes::integer)
             else coalesce(p.expires_at, p.created_at + make_interval(hours => :oldest_hours::integer)) < now() end
    and coalesce(p.expire_due_at <= now(), true)
"""
_AGES = {"lost_minutes": LOST_MINUTES, "oldest_hours": OLDEST_HOURS}


@db.in_transaction
def _claim_expired(tx: Transaction) -> list[UUID]:
    rows = tx.run(
        f"""
        update payments set expire_due_at = now() + interval '5 minutes'
        where id = any(array(select p.id from payments p where {_EXPIRED}
                             order by p.created_at limit :batch for update skip locked))
        returning id
        """,  # noqa: S608 - the condition is a constant
        batch=BATCH,
        **_AGES,
    )
    return [row[0] for row in rows]


def _expire(payment_id: UUID) -> Done:
    done = reconcile(payment_id, LOOK_SECONDS)
    return done if done.outcome != "ignored" else _close(payment_id)


@db.in_transaction
def _close(tx: Transaction, payment_id: UUID) -> Done:
    return close(tx, payment_id, "EXPIRED", "not paid in time")
