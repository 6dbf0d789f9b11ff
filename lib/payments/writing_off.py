"""Gives up what is left to pay of an order."""

from uuid import UUID

from lib import audit, db, ledger
from lib.audit import Actor
from lib.bookings import records as bookings
from lib.bookings.queries import Booking, booking_of_order
from lib.bookings.telling import confirmed
from lib.db import Transaction
from lib.errors import IllegalMove
from lib.loyalty.earning import earn
from lib.mail.outbox import queue_mails
from lib.orders import records as orders
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.closing import stop_paying
from lib.security.rights import refuse_own_account


@db.in_transaction
def write_off(tx: Transaction, order_id: UUID, actor: Actor, reason: str) -> None:
    """Write off what is left to pay of an ISSUED order: it becomes PAID, or CANCELLED if nothing of it was paid.

    Its open attempt is closed and its holds are released. It earns on what was paid, unless its booking was called off.
    Raises NotFound, OwnAccount, IllegalMove, or PaymentInReview if a payment of it is in review.
    """
    order = lock_order(tx, order_id)
    refuse_own_account(actor.user_id, order.user_id)
    booking = booking_of_order(tx, order.id)
    _require_to_write_off(order, booking)
    stop_paying(tx, order, "what was left of the order was written off")
    written = orders.write_off(tx, order)
    audit.record(
        tx,
        actor,
        "write-off",
        "order",
        order.id,
        before={"status": order.status, "amount_paid": order.amount_paid},
        after={"status": written.status, "amount_written_off": order.remaining, "reason": reason},
    )
    if written.status == "PAID" and not (booking is not None and booking.is_called_off):
        bookings.confirm_paid(tx, order.id)
        if order.booking_id is not None:
            queue_mails(tx, [confirmed(order.booking_id, order.user_id)])
        wallet = ledger.lock_wallet(tx, order.user_id)
        ledger.post(tx, wallet, earn(tx, written, wallet))


def _require_to_write_off(order: LockedOrder, booking: Booking | None) -> None:
    if order.status != "ISSUED":
        raise IllegalMove(f"Order {order.order_number}", order.status, "written off")
    # A trip that is still to come would go on with its order cancelled.
    if booking is not None and booking.status in ("PENDING", "CONFIRMED") and order.amount_paid == 0:
        raise IllegalMove(f"Booking {booking.booking_number}", booking.status, "written off unpaid; cancel it instead")
