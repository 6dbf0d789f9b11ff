"""Locks a booking by locking its order."""

from dataclasses import dataclass
from uuid import UUID

from lib.bookings.queries import Booking, booking_of_order
from lib.db import Transaction
from lib.errors import require_found
from lib.orders.locks import LockedOrder, lock_order


@dataclass(frozen=True)
class LockedBooking:
    """A booking whose order is locked until the transaction ends."""

    booking: Booking
    order: LockedOrder


def lock_booking(tx: Transaction, booking_id: UUID) -> LockedBooking:
    """Lock a booking's order, and read the booking. Raises NotFound if there is none."""
    order_id = require_found(tx.first_value(UUID, "select order_id from bookings where id = :id", id=booking_id), "booking")
    order = lock_order(tx, order_id, "booking")
    # Read it only now, under the lock: somebody else may have moved or deleted it before.
    return LockedBooking(require_found(booking_of_order(tx, order_id), "booking"), order)
