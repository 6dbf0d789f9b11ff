"""Verifies the ledger in batches of customers. A round takes as many runs as it needs, so each run is short."""

from dataclasses import dataclass
from uuid import UUID

from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.ledger.verifying import Disagreement, Verified, verify_batch

log = logs.get(__name__)

MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class _Progress:
    """The last customer who was verified in this round; None when a round begins."""

    after_user_id: UUID | None


def verify_ledger() -> dict[str, object]:
    """Verify batches from where the last run stopped, until the round is complete or this run's time is over."""
    run = Run()
    disagreements: list[Disagreement] = []
    is_complete = False
    while not is_complete and not run.is_over():
        batch = _verify_next()
        if batch is None:
            break
        run.outcomes["verified"] += batch.customers
        disagreements += batch.disagreements
        is_complete = batch.last_user_id is None
    left = db.read.value(
        int,
        """
        select count(*) from wallets w join ledger_verification v on v.after_user_id is not null
        where w.user_id > v.after_user_id
        """,
    )
    return run.summary(left) | {"disagreements": [str(one) for one in disagreements[:MOST_NAMED]]}


@db.in_transaction
def _verify_next(tx: Transaction) -> Verified | None:
    """Verify one batch and store the progress. None if another run is doing that now."""
    progress = tx.first(_Progress, "select :row from ledger_verification for update skip locked")
    if progress is None:
        return None
    if progress.after_user_id is None:
        tx.run("update ledger_verification set began_at = now(), disagreements = 0")
    batch = verify_batch(progress.after_user_id)
    tx.run(
        """
        update ledger_verification set after_user_id = :last, disagreements = disagreements + :disagreements::integer,
               completed_at = case when :last::uuid is null then now() else completed_at end
        """,
        last=batch.last_user_id,
        disagreements=len(batch.disagreements),
    )
    for one in batch.disagreements:
        log.error("the ledger disagrees", what=one.what, row_id=one.id, expected=one.expected, found=one.found)
    return batch
