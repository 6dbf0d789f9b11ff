"""A booking that nobody else can move: whoever moves one has locked its order first."""

from dataclasses import dataclass
from uuid import UUID

from lib.bookings.moves import BookingStatus
from lib.db import Transaction
from lib.errors import NotFound
from lib.payments.locks import LockedOrder, lock_order


@dataclass(frozen=True)
class LockedBooking:
    """A booking whose order is locked until the transaction ends."""

    id: UUID
    booking_number: str
    user_id: UUID
    status: BookingStatus
    order: LockedOrder


def lock_booking(tx: Transaction, booking_id: UUID) -> LockedBooking:
    """Lock a booking by its order. Raises NotFound where there is none."""
    behind = tx.row("select order_id from bookings where id = :id", id=booking_id)
    order = lock_order(tx, behind[0]) if behind else None
    # Read under the lock: until then somebody else may have moved it, or deleted it.
    row = tx.row("select id, booking_number, user_id, status from bookings where id = :id", id=booking_id)
    if order is None or row is None:
        raise NotFound("There is no such booking")
    return LockedBooking(row[0], row[1], row[2], row[3], order)
