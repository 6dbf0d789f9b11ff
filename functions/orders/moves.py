"""Moving an order on by hand: issuing and cancelling."""

from uuid import UUID

from functions.orders.reading import ORDER_BY_ID
from lib import audit, db
from lib.audit import Actor
from lib.bookings.moves import refuse_behind_booking
from lib.db import Transaction
from lib.errors import IllegalMove, NotFound
from lib.orders.cancelling import cancel_order
from lib.orders.issuing import issue
from lib.payments.locks import LockedOrder, lock_order


@db.in_transaction
def issue_by_hand(tx: Transaction, actor: Actor, order_id: UUID) -> bytes:
    """DRAFT → ISSUED. Raises NotFound, IllegalMove or NotPriced."""
    order = _locked(tx, order_id)
    if order.status != "DRAFT":
        raise IllegalMove(f"Order {order.order_number}", order.status, "issued")
    issue(tx, order_id)
    audit.record(tx, actor, "issue", "order", order_id, before={"status": "DRAFT"}, after={"status": "ISSUED"})
    return tx.json(ORDER_BY_ID, id=order_id)


@db.in_transaction
def cancel(tx: Transaction, actor: Actor, order_id: UUID, reason: str | None) -> bytes:
    """DRAFT or ISSUED → CANCELLED while nothing was paid; the open payment is closed with it.

    Raises NotFound, IllegalMove, or PaymentInReview while money has arrived that nobody has looked at.
    """
    order = _locked(tx, order_id)
    refuse_behind_booking(tx, order_id, "cancelled")
    cancel_order(tx, order, "the order was cancelled")
    audit.record(
        tx,
        actor,
        "cancel",
        "order",
        order_id,
        before={"status": order.status},
        after={"status": "CANCELLED", "reason": reason},
    )
    return tx.json(ORDER_BY_ID, id=order_id)


def _locked(tx: Transaction, order_id: UUID) -> LockedOrder:
    order = lock_order(tx, order_id)
    if order is None:
        raise NotFound("There is no such order")
    return order
