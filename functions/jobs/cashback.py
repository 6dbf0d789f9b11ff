"""Credits cashback whose refund window is closed, and rejects that of bookings that were called off.

Points of what was paid by hand wait for the same window, and are credited too.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from functions.jobs.runs import Run
from lib import db
from lib.db import Transaction
from lib.loyalty import pending, records
from lib.loyalty.crediting import credit_all

# More records than a run has time for.
MOST = 20_000

CALLED_OFF = "the booking was called off"


def credit_cashback() -> dict[str, object]:
    """Credit all cashback and points that are due, a set of records in one transaction."""
    run = Run()
    due = db.read.column(UUID, "select id from due_cashback order by credit_due_at limit :most::integer", most=MOST)
    run.process_sets(due, _credit)
    due_points = db.read.column(
        UUID, "select order_id from due_points order by credit_due_at limit :most::integer", most=MOST
    )
    run.process_sets(due_points, _credit_points)
    left = "select (select count(*) from due_cashback) + (select count(*) from due_points)"
    return run.summary(db.read.value(int, left))


@db.in_transaction
def _credit(tx: Transaction, record_ids: Sequence[UUID]) -> Mapping[str, int]:
    # Since the list was read, staff may have rejected one, a refund may have taken it back, or its trip may end later.
    due = records.lock_due(tx, record_ids)
    called_off = [record for record in due if record.is_called_off]
    credit_all(tx, [record for record in due if not record.is_called_off])
    records.mark_all_rejected(tx, called_off, CALLED_OFF)
    return {
        "processed": len(due) - len(called_off),
        "rejected": len(called_off),
        "already_processed": len(record_ids) - len(due),
    }


@db.in_transaction
def _credit_points(tx: Transaction, order_ids: Sequence[UUID]) -> Mapping[str, int]:
    due = pending.lock_due(tx, order_ids)
    pending.credit_all(tx, due)
    return {"processed": len(due), "already_processed": len(order_ids) - len(due)}
