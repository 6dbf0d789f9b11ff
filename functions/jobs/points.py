"""Points whose lot is over are taken off."""

from uuid import UUID

from functions.jobs.runs import Run
from lib import db
from lib.db import Transaction
from lib.ledger import lots
from lib.payments.settlement import Done

_OVERDUE = "points_left > 0 and expires_at <= now()"


def expire_points() -> dict[str, object]:
    """Expire what is due, each customer in a transaction of their own."""
    run = Run()
    run.walk(_following, _expire)
    left = db.read(f"select count(distinct user_id) from points_lots where {_OVERDUE}")  # noqa: S608 - a constant
    return run.answer(left[0][0])


def _following(user_id: UUID | None) -> UUID | None:
    rows = db.read(
        f"""
        select user_id from points_lots
        where {_OVERDUE} and user_id > coalesce(:after::uuid, '00000000-0000-0000-0000-000000000000')
        order by user_id limit 1
        """,  # noqa: S608 - a constant
        after=user_id,
    )
    return rows[0][0] if rows else None


@db.in_transaction
def _expire(tx: Transaction, user_id: UUID) -> Done:
    points = lots.expire(tx, user_id)
    return Done("processed" if points else "already_processed", f"{points} points")
