"""What became of a refund that the gateway was asked for: done, refused, or nobody knows and a person has to say.

Each of them happens once: a refund that was decided meanwhile stays as it is.
"""

from typing import Literal
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.payments.locks import LockedOrder, lock_payment
from lib.payments.settlement import flag
from lib.refunds.completing import complete
from lib.refunds.records import Refund, lock_refund, read

log = logs.get(__name__)


@db.in_transaction
def done(tx: Transaction, refund_id: UUID) -> None:
    """The gateway has done it: the refund completes."""
    order, refund = lock_refund(tx, refund_id)
    if refund.is_under_way:
        finish(tx, order, refund)


@db.in_transaction
def refused(tx: Transaction, refund_id: UUID, message: str) -> None:
    """The gateway refused it: nothing ever moved, and what it had reserved can go back otherwise."""
    _, refund = lock_refund(tx, refund_id)
    if not refund.is_under_way:
        log.error("the gateway refused a refund that was decided before", refund=refund.refund_number, reasons=message)
        return
    _reject(tx, refund, message)
    _end_review(tx, refund, "REJECTED", "the gateway refused it")


@db.in_transaction
def unknown(tx: Transaction, refund_id: UUID, message: str) -> bool:
    """Nobody knows whether the gateway has done it: it waits for a person, and is never sent again. Whether it does."""
    _, refund = lock_refund(tx, refund_id)
    if refund.status != "PENDING":
        return False
    tx.run(
        "update refunds set status = 'NEEDS_REVIEW', message = :message, updated_at = now() where id = :id",
        id=refund.id,
        message=message,
    )
    for part in refund.parts:
        locked = lock_payment(tx, part.payment_id) if part.destination == "GATEWAY" else None
        if locked is not None:
            flag(tx, locked[1], "REFUND_UNKNOWN")
    return True


def finish(tx: Transaction, order: LockedOrder, refund: Refund) -> None:
    """Complete a refund under way because the gateway says so, which also answers who was asked about it."""
    complete(tx, order, refund)
    _end_review(tx, refund, "SETTLED", "the gateway has done it")


def decide_unknown(tx: Transaction, order: LockedOrder, payment_id: UUID, *, was_done: bool) -> None:
    """A person's word about the refund of a locked payment whose outcome nobody knew."""
    row = tx.row(
        """
        select r.id from refunds r join refund_parts f on f.refund_id = r.id
        where f.payment_id = :payment_id and f.destination = 'GATEWAY' and r.status = 'NEEDS_REVIEW'
        """,
        payment_id=payment_id,
    )
    if row is None:
        raise LookupError(f"payment {payment_id} has no refund whose outcome is unknown")
    refund = read(tx, row[0])
    if was_done:
        complete(tx, order, refund)
    else:
        _reject(tx, refund, "the gateway did not send it back, as a person found")


def _reject(tx: Transaction, refund: Refund, message: str) -> None:
    tx.run(
        "update refunds set status = 'REJECTED', message = :message, updated_at = now() where id = :id",
        id=refund.id,
        message=message,
    )


def _end_review(tx: Transaction, refund: Refund, resolution: Literal["SETTLED", "REJECTED"], note: str) -> None:
    """The gateway's word about a refund that a person was to decide about."""
    if refund.status == "NEEDS_REVIEW":
        tx.run(
            """
            update payments set resolution = :resolution, resolution_note = :note, resolved_at = now(), updated_at = now()
            where review_reason = 'REFUND_UNKNOWN' and resolution is null
              and id in (select payment_id from refund_parts where refund_id = :refund_id)
            """,
            refund_id=refund.id,
            resolution=resolution,
            note=f"{refund.refund_number}: {note}",
        )
