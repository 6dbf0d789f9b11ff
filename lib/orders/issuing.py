"""Issues an order: it gets its invoice, and can be paid from then on."""

from lib.bookings import records as bookings
from lib.bookings.queries import require_payable
from lib.db import Transaction
from lib.errors import IllegalMove
from lib.orders import records
from lib.orders.locks import LockedOrder


def issue(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """DRAFT → ISSUED, and then → PAID if there is nothing to pay.

    Raises IllegalMove, or NotPriced if the order's booking has no price yet.
    """
    if order.status != "DRAFT":
        raise IllegalMove(f"Order {order.order_number}", order.status, "issued")
    require_payable(tx, order.id)
    order = records.mark_issued(tx, order)
    records.insert_invoice(tx, order)
    if order.total_amount > 0:
        return order
    order = records.apply_payment(tx, order, order.total_amount) or order
    bookings.confirm_paid(tx, order.id)
    return order


def ensure_issued(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """Issue the order if it is a draft, and return it. A draft with nothing to pay becomes PAID."""
    return issue(tx, order) if order.status == "DRAFT" else order
