"""Issues an order: it gets its invoice, and can be paid from then on."""

from lib.bookings import records as bookings
from lib.bookings.queries import require_payable
from lib.bookings.telling import confirmed
from lib.db import Transaction
from lib.errors import IllegalMove
from lib.mail.outbox import Mail, queue_mails
from lib.money import with_currency
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
        queue_mails(tx, _news(order))
        return order
    order = records.apply_payment(tx, order, order.total_amount) or order
    bookings.confirm_paid(tx, order.id)
    mails = _news(order)
    if order.booking_id is not None:
        mails.append(confirmed(order.booking_id, order.user_id))
    queue_mails(tx, mails)
    return order


def _news(order: LockedOrder) -> list[Mail]:
    """The mail that an order is issued. A sum on account is nothing that we ask for, so it has none."""
    if order.is_on_account:
        return []
    parameters = {
        "order_id": str(order.id),
        "order_number": order.order_number,
        "amount": with_currency(order.total_amount, order.currency),
    }
    return [Mail(user_id=order.user_id, kind="ORDER_ISSUED", key=f"order:{order.id}:issued", parameters=parameters)]


def ensure_issued(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """Issue the order if it is a draft, and return it. A draft with nothing to pay becomes PAID."""
    return issue(tx, order) if order.status == "DRAFT" else order
