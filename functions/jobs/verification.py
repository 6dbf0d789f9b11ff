"""Verifies the ledger in batches of customers. A round takes as many runs as it needs, so each run is short."""

from dataclasses import dataclass
from uuid import UUID

from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.ledger.verifying import BATCH, ENTRIES_IN_A_BATCH, Disagreement, Verified, verify_batch

log = logs.get(__name__)

MOST_NAMED = 20


@dataclass(frozen=True, kw_only=True)
class _Progress:
    """The last customer who was verified in this round; None when a round begins. `batch`: how many customers are next."""

    after_user_id: UUID | None
    batch: int


def verify_ledger() -> dict[str, object]:
    """Verify batches from where the last run stopped, until the round is complete or this run's time is over.

    A batch that fails is halved until the customer is found who can't be verified. They are named, and the others verified.
    """
    run = Run()
    disagreements: list[Disagreement] = []
    unverified: list[str] = []
    is_complete = False
    while not is_complete and not run.is_over():
        try:
            batch = _verify_next()
        except Exception as failure:  # noqa: BLE001 - it is logged, and raised where no customer can be named for it
            if (passed_over := _halve_or_pass_over(failure)) is not None:
                unverified.append(str(passed_over))
                run.outcomes["failed"] += 1
            continue
        if batch is None:
            break
        run.outcomes["verified"] += batch.customers
        disagreements += batch.disagreements
        is_complete = batch.last_user_id is None
    left = db.read.value(
        int,
        """
        select count(*) from users u join ledger_verification v on v.after_user_id is not null
        where u.id > v.after_user_id
        """,
    )
    named = [str(one) for one in disagreements[:MOST_NAMED]]
    return run.summary(left) | {"disagreements": named, "unverified": unverified[:MOST_NAMED]}


@db.in_transaction
def _verify_next(tx: Transaction) -> Verified | None:
    """Verify one batch and store the progress. None if another run is doing that now."""
    progress = tx.first(_Progress, "select :row from ledger_verification for update skip locked")
    if progress is None:
        return None
    if progress.after_user_id is None:
        tx.run("update ledger_verification set began_at = now(), disagreements = 0")
    # The entries shrink with the customers, so that half a batch is half the work also where few customers have many.
    batch = verify_batch(progress.after_user_id, progress.batch, ENTRIES_IN_A_BATCH * progress.batch // BATCH)
    tx.run(
        """
        update ledger_verification set after_user_id = :last, disagreements = disagreements + :disagreements::integer,
               completed_at = case when :last::uuid is null then now() else completed_at end,
               batch = least(batch * 2, :most::integer)
        """,
        last=batch.last_user_id,
        disagreements=len(batch.disagreements),
        most=BATCH,
    )
    for one in batch.disagreements:
        log.error("the ledger disagrees", what=one.what, row_id=one.id, expected=one.expected, found=one.found)
    return batch


@db.in_transaction
def _halve_or_pass_over(tx: Transaction, failure: Exception) -> UUID | None:
    """Make the next batch half as large, or pass over the one customer it had; their id then.

    The size is stored: a run may end before the batch is small enough, and the next one must not begin with the large one.
    """
    progress = tx.first(_Progress, "select :row from ledger_verification for update skip locked")
    if progress is None:
        return None
    if progress.batch > 1:
        log.warning("a batch of the ledger is halved", customers=progress.batch, cause=repr(failure))
        tx.run("update ledger_verification set batch = batch / 2")
        return None
    customer_id = tx.first_value(
        UUID,
        """
        select id from users where :after::uuid is null or id > :after::uuid order by id limit 1
        """,
        after=progress.after_user_id,
    )
    if customer_id is None:
        raise failure
    # The alert reads this message, and nobody knows whether this customer's rows agree.
    log.error("the ledger disagrees", what="a customer could not be verified", row_id=str(customer_id), cause=repr(failure))
    tx.run(
        "update ledger_verification set after_user_id = :customer, disagreements = disagreements + 1",
        customer=customer_id,
    )
    return customer_id
