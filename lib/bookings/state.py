"""The states of a booking, and the moves between them that staff can make."""

from typing import Literal

BookingStatus = Literal["PENDING", "CONFIRMED", "CANCELLED", "COMPLETED", "REFUNDED", "NO_SHOW"]

# The moves that staff can make. REFUNDED is not among them: only a refund of the order leads to it.
MOVES_BY_HAND: dict[BookingStatus, tuple[BookingStatus, ...]] = {
    "PENDING": ("CONFIRMED", "CANCELLED"),
    "CONFIRMED": ("COMPLETED", "CANCELLED", "NO_SHOW"),
}
CALLED_OFF: tuple[BookingStatus, ...] = ("CANCELLED", "REFUNDED")
