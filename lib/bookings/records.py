"""Every statement that changes bookings and their history. The booking's order must be locked."""

import secrets as randomness
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from lib.bookings import telling
from lib.bookings.queries import Booking
from lib.bookings.state import BookingStatus
from lib.db import Transaction
from lib.mail.outbox import Mail, queue_mails

BookingType = Literal[
    "HOTEL", "FLIGHT", "PACKAGE", "ACTIVITY", "TRANSFER", "VISA", "INSURANCE", "TRIP", "OFFER", "CUSTOM", "OTHER"
]
BookingSource = Literal["SELF", "ADMIN", "AGENT"]

CONFIRMATION_LENGTH = 8
_TOLD: Mapping[BookingStatus, Callable[[UUID, UUID], Mail]] = {
    "CONFIRMED": telling.confirmed,
    "CANCELLED": telling.cancelled,
}
_CONFIRMATION_CHARACTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True, kw_only=True)
class Details:
    """The fields that describe a booking. `guest_names` and `booking_details` are JSON."""

    booking_type: BookingType
    title_ar: str | None
    title_en: str | None
    description_ar: str | None
    description_en: str | None
    start_date: date | None
    end_date: date | None
    guest_count: int
    guest_names: str
    customer_notes: str | None
    internal_notes: str | None
    booking_details: str


@dataclass(frozen=True, kw_only=True)
class NewBooking:
    """A booking to insert. `is_priced`: staff have set its price."""

    order_id: UUID
    user_id: UUID
    created_by: UUID
    source: BookingSource
    is_priced: bool
    details: Details


def insert(tx: Transaction, new: NewBooking) -> UUID:
    """Insert a PENDING booking with the first line of its history, and return its id."""
    booking_id = tx.value(
        UUID,
        """
        insert into bookings (booking_number, order_id, user_id, created_by_user_id, booking_source, booking_type,
                              title_ar, title_en, description_ar, description_en, start_date, end_date,
                              guest_count, guest_names, customer_notes, internal_notes, booking_details, priced_at)
        values (take_number('BKG'), :order_id, :user_id, :created_by, :source, :booking_type, :title_ar, :title_en,
                :description_ar, :description_en, :start_date, :end_date, :guest_count, :guest_names::jsonb,
                :customer_notes, :internal_notes, :booking_details::jsonb, case when :priced::boolean then now() end)
        returning id
        """,
        order_id=new.order_id,
        user_id=new.user_id,
        created_by=new.created_by,
        source=new.source,
        priced=new.is_priced,
        **vars(new.details),
    )
    tx.run(
        """
        insert into booking_history (booking_id, status, by_user_id) values (:booking_id, 'PENDING', :by_user_id)
        """,
        booking_id=booking_id,
        by_user_id=new.created_by,
    )
    return booking_id


def replace_details(tx: Transaction, booking_id: UUID, details: Details, confirmation_number: str | None) -> Booking:
    """Replace the details of a booking, whatever its status."""
    return tx.one(
        Booking,
        """
        update bookings set booking_type = :booking_type, title_ar = :title_ar, title_en = :title_en,
               description_ar = :description_ar, description_en = :description_en, start_date = :start_date,
               end_date = :end_date, guest_count = :guest_count, guest_names = :guest_names::jsonb,
               customer_notes = :customer_notes, internal_notes = :internal_notes,
               booking_details = :booking_details::jsonb, confirmation_number = :confirmation_number, updated_at = now()
        where id = :id returning :row
        """,
        id=booking_id,
        confirmation_number=confirmation_number,
        **vars(details),
    )


def mark_priced(tx: Transaction, booking_id: UUID) -> Booking:
    """Record that staff have priced a booking. Pricing it again keeps the first time."""
    return tx.one(
        Booking,
        "update bookings set priced_at = coalesce(priced_at, now()) where id = :id returning :row",
        id=booking_id,
    )


def move(
    tx: Transaction, booking: Booking, status: BookingStatus, *, reason: str | None, by_user_id: UUID | None
) -> Booking:
    """Move a booking from the status in which it was read, add that to its history, and tell the customer by mail.

    `by_user_id` None: the system.
    """
    moved = _move(tx, booking.order_id, [booking.status], status, reason=reason, by_user_id=by_user_id)
    if moved is None:
        raise LookupError(f"booking {booking.booking_number} is no longer {booking.status}")
    if status in _TOLD:
        queue_mails(tx, [_TOLD[status](booking.id, booking.user_id)])
    return moved


def confirm_paid(tx: Transaction, order_id: UUID) -> None:
    """PENDING → CONFIRMED for the booking of a PAID order, if it has one. A booking in another status stays as it is.

    The caller queues the mail, together with what else it tells the customer.
    """
    _move(tx, order_id, ["PENDING"], "CONFIRMED", reason="paid", by_user_id=None)


def mark_refunded(tx: Transaction, order_id: UUID) -> None:
    """CONFIRMED → CANCELLED → REFUNDED for the booking of a REFUNDED order, if it has one.

    A CANCELLED one becomes REFUNDED. A booking in another status stays as it is. The caller queues the mail.
    """
    _move(tx, order_id, ["CONFIRMED"], "CANCELLED", reason="refunded", by_user_id=None)
    _move(tx, order_id, ["CANCELLED"], "REFUNDED", reason="refunded", by_user_id=None)


def _move(
    tx: Transaction,
    order_id: UUID,
    from_statuses: Sequence[BookingStatus],
    status: BookingStatus,
    *,
    reason: str | None,
    by_user_id: UUID | None,
) -> Booking | None:
    return tx.first(
        Booking,
        """
        with moved as (
            update bookings set status = :status, updated_at = now(),
                   confirmation_number = case when :status = 'CONFIRMED' then coalesce(confirmation_number, :number)
                                              else confirmation_number end
            where order_id = :order_id and status = any(:from_statuses::text[]) returning *
        ), written as (
            insert into booking_history (booking_id, status, reason, by_user_id)
            select id, status, :reason, :by_user_id::uuid from moved
        )
        select :row from moved
        """,
        order_id=order_id,
        from_statuses=list(from_statuses),
        status=status,
        number="".join(randomness.choice(_CONFIRMATION_CHARACTERS) for _ in range(CONFIRMATION_LENGTH)),
        reason=reason,
        by_user_id=by_user_id,
    )


def delete(tx: Transaction, booking_id: UUID) -> None:
    """Delete a booking and its history."""
    tx.run("delete from bookings where id = :id", id=booking_id)


def strike_out_people(tx: Transaction, user_id: UUID) -> None:
    """Remove from a customer's bookings who came along and what was noted, because their account is being closed."""
    tx.run(
        """
        update bookings set guest_names = '[]', booking_details = '{}', customer_notes = null, internal_notes = null
        where user_id = :user_id
        """,
        user_id=user_id,
    )
