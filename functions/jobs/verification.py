"""The ledger is proven customer by customer, run after run, so that each run is short however many there are."""

from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.ledger.verifying import Disagreement, verify_batch

log = logs.get(__name__)

MOST_NAMED = 20


def verify_ledger() -> dict[str, object]:
    """Prove batch after batch from where the last run ended, to the end of the round or of this run's time."""
    run = Run()
    found: list[Disagreement] = []
    is_complete = False
    while not is_complete and not run.is_over():
        batch = _verify_next()
        if batch is None:
            break
        customers, disagreements, is_complete = batch
        run.outcomes["verified"] += customers
        found += disagreements
    left = db.read(
        """
        select count(*) from wallets w join ledger_verification v on v.after_user_id is not null
        where w.user_id > v.after_user_id
        """
    )
    return run.answer(left[0][0]) | {"disagreements": [str(one) for one in found[:MOST_NAMED]]}


@db.in_transaction
def _verify_next(tx: Transaction) -> tuple[int, list[Disagreement], bool] | None:
    """One batch, with the place moved behind it; None while another run is at it."""
    place = tx.row("select after_user_id from ledger_verification for update skip locked")
    if place is None:
        return None
    after = place[0]
    if after is None:
        tx.run("update ledger_verification set began_at = now(), disagreements = 0")
    batch = verify_batch(after)
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
    return batch.customers, batch.disagreements, batch.last_user_id is None
