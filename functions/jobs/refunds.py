"""Finds refunds whose request died before it could store the gateway's answer, and flags them for review."""

import functools
from datetime import datetime
from uuid import UUID

from functions.jobs.runs import Run
from lib import db
from lib.db import Transaction
from lib.outcomes import Outcome
from lib.refunds import records
from lib.refunds.completing import mark_unknown

# A request waits for the gateway for at most BUDGET_SECONDS (lib/payments/gateway.py). After this it must have died.
UNANSWERED_MINUTES = 2


def flag_unanswered_refunds(run: Run) -> None:
    """PENDING → NEEDS_REVIEW for each such refund: the gateway may have sent the money, so a person has to check."""
    run.process_claimed(functools.partial(_claim, run.began), _flag)


@db.in_transaction
def _claim(tx: Transaction, began: datetime) -> UUID | None:
    return records.claim_unanswered(tx, began, minutes=UNANSWERED_MINUTES)


def count_unanswered_refunds(run: Run) -> int:
    """How many such refunds are left for the next run."""
    return db.read.value(
        int,
        """
        select count(*) from refunds r
        where r.status = 'PENDING' and is_unanswered(r, :began::timestamptz, :minutes::integer)
        """,
        began=run.began,
        minutes=UNANSWERED_MINUTES,
    )


def _flag(refund_id: UUID) -> Outcome:
    if mark_unknown(refund_id, "the request ended before the gateway's answer was written down"):
        return Outcome("review", "REFUND_UNKNOWN")
    return Outcome("already_processed", "it was decided meanwhile")
