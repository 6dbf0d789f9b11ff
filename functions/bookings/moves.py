"""Moves, cancels and deletes bookings."""

from typing import TypeVar
from uuid import UUID

from functions.bookings.locking import LockedBooking, lock_booking
from functions.bookings.schemas import BookingCancellation, BookingMove
from lib import audit, db, logs
from lib.audit import Actor
from lib.bookings import records as bookings
from lib.bookings.state import MOVES_BY_HAND, BookingStatus
from lib.config import config
from lib.db import Transaction
from lib.errors import Forbidden, GatewaySilent, IllegalMove, NotFound, OwnAccount
from lib.orders import records as orders
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.closing import cancel_order, stop_paying
from lib.payments.gateway import Deadline
from lib.payments.payable import refuse_while_in_review
from lib.refunds.matching import look_before
from lib.refunds.refunding import RefundRequest, refund
from lib.security.callers import ADMIN_ROLES, Caller
from lib.security.rights import refuse_own_account

log = logs.get(__name__)

Cancellation = TypeVar("Cancellation", bound=BookingCancellation)


@db.in_transaction
def move_by_hand(tx: Transaction, actor: Actor, booking_id: UUID, requested: BookingMove) -> None:
    """Move a booking to another status, for staff. Raises NotFound, Forbidden, IllegalMove or PaymentInReview."""
    locked = lock_booking(tx, booking_id)
    refuse_own_account(actor.user_id, locked.booking.user_id)
    _move(tx, locked, actor, requested.status, requested)


def look_before_refunding(actor: Actor, booking_id: UUID, requested: Cancellation) -> Cancellation:
    """Look at the gateway's list of refunds, if cancelling may refund: what went back there can't go to the wallet, too.

    A gateway that is silent does not keep a booking from being cancelled; its money then waits for a refund of the order.
    """
    if actor.role not in ADMIN_ROLES or requested.refund == "none":
        return requested
    order_id = db.read.first_value(UUID, "select order_id from bookings where id = :id", id=booking_id)
    try:
        if order_id is not None:
            look_before(order_id, Deadline())
    except GatewaySilent:
        log.warning("a cancelled booking's money waits: the gateway does not show its refunds", booking_id=str(booking_id))
        return requested.model_copy(update={"refund": "none"})
    return requested


@db.in_transaction
def cancel(tx: Transaction, caller: Caller, actor: Actor, booking_id: UUID, requested: BookingCancellation) -> None:
    """Cancel a booking. Its owner can do that while it is PENDING, staff also while it is CONFIRMED.

    Raises NotFound (also for a booking of another customer), Forbidden, IllegalMove or PaymentInReview.
    """
    locked = lock_booking(tx, booking_id)
    booking = locked.booking
    if not caller.is_staff and booking.user_id != caller.user_id:
        raise NotFound("There is no such booking")
    is_owner = booking.user_id == caller.user_id
    if is_owner and requested.refund == "wallet":
        raise OwnAccount
    if is_owner and booking.status != "PENDING":
        raise IllegalMove(f"Booking {booking.booking_number}", booking.status, "cancelled by yourself; ask our staff")
    _move(tx, locked, actor, "CANCELLED", requested.model_copy(update={"refund": "none"}) if is_owner else requested)


@db.in_transaction
def delete(tx: Transaction, actor: Actor, booking_id: UUID) -> None:
    """Delete a booking of which nothing was paid. A draft order is deleted with it, an issued order is cancelled and stays.

    Raises NotFound, IllegalMove or PaymentInReview.
    """
    locked = lock_booking(tx, booking_id)
    booking, order = locked.booking, locked.order
    if order.status in ("PAID", "REFUNDED") or _has_settled_payment(tx, order.id):
        raise IllegalMove(f"Booking {booking.booking_number}", order.payment_status, "deleted; cancel it instead")
    refuse_while_in_review(tx, order, "nothing can be deleted before that is resolved")
    before = {"booking_number": booking.booking_number, "status": booking.status, "order_id": order.id}
    audit.record(tx, actor, "delete", "booking", booking_id, before=before)
    bookings.delete(tx, booking_id)
    if order.status == "DRAFT":
        orders.delete_draft(tx, order)
    elif order.status == "ISSUED":
        _cancel_order(tx, order, actor, "the booking was deleted")


def _move(
    tx: Transaction,
    locked: LockedBooking,
    actor: Actor,
    status: BookingStatus,
    requested: BookingCancellation,
) -> None:
    booking = locked.booking
    allowed = MOVES_BY_HAND.get(booking.status, ())
    if status not in allowed:
        is_next = "CONFIRMED" in allowed and status in MOVES_BY_HAND["CONFIRMED"]
        move = f"moved to {status} before it is confirmed; confirm it first" if is_next else f"moved to {status} by hand"
        raise IllegalMove(f"Booking {booking.booking_number}", booking.status, move)
    bookings.move(tx, booking, status, reason=requested.reason, by_user_id=actor.user_id)
    if actor.is_staff:
        after = {"status": status, "reason": requested.reason}
        audit.record(tx, actor, "move", "booking", booking.id, before={"status": booking.status}, after=after)
    if status == "CANCELLED":
        _close_order(tx, locked.order, actor, requested)


def _close_order(tx: Transaction, order: LockedOrder, actor: Actor, requested: BookingCancellation) -> None:
    """Refund the order of a cancelled booking to the wallet if that is requested; if nothing of it is paid then, cancel it.

    Money that is not refunded here waits for a refund of the order.
    """
    if _is_to_refund(order, actor, requested) and order.amount_paid > order.amount_refunded:
        # Refund before the holds are released: a refund takes a number, and numbers are taken before the wallet is locked.
        reason = requested.reason or "the booking was cancelled"
        # A large one waits for another administrator, and the booking is cancelled all the same.
        refund(order.id, actor, RefundRequest(reason=reason, destination="wallet"))
        order = lock_order(tx, order.id)
    if order.status in ("DRAFT", "ISSUED") and order.amount_paid == 0:
        _cancel_order(tx, order, actor, "the booking was cancelled")
    elif order.status in ("ISSUED", "CANCELLED"):
        # A refund of all that was paid has cancelled the order, but closed no attempt.
        stop_paying(tx, order, "the booking was cancelled")


def _cancel_order(tx: Transaction, order: LockedOrder, actor: Actor, why: str) -> None:
    cancelled = cancel_order(tx, order, why)
    if actor.is_staff:
        after = {"status": cancelled.status, "reason": why}
        audit.record(tx, actor, "cancel", "order", order.id, before={"status": order.status}, after=after)


def _is_to_refund(order: LockedOrder, actor: Actor, requested: BookingCancellation) -> bool:
    may_refund = actor.role in ADMIN_ROLES
    if requested.refund == "wallet" and not may_refund:
        raise Forbidden("An administrator refunds; cancel without, and ask for the refund")
    if requested.refund == "wallet":
        return True
    return requested.refund is None and may_refund and order.currency == config().loyalty.currency


def _has_settled_payment(tx: Transaction, order_id: UUID) -> bool:
    """Whether money of a payment has arrived, applied to the order or not. Its refund needs the booking."""
    return tx.exists("select from payments p where p.order_id = :id and is_settled(p)", id=order_id)
