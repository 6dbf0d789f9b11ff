"""What a completed refund moves: its payments, its order, a credit note, the ledger, and what the order has earned."""

from decimal import Decimal

from lib import logs
from lib.bookings.moves import refunded
from lib.db import Transaction
from lib.ledger import lots
from lib.ledger.posting import POINTS, Account, Move, Posting, Words, post
from lib.loyalty.taking_back import TakenBack, take_back
from lib.payments.locks import LockedOrder
from lib.refunds.credit_notes import issue_credit_note
from lib.refunds.paid import UNAPPLIED
from lib.refunds.records import Refund, RefundPart

log = logs.get(__name__)


def complete(tx: Transaction, order: LockedOrder, refund: Refund) -> None:
    """PENDING or NEEDS_REVIEW → COMPLETED, with all that follows. The order must be locked."""
    tx.run(
        """
        update refunds set status = 'COMPLETED', message = null, completed_at = now(), updated_at = now() where id = :id
        """,
        id=refund.id,
    )
    _move_payments(tx, refund)
    is_of_a_sale = refund.payment_id is None and order.status == "PAID"
    if is_of_a_sale:
        _move_paid_order(tx, order, refund)
        issue_credit_note(tx, order, refund)
    elif refund.payment_id is None:
        _take_from_partly_paid(tx, order, refund)
    for part in refund.parts:
        _post(tx, order, refund, part)
    if is_of_a_sale:
        _write_taken_back(tx, refund, take_back(tx, order, refund.id, order.amount_refunded + refund.amount))
    log.info("a refund is completed", refund=refund.refund_number, order=order.order_number)


def _move_payments(tx: Transaction, refund: Refund) -> None:
    """A payment is REFUNDED once nothing of its money and of the balances that it spent is left, else PARTIALLY_REFUNDED."""
    tx.run(
        f"""
        update payments p set updated_at = now(), status = case
            when p.applied_amount + (select coalesce(sum(amount), 0) from holds where payment_id = p.id and state = 'SPENT')
                 > gone.applied or {UNAPPLIED} > gone.unapplied then 'PARTIALLY_REFUNDED'
            else 'REFUNDED' end
        from (select f.payment_id, coalesce(sum(f.amount) filter (where r.payment_id is null), 0) as applied,
                     coalesce(sum(f.amount) filter (where r.payment_id is not null), 0) as unapplied
              from refund_parts f join refunds r on r.id = f.refund_id
              where r.status = 'COMPLETED'
                and f.payment_id in (select payment_id from refund_parts where refund_id = :refund_id)
              group by f.payment_id) gone
        where p.id = gone.payment_id
        """,  # noqa: S608 - a constant
        refund_id=refund.id,
    )


def _move_paid_order(tx: Transaction, order: LockedOrder, refund: Refund) -> None:
    is_whole = order.amount_refunded + refund.amount == order.amount_paid
    tx.run(
        """
        update orders set amount_refunded = amount_refunded + :amount::numeric, updated_at = now(),
               status = case when :whole::boolean then 'REFUNDED' else status end,
               payment_status = case when :whole::boolean then 'REFUNDED' else payment_status end
        where id = :id
        """,
        id=order.id,
        amount=refund.amount,
        whole=is_whole,
    )
    if is_whole:
        refunded(tx, order.id)


def _take_from_partly_paid(tx: Transaction, order: LockedOrder, refund: Refund) -> None:
    """An order that is not PAID was not fulfilled: it can be paid anew, or cancelled. Its invoice stands as it is."""
    tx.run(
        """
        update orders set amount_paid = amount_paid - :amount::numeric, updated_at = now(),
               payment_status = case when amount_paid = :amount::numeric then 'UNPAID' else payment_status end
        where id = :id
        """,
        id=order.id,
        amount=refund.amount,
    )


def _post(tx: Transaction, order: LockedOrder, refund: Refund, part: RefundPart) -> None:
    posted = post(
        tx,
        Posting(
            key=f"refund:{refund.id}:{part.id}",
            kind="REFUND",
            user_id=order.user_id,
            moves=_moves(refund, part),
            words=Words(f"Refund of {order.order_number}", f"رد مبلغ {order.order_number}"),
            reference=("REFUND", refund.id),
            order_id=order.id,
            payment_id=part.payment_id,
        ),
    )
    if posted is None:
        raise LookupError(f"part {part.id} of refund {refund.refund_number} was posted before")
    if part.points > 0:
        # A lot of its own with a full life: those that the points came from may have expired while they were spent.
        lots.open_lot(tx, order.user_id, posted, part.points, None)


def _moves(refund: Refund, part: RefundPart) -> list[Move]:
    if part.destination == "POINTS":
        return [
            Move("SALES", "REDEMPTIONS", part.amount, refund.currency),
            Move("POINTS_REDEEMED", "POINTS", Decimal(part.points), POINTS),
        ]
    source: Account = "SALES" if refund.payment_id is None else "UNAPPLIED"
    return [Move(source, part.destination, part.amount, refund.currency)]


def _write_taken_back(tx: Transaction, refund: Refund, taken: TakenBack) -> None:
    tx.run(
        "update refunds set points_taken_back = :points, cashback_taken_back = :cashback where id = :id",
        id=refund.id,
        points=taken.points,
        cashback=taken.cashback,
    )
