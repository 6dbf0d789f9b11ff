"""Orders that can be paid now, whatever they are paid with."""

from uuid import UUID

from lib.bookings.moves import require_priced
from lib.db import Transaction
from lib.errors import IllegalMove, NotFound
from lib.orders.issuing import issue
from lib.payments.locks import LockedOrder, lock_order
from lib.payments.settlement import refuse_while_in_review


def lock_payable(tx: Transaction, order_id: UUID) -> LockedOrder:
    """Lock an order that is DRAFT or ISSUED. Raises NotFound, IllegalMove, PaymentInReview or NotPriced."""
    order = lock_order(tx, order_id)
    if order is None:
        raise NotFound("There is no such order")
    if order.status not in ("DRAFT", "ISSUED"):
        raise IllegalMove(f"Order {order.order_number}", order.status, "paid")
    refuse_while_in_review(tx, order.id, "do not pay again")
    require_priced(tx, order.id)
    return order


def issued(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """The locked order, issued if it was a draft; one that comes to nothing is PAID by that."""
    if order.status == "ISSUED":
        return order
    issue(tx, order.id)
    return lock_order(tx, order.id) or order
