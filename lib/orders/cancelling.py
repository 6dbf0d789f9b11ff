"""Cancelling an order of which nothing was paid, by itself or with its booking."""

from lib.db import Transaction
from lib.errors import IllegalMove
from lib.payments import holds
from lib.payments.locks import LockedOrder
from lib.payments.settlement import close_open_attempt, refuse_while_in_review


def cancel_order(tx: Transaction, order: LockedOrder, message: str) -> None:
    """DRAFT or ISSUED → CANCELLED while nothing was paid; its open payment is closed and what it holds given back.

    Raises IllegalMove, or PaymentInReview while money has arrived that nobody has looked at.
    """
    if order.status not in ("DRAFT", "ISSUED"):
        raise IllegalMove(f"Order {order.order_number}", order.status, "cancelled")
    if order.amount_paid > 0:
        raise IllegalMove(f"Order {order.order_number}", order.payment_status, "cancelled; refund it instead")
    stop_paying(tx, order, message)
    tx.run("update orders set status = 'CANCELLED', updated_at = now() where id = :id", id=order.id)


def stop_paying(tx: Transaction, order: LockedOrder, message: str) -> None:
    """Close the open payment of a locked order and give back what the order holds. Raises PaymentInReview."""
    refuse_while_in_review(tx, order.id, "nothing can be cancelled before that is resolved")
    close_open_attempt(tx, order, message)
    holds.release_all(tx, order)
