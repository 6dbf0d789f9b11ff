"""Credits cashback whose refund window is closed."""

from uuid import UUID

from functions.jobs.runs import Run
from lib import db
from lib.db import Transaction
from lib.loyalty.crediting import credit
from lib.loyalty.records import lock_cashback
from lib.outcomes import Outcome

# More records than a run has time for.
MOST = 20_000


def credit_cashback() -> dict[str, object]:
    """Credit all cashback that is due, each record in its own transaction."""
    run = Run()
    due = db.read.column(UUID, "select id from due_cashback order by credit_due_at limit :most::integer", most=MOST)
    run.process_each(due, _credit)
    return run.summary(db.read.value(int, "select count(*) from due_cashback"))


@db.in_transaction
def _credit(tx: Transaction, record_id: UUID) -> Outcome:
    wallet, record = lock_cashback(tx, record_id)
    # Since the list was read, staff may have rejected it, or a refund may have taken it back.
    if record.status not in ("PENDING", "APPROVED"):
        return Outcome("already_processed", "it was decided meanwhile")
    credit(tx, wallet, record)
    return Outcome("processed", "credited")
