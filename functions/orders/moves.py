"""Issues and cancels orders, by staff."""

from uuid import UUID

from lib import audit, db
from lib.audit import Actor
from lib.bookings.queries import refuse_if_booked
from lib.db import Transaction
from lib.orders.issuing import issue
from lib.orders.locks import lock_order
from lib.payments.closing import cancel_order


@db.in_transaction
def issue_by_hand(tx: Transaction, actor: Actor, order_id: UUID) -> None:
    """DRAFT → ISSUED. Raises NotFound, IllegalMove or NotPriced."""
    issue(tx, lock_order(tx, order_id))
    audit.record(tx, actor, "issue", "order", order_id, before={"status": "DRAFT"}, after={"status": "ISSUED"})


@db.in_transaction
def cancel(tx: Transaction, actor: Actor, order_id: UUID, reason: str | None) -> None:
    """DRAFT or ISSUED → CANCELLED, if nothing was paid; the open payment is closed too.

    Raises NotFound, IllegalMove, or PaymentInReview if a payment of it is in review.
    """
    order = lock_order(tx, order_id)
    refuse_if_booked(tx, order_id, "cancelled")
    cancelled = cancel_order(tx, order, "the order was cancelled")
    audit.record(
        tx,
        actor,
        "cancel",
        "order",
        order_id,
        before={"status": order.status},
        after={"status": cancelled.status, "reason": reason},
    )
