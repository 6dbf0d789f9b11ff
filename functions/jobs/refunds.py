"""Looks at the gateway's list of refunds, and finds refunds of which nobody knows whether the gateway has them."""

import functools
from datetime import datetime
from uuid import UUID

from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.fawaterk.errors import GatewayError, GatewayUnavailable
from lib.outcomes import Outcome
from lib.refunds import listed, records
from lib.refunds.completing import mark_unknown
from lib.refunds.looking import look
from lib.refunds.matching import match

log = logs.get(__name__)

# A request waits for the gateway for at most BUDGET_SECONDS (lib/payments/gateway.py). After this it must have died.
UNANSWERED_MINUTES = 2


def follow_refunds(run: Run, seconds: float) -> None:
    """Store what the gateway's list of refunds shows, and match it with every payment of which it shows something new."""
    try:
        look(seconds)
    except GatewayError as error:
        run.unanswered_calls += isinstance(error, GatewayUnavailable)
        log.warning("the gateway does not show its list of refunds", error=str(error))
    run.process_each(listed.payments_to_match(), match)


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
    if mark_unknown(refund_id, "nobody knows whether the gateway has the request, and its list does not show it"):
        return Outcome("review", "REFUND_UNKNOWN")
    return Outcome("already_processed", "it was decided meanwhile")
