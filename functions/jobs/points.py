"""Expires the points of lots whose time is over."""

from uuid import UUID

from functions.jobs.runs import Run
from lib import db, ledger
from lib.db import Transaction
from lib.outcomes import Outcome

# More customers than a run has time for.
MOST = 20_000


def expire_points() -> dict[str, object]:
    """Expire all points that are due, each customer in their own transaction."""
    run = Run()
    due = db.read.column(UUID, "select distinct user_id from overdue_lots limit :most::integer", most=MOST)
    run.process_each(due, _expire)
    return run.summary(db.read.value(int, "select count(distinct user_id) from overdue_lots"))


@db.in_transaction
def _expire(tx: Transaction, user_id: UUID) -> Outcome:
    points = ledger.expire_points(tx, ledger.lock_wallet(tx, user_id))
    return Outcome("processed" if points else "already_processed", f"{points} points")
