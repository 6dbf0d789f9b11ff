"""The moves of bookings, and what they mean to the orders behind them.

Whoever moves a booking has locked its order, so that a booking needs no lock of its own.
"""

import secrets as randomness
import string
from typing import Literal
from uuid import UUID

from lib.db import Transaction
from lib.errors import IllegalMove, NotPriced

BookingStatus = Literal["PENDING", "CONFIRMED", "CANCELLED", "COMPLETED", "REFUNDED", "NO_SHOW"]

CONFIRMATION_LENGTH = 8
_CALLED_OFF = ("CANCELLED", "REFUNDED")
_CONFIRMATION_CHARACTERS = string.ascii_uppercase + string.digits


def move(tx: Transaction, booking_id: UUID, status: BookingStatus, reason: str | None, by_user_id: UUID | None) -> None:
    """Move a booking on and write it down; by nobody: the system. One that is CONFIRMED has a confirmation number."""
    tx.run(
        """
        update bookings set status = :status, updated_at = now(),
               confirmation_number = case when :status = 'CONFIRMED' then coalesce(confirmation_number, :number)
                                          else confirmation_number end
        where id = :id
        """,
        id=booking_id,
        status=status,
        number="".join(randomness.choice(_CONFIRMATION_CHARACTERS) for _ in range(CONFIRMATION_LENGTH)),
    )
    write_history(tx, booking_id, status, reason, by_user_id)


def write_history(
    tx: Transaction, booking_id: UUID, status: BookingStatus, reason: str | None, by_user_id: UUID | None
) -> None:
    """Write down that a booking is in this state from now on, why, and by whom."""
    tx.run(
        """
        insert into booking_history (booking_id, status, reason, by_user_id)
        values (:booking_id, :status, :reason, :by_user_id)
        """,
        booking_id=booking_id,
        status=status,
        reason=reason,
        by_user_id=by_user_id,
    )


def confirm_paid(tx: Transaction, order_id: UUID) -> None:
    """PENDING → CONFIRMED for the booking of a locked order that is now PAID; one that is further on stays."""
    found = _behind(tx, order_id)
    if found and found[2] == "PENDING":
        move(tx, found[0], "CONFIRMED", "paid", None)


def refunded(tx: Transaction, order_id: UUID) -> None:
    """CANCELLED → REFUNDED for the booking of a locked order that is now REFUNDED; a CONFIRMED one is cancelled first."""
    found = _behind(tx, order_id)
    if found and found[2] == "CONFIRMED":
        move(tx, found[0], "CANCELLED", "refunded", None)
    if found and found[2] in ("CONFIRMED", "CANCELLED"):
        move(tx, found[0], "REFUNDED", "refunded", None)


def require_priced(tx: Transaction, order_id: UUID) -> None:
    """Refuse the order of a booking that nobody can pay: NotPriced by staff yet, or IllegalMove where it was called off."""
    found = _behind(tx, order_id)
    if found is None:
        return
    _, booking_number, status, is_priced = found
    if status in _CALLED_OFF:
        raise IllegalMove(f"Booking {booking_number}", status, "paid")
    if not is_priced:
        raise NotPriced(booking_number)


def was_called_off(tx: Transaction, order_id: UUID) -> bool:
    """Whether a locked order is that of a booking that was called off: no more money counts for it."""
    found = _behind(tx, order_id)
    return found is not None and found[2] in _CALLED_OFF


def refuse_behind_booking(tx: Transaction, order_id: UUID, move: str) -> None:
    """Raise IllegalMove for an order that has a booking: the order is changed through it alone."""
    found = _behind(tx, order_id)
    if found:
        raise IllegalMove("The order", f"that of booking {found[1]}", f"{move} by itself; use the booking")


def _behind(tx: Transaction, order_id: UUID) -> tuple[UUID, str, str, bool] | None:
    row = tx.row(
        "select id, booking_number, status, priced_at is not null from bookings where order_id = :order_id",
        order_id=order_id,
    )
    return (row[0], row[1], row[2], row[3]) if row else None
