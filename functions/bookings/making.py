"""Making bookings: by staff, priced at once; by a customer, a request that staff price later."""

import json
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from functions.bookings.details import as_json
from functions.bookings.reading import as_it_stands
from functions.bookings.schemas import BookingSource, NewBooking, NewBookingItem
from lib import audit, db
from lib.audit import Actor
from lib.bookings.moves import write_history
from lib.db import Transaction
from lib.errors import FieldError, Forbidden, Invalid
from lib.orders.drafting import Draft, amounts_of, insert_draft, require_user
from lib.orders.items import DEFAULT_TAX_RATE
from lib.security.callers import Caller


@db.in_transaction
def create(tx: Transaction, caller: Caller, actor: Actor, new: NewBooking) -> bytes:
    """Make a booking and the order behind it. Raises Invalid, or Forbidden where a customer names somebody else."""
    user_id = _for_whom(tx, caller, new)
    if caller.is_staff:
        require_prices(new.items)
    wanted = new if caller.is_staff else _request(new)
    require_sense(wanted)
    draft = draft_of(wanted, user_id)
    amounts = amounts_of(draft)
    order_id = insert_draft(tx, draft, amounts, caller.user_id)
    booking_id = _insert(tx, caller, wanted, user_id, order_id)
    write_history(tx, booking_id, "PENDING", None, caller.user_id)
    if caller.is_staff:
        made = {"total_amount": amounts.total_amount, "user_id": user_id}
        audit.record(tx, actor, "create", "booking", booking_id, after=made)
    return as_it_stands(tx, booking_id, for_staff=caller.is_staff)


def require_sense(booking: NewBooking) -> None:
    """Raise Invalid for a booking without a title, or one that ends before it starts."""
    if not booking.title_ar and not booking.title_en:
        raise Invalid.field(["body", "title_en"], "title_ar or title_en is needed")
    if booking.start_date and booking.end_date and booking.start_date > booking.end_date:
        raise Invalid.field(["body", "end_date"], "must not be before start_date")


def require_prices(items: Sequence[NewBookingItem]) -> None:
    """Raise Invalid for items that staff have left without a price."""
    missing: list[FieldError] = [
        {"loc": ["body", "items", index, "unit_price"], "msg": "is needed", "type": "missing"}
        for index, item in enumerate(items)
        if "unit_price" not in item.model_fields_set
    ]
    if missing:
        raise Invalid(missing)


def draft_of(booking: NewBooking, user_id: UUID) -> Draft:
    """The order behind a booking."""
    return Draft(
        user_id=user_id,
        order_type="SERVICE",
        items=booking.items,
        tax_rate=booking.tax_rate,
        discount_amount=booking.discount_amount,
        currency=booking.currency,
    )


def columns_of(booking: NewBooking) -> dict[str, object]:
    """What of a booking stands in its own row and can be changed."""
    texts = booking.model_dump(
        include={
            *("booking_type", "title_ar", "title_en", "description_ar", "description_en", "start_date", "end_date"),
            *("guest_count", "customer_notes", "internal_notes"),
        }
    )
    return {
        **texts,
        "guest_names": json.dumps(booking.guest_names),
        "booking_details": as_json(booking.booking_details),
    }


def _for_whom(tx: Transaction, caller: Caller, new: NewBooking) -> UUID:
    if not caller.is_staff:
        if new.user_id not in (None, caller.user_id):
            raise Forbidden("A customer books for themselves alone")
        return caller.user_id
    if new.user_id is None:
        raise Invalid.field(["body", "user_id"], "is needed: for whom is this booking?", "missing")
    require_user(tx, new.user_id)
    return new.user_id


def _request(new: NewBooking) -> NewBooking:
    """What a customer may ask for: no prices, no discount, no tax of their own, no notes among staff."""
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


def _insert(tx: Transaction, caller: Caller, new: NewBooking, user_id: UUID, order_id: UUID) -> UUID:
    return UUID(
        str(
            tx.value(
                """
                insert into bookings (booking_number, order_id, user_id, created_by_user_id, booking_source, booking_type,
                                      title_ar, title_en, description_ar, description_en, start_date, end_date,
                                      guest_count, guest_names, customer_notes, internal_notes, booking_details, priced_at)
                values (take_number('BKG'), :order_id, :user_id, :created_by, :source, :booking_type, :title_ar, :title_en,
                        :description_ar, :description_en, :start_date, :end_date, :guest_count, :guest_names::jsonb,
                        :customer_notes, :internal_notes, :booking_details::jsonb, case when :priced::boolean then now() end)
                returning id
                """,
                order_id=order_id,
                user_id=user_id,
                created_by=caller.user_id,
                source=_source(caller.role),
                priced=caller.is_staff,
                **columns_of(new),
            )
        )
    )
