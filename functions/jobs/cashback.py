"""Cashback whose refund window is closed is credited."""

from uuid import UUID

from functions.jobs.runs import Run
from lib import db
from lib.db import Transaction
from lib.loyalty.crediting import credit, lock_cashback
from lib.payments.settlement import Done

_DUE = "status in ('PENDING', 'APPROVED') and credit_due_at <= now()"
# More records than a run has time for.
MOST = 20_000


def credit_cashback() -> dict[str, object]:
    """Credit what is due, each record in a transaction of its own."""
    run = Run()
    due = db.read(
        f"select id from cashback_records where {_DUE} order by credit_due_at limit :most::integer",  # noqa: S608 - a constant
        most=MOST,
    )
    run.walk((row[0] for row in due), _credit)
    left = db.read(f"select count(*) from cashback_records where {_DUE}")  # noqa: S608 - a constant
    return run.answer(left[0][0])


@db.in_transaction
def _credit(tx: Transaction, record_id: UUID) -> Done:
    record = lock_cashback(tx, record_id)
    # Staff may have rejected it, or a refund taken it back, since it was found.
    if record is None or record.status not in ("PENDING", "APPROVED"):
        return Done("already_processed", "it was decided meanwhile")
    credit(tx, record)
    return Done("processed", "credited")
