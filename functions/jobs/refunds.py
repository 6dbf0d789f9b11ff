"""Refunds that were claimed, and whose request died before it could write down what the gateway answered."""

import functools
from datetime import datetime
from uuid import UUID

from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.payments.settlement import Done
from lib.refunds.outcomes import unknown

log = logs.get(__name__)

# Whoever claims a refund hears of it within the gateway's budget of seconds.
LOST_MINUTES = 2

_LOST = """
    r.status = 'PENDING' and r.updated_at < :began::timestamptz and exists (
        select from refund_parts f
        where f.refund_id = r.id and f.claimed_at < now() - make_interval(mins => :lost_minutes::integer))
"""


def flag_lost_refunds(run: Run) -> None:
    """PENDING → NEEDS_REVIEW for each of them: the gateway may have sent the money, so a person has to look."""
    run.work_off(functools.partial(_claim, run.began), _flag)


@db.in_transaction
def _claim(tx: Transaction, began: datetime) -> UUID | None:
    row = tx.row(
        f"""
        update refunds set updated_at = clock_timestamp()
        where id = (select r.id from refunds r where {_LOST} order by r.created_at limit 1 for update skip locked)
        returning id
        """,  # noqa: S608 - the condition is a constant
        began=began,
        lost_minutes=LOST_MINUTES,
    )
    return row[0] if row else None


def lost_refunds(run: Run) -> int:
    """How many are left for the next run."""
    rows = db.read(
        f"select count(*) from refunds r where {_LOST}",  # noqa: S608 - the condition is a constant
        began=run.began,
        lost_minutes=LOST_MINUTES,
    )
    return int(rows[0][0])


def _flag(refund_id: UUID) -> Done:
    was_lost = unknown(refund_id, "the request ended before the gateway's answer was written down")
    return Done("review", "REFUND_UNKNOWN") if was_lost else Done("already_processed", "it was decided meanwhile")
