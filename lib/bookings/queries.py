"""Reads the booking of an order. The order must be locked."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from lib.bookings.state import CALLED_OFF, BookingStatus
from lib.db import Column, Transaction
from lib.errors import IllegalMove, NotPriced


@dataclass(frozen=True, kw_only=True)
class Booking:
    """A booking whose order is locked."""

    id: UUID
    order_id: UUID
    booking_number: str
    user_id: UUID
    status: BookingStatus
    is_priced: Annotated[bool, Column("priced_at is not null")]

    @property
    def is_called_off(self) -> bool:
        """Whether it was cancelled or refunded. No more money is then applied to its order."""
        return self.status in CALLED_OFF


def booking_of_order(tx: Transaction, order_id: UUID) -> Booking | None:
    """The booking of a locked order, or None if the order has no booking."""
    return tx.first(Booking, "select :row from bookings where order_id = :order_id", order_id=order_id)


def require_payable(tx: Transaction, order_id: UUID) -> None:
    """Raise IllegalMove if the order's booking was called off, and NotPriced if it has no price yet."""
    booking = booking_of_order(tx, order_id)
    if booking is None:
        return
    if booking.is_called_off:
        raise IllegalMove(f"Booking {booking.booking_number}", booking.status, "paid")
    if not booking.is_priced:
        raise NotPriced(booking.booking_number)


def refuse_if_booked(tx: Transaction, order_id: UUID, move: str) -> None:
    """Raise IllegalMove if the order has a booking. Such an order is only changed through its booking."""
    booking = booking_of_order(tx, order_id)
    if booking is not None:
        raise IllegalMove("The order", f"that of booking {booking.booking_number}", f"{move} by itself; use the booking")
