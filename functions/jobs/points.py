"""Expires the points of lots whose time is over."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from functions.jobs.runs import Run
from lib import db, ledger
from lib.db import Transaction

# More customers than a run has time for.
MOST = 20_000


def expire_points() -> dict[str, object]:
    """Expire all points that are due, a set of customers in one transaction."""
    run = Run()
    due = db.read.column(UUID, "select distinct user_id from overdue_lots limit :most::integer", most=MOST)
    run.process_sets(due, _expire)
    return run.summary(db.read.value(int, "select count(distinct user_id) from overdue_lots"))


@db.in_transaction
def _expire(tx: Transaction, user_ids: Sequence[UUID]) -> Mapping[str, int]:
    expired = ledger.expire_points_of_many(tx, ledger.lock_wallets(tx, user_ids))
    return {"processed": expired, "already_processed": len(user_ids) - expired}
