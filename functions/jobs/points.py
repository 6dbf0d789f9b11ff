"""Points whose lot is over are taken off."""

from uuid import UUID

from functions.jobs.runs import Run
from lib import db
from lib.db import Transaction
from lib.ledger import lots
from lib.payments.settlement import Done

_OVERDUE = "points_left > 0 and expires_at <= now()"
# More customers than a run has time for.
MOST = 20_000


def expire_points() -> dict[str, object]:
    """Expire what is due, each customer in a transaction of their own."""
    run = Run()
    due = db.read(f"select distinct user_id from points_lots where {_OVERDUE} limit :most::integer", most=MOST)  # noqa: S608 - a constant
    run.walk((row[0] for row in due), _expire)
    left = db.read(f"select count(distinct user_id) from points_lots where {_OVERDUE}")  # noqa: S608 - a constant
    return run.answer(left[0][0])


@db.in_transaction
def _expire(tx: Transaction, user_id: UUID) -> Done:
    points = lots.expire(tx, user_id)
    return Done("processed" if points else "already_processed", f"{points} points")
