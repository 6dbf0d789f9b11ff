"""Makes bookings. Those of staff have a price at once; a customer's is a request that staff price later."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from functions.bookings.details import as_json
from functions.bookings.schemas import NewBooking, NewBookingItem
from lib import audit, db
from lib.audit import Actor
from lib.bookings import records as bookings
from lib.bookings.records import BookingSource, Details
from lib.days import CAIRO
from lib.db import Transaction
from lib.errors import FieldError, Forbidden, Invalid
from lib.orders import records as orders
from lib.orders.drafting import Draft, amounts_of, require_may_give_away, require_printable, require_user
from lib.orders.items import DEFAULT_TAX_RATE
from lib.security.callers import Caller


@db.in_transaction
def create(tx: Transaction, caller: Caller, actor: Actor, new: NewBooking) -> UUID:
    """Make a booking and its order; the booking's id.

    Raises Invalid, or Forbidden if a customer books for somebody else.
    """
    user_id = _customer_of(tx, caller, new)
    # Staff who book for themselves make a request as any customer does, and a colleague prices it.
    is_by_staff = caller.is_staff and user_id != caller.user_id
    if is_by_staff:
        require_prices(new.items)
    accepted = new if is_by_staff else _without_staff_fields(new)
    require_consistent(accepted)
    require_to_come(accepted)
    require_named(accepted)
    draft = draft_of(accepted, user_id)
    require_printable(draft)
    amounts = amounts_of(draft)
    if is_by_staff:
        require_may_give_away(caller.role, amounts)
    order = orders.insert_draft(tx, draft, amounts, created_by=caller.user_id)
    booking_id = bookings.insert(
        tx,
        bookings.NewBooking(
            order_id=order.id,
            user_id=user_id,
            created_by=caller.user_id,
            source=_source(caller.role) if is_by_staff else "SELF",
            is_priced=is_by_staff,
            details=details_of(accepted),
        ),
    )
    if caller.is_staff:
        made = {"total_amount": amounts.total_amount, "user_id": user_id}
        audit.record(tx, actor, "create", "booking", booking_id, after=made)
    return booking_id


def require_consistent(booking: NewBooking) -> None:
    """Raise Invalid if a booking has no title or ends before it starts."""
    if not booking.title_ar and not booking.title_en:
        raise Invalid.field(["body", "title_en"], "title_ar or title_en is needed")
    if booking.start_date and booking.end_date and booking.start_date > booking.end_date:
        raise Invalid.field(["body", "end_date"], "must not be before start_date")


def require_to_come(booking: NewBooking) -> None:
    """Raise Invalid if a booking has no first day, or one that is over in Cairo."""
    if booking.start_date is None:
        raise Invalid.field(["body", "start_date"], "is needed: when does it start?", "missing")
    today = datetime.now(CAIRO).date()
    if booking.start_date < today:
        raise Invalid.field(["body", "start_date"], f"must not be before today, {today}")


def require_named(booking: NewBooking) -> None:
    """Raise Invalid if a booking has more names than guests."""
    if len(booking.guest_names) > booking.guest_count:
        raise Invalid.field(["body", "guest_names"], f"must be at most {booking.guest_count}, as many as there are guests")


def require_prices(items: Sequence[NewBookingItem]) -> None:
    """Raise Invalid if an item that staff sent has no price."""
    missing: list[FieldError] = [
        {"loc": ["body", "items", index, "unit_price"], "msg": "is needed", "type": "missing"}
        for index, item in enumerate(items)
        if "unit_price" not in item.model_fields_set
    ]
    if missing:
        raise Invalid(missing)


def draft_of(booking: NewBooking, user_id: UUID) -> Draft:
    """The draft of a booking's order."""
    return Draft(
        user_id=user_id,
        order_type="SERVICE",
        items=booking.items,
        tax_rate=booking.tax_rate,
        discount_amount=booking.discount_amount,
        currency=booking.currency,
    )


def details_of(booking: NewBooking) -> Details:
    """The fields that describe a booking."""
    return Details(
        booking_type=booking.booking_type,
        title_ar=booking.title_ar,
        title_en=booking.title_en,
        description_ar=booking.description_ar,
        description_en=booking.description_en,
        start_date=booking.start_date,
        end_date=booking.end_date,
        guest_count=booking.guest_count,
        guest_names=json.dumps(booking.guest_names),
        customer_notes=booking.customer_notes,
        internal_notes=booking.internal_notes,
        booking_details=as_json(booking.booking_details),
    )


def _customer_of(tx: Transaction, caller: Caller, new: NewBooking) -> UUID:
    if not caller.is_staff:
        if new.user_id not in (None, caller.user_id):
            raise Forbidden("A customer books for themselves alone")
        return caller.user_id
    if new.user_id is None:
        raise Invalid.field(["body", "user_id"], "is needed: for whom is this booking?", "missing")
    require_user(tx, new.user_id)
    return new.user_id


def _without_staff_fields(new: NewBooking) -> NewBooking:
    """A customer's request without the fields that only staff may set: prices, discount, tax rate and internal notes."""
    return new.model_copy(
        update={
            "items": [item.model_copy(update={"unit_price": Decimal(0)}) for item in new.items],
            "discount_amount": Decimal(0),
            "tax_rate": DEFAULT_TAX_RATE,
            "internal_notes": None,
        }
    )


def _source(role: str) -> BookingSource:
    if role == "CUSTOMER":
        return "SELF"
    return "AGENT" if role == "AGENT" else "ADMIN"
