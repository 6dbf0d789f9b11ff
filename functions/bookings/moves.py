"""Moving bookings on by hand, calling them off, and deleting what came to nothing."""

from uuid import UUID

from functions.bookings.locking import LockedBooking, lock_booking
from functions.bookings.reading import as_it_stands
from functions.bookings.schemas import BookingCancellation, BookingMove
from lib import audit, db
from lib.audit import Actor
from lib.bookings.moves import BookingStatus, move
from lib.config import config
from lib.db import Transaction
from lib.errors import Forbidden, IllegalMove, NotFound
from lib.orders.cancelling import cancel_order, stop_paying
from lib.payments.locks import LockedOrder, lock_order
from lib.payments.settlement import refuse_while_in_review
from lib.refunds.refunding import RefundRequest, refund
from lib.security.callers import ADMIN_ROLES, Caller

# REFUNDED is no move of a person's: only a refund makes it.
BY_HAND: dict[BookingStatus, tuple[BookingStatus, ...]] = {
    "PENDING": ("CONFIRMED", "CANCELLED"),
    "CONFIRMED": ("COMPLETED", "CANCELLED", "NO_SHOW"),
}


@db.in_transaction
def move_by_hand(tx: Transaction, actor: Actor, booking_id: UUID, wanted: BookingMove) -> bytes:
    """Move a booking as the contract has it. Raises NotFound, Forbidden, IllegalMove or PaymentInReview."""
    _move(tx, lock_booking(tx, booking_id), actor, wanted.status, wanted, is_staff=True)
    return as_it_stands(tx, booking_id, for_staff=True)


@db.in_transaction
def cancel(tx: Transaction, caller: Caller, actor: Actor, booking_id: UUID, wanted: BookingCancellation) -> bytes:
    """Call a booking off: its owner while it is PENDING, staff until it is over.

    Raises NotFound, also for another's booking, Forbidden, IllegalMove or PaymentInReview.
    """
    booking = lock_booking(tx, booking_id)
    if not caller.is_staff and booking.user_id != caller.user_id:
        raise NotFound("There is no such booking")
    if not caller.is_staff and booking.status != "PENDING":
        raise IllegalMove(f"Booking {booking.booking_number}", booking.status, "cancelled by yourself; ask our staff")
    _move(tx, booking, actor, "CANCELLED", wanted, is_staff=caller.is_staff)
    return as_it_stands(tx, booking_id, for_staff=caller.is_staff)


@db.in_transaction
def delete(tx: Transaction, actor: Actor, booking_id: UUID) -> None:
    """Delete a booking of which nothing was paid: a draft goes with it, an issued order is cancelled and stays.

    Raises NotFound, IllegalMove or PaymentInReview.
    """
    booking = lock_booking(tx, booking_id)
    order = booking.order
    if order.status in ("PAID", "REFUNDED") or _money_came(tx, order.id):
        raise IllegalMove(f"Booking {booking.booking_number}", order.payment_status, "deleted; cancel it instead")
    refuse_while_in_review(tx, order.id, "nothing can be deleted before that is resolved")
    before = {"booking_number": booking.booking_number, "status": booking.status, "order_id": order.id}
    audit.record(tx, actor, "delete", "booking", booking_id, before=before)
    tx.run("delete from bookings where id = :id", id=booking_id)
    if order.status == "DRAFT":
        tx.run("delete from orders where id = :id", id=order.id)
    elif order.status == "ISSUED":
        cancel_order(tx, order, "the booking was deleted")


def _move(
    tx: Transaction,
    booking: LockedBooking,
    actor: Actor,
    status: BookingStatus,
    wanted: BookingCancellation,
    *,
    is_staff: bool,
) -> None:
    if status not in BY_HAND.get(booking.status, ()):
        raise IllegalMove(f"Booking {booking.booking_number}", booking.status, f"moved to {status} by hand")
    move(tx, booking.id, status, wanted.reason, actor.user_id)
    if is_staff:
        after = {"status": status, "reason": wanted.reason}
        audit.record(tx, actor, "move", "booking", booking.id, before={"status": booking.status}, after=after)
    if status == "CANCELLED":
        _free_order(tx, booking, actor, wanted)


def _free_order(tx: Transaction, booking: LockedBooking, actor: Actor, wanted: BookingCancellation) -> None:
    """Cancel the order of a booking that was called off, once its money went back; else its money waits for a refund."""
    order = booking.order
    if _refunds(order, actor, wanted) and order.amount_paid > order.amount_refunded:
        # Before what is held comes back: a refund takes its number, and that comes before the wallet's lock.
        reason = wanted.reason or "the booking was cancelled"
        refund(order.id, actor, RefundRequest(reason=reason, destination="wallet"))
        order = lock_order(tx, order.id) or order
    if order.status in ("DRAFT", "ISSUED") and order.amount_paid == 0:
        cancel_order(tx, order, "the booking was cancelled")
    elif order.status == "ISSUED":
        stop_paying(tx, order, "the booking was cancelled")


def _refunds(order: LockedOrder, actor: Actor, wanted: BookingCancellation) -> bool:
    may_refund = actor.role in ADMIN_ROLES
    if wanted.refund == "wallet" and not may_refund:
        raise Forbidden("An administrator refunds; cancel without, and ask for the refund")
    if wanted.refund == "wallet":
        return True
    return wanted.refund is None and may_refund and order.currency == config().loyalty.currency


def _money_came(tx: Transaction, order_id: UUID) -> bool:
    """Whether a payment of an order has arrived, counted or not: its refund needs the booking."""
    return bool(
        tx.value(
            """
            select exists (select from payments
                           where order_id = :id and status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED'))
            """,
            id=order_id,
        )
    )
