"""Checks that an order can be paid now, by whatever means."""

from uuid import UUID

from lib.bookings.queries import require_payable
from lib.db import Transaction
from lib.errors import IllegalMove, PaymentInReview
from lib.orders.locks import LockedOrder, lock_order


def lock_payable(tx: Transaction, order_id: UUID) -> LockedOrder:
    """Lock an order that is DRAFT or ISSUED. Raises NotFound, IllegalMove, PaymentInReview or NotPriced."""
    order = lock_order(tx, order_id)
    refuse_unpayable(tx, order)
    return order


def refuse_unpayable(tx: Transaction, order: LockedOrder) -> None:
    """Raise IllegalMove, PaymentInReview or NotPriced if a locked order, or its booking, can't be paid now."""
    if order.status not in ("DRAFT", "ISSUED"):
        raise IllegalMove(f"Order {order.order_number}", order.status, "paid")
    refuse_while_in_review(tx, order, "do not pay again")
    require_payable(tx, order.id)


def refuse_while_in_review(tx: Transaction, order: LockedOrder, advice: str) -> None:
    """Raise PaymentInReview, with this advice to the caller, if a payment of a locked order is in review."""
    payment_number = tx.first_value(
        str, "select p.payment_number from payments p where p.order_id = :order_id and in_review(p)", order_id=order.id
    )
    if payment_number is not None:
        raise PaymentInReview(payment_number, advice)
