"""Changing bookings: their texts at any time, their money while nothing of it was promised."""

import json
from decimal import Decimal
from uuid import UUID

from functions.bookings.locking import LockedBooking, lock_booking
from functions.bookings.making import columns_of, draft_of, require_prices, require_sense
from functions.bookings.reading import as_it_stands
from functions.bookings.schemas import BookingChanges, NewBooking
from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid
from lib.orders.drafting import ITEMS_AS_SENT, amounts_of, replace_draft

MONEY = ("items", "tax_rate", "discount_amount", "currency")
_CLEARABLE = (
    *("title_ar", "title_en", "description_ar", "description_en", "start_date", "end_date", "customer_notes"),
    *("internal_notes", "confirmation_number"),
)


class _Changeable(NewBooking):
    """A booking with what only a change can bring."""

    confirmation_number: str | None = None


@db.in_transaction
def change(tx: Transaction, actor: Actor, booking_id: UUID, changes: BookingChanges) -> bytes:
    """Change a booking; what was not sent stays, and items price it. Raises NotFound, IllegalMove or Invalid."""
    require_prices(changes.items or ())
    booking = lock_booking(tx, booking_id)
    old = _as_sent(tx, booking_id)
    new = _merged(old, changes)
    require_sense(new)
    sent = changes.model_fields_set
    _write(tx, booking_id, new)
    if booking.order.status == "DRAFT":
        _write_money(tx, booking, new, is_price="items" in sent)
    elif any(getattr(old, name) != getattr(new, name) for name in MONEY):
        raise IllegalMove(f"The order of booking {booking.booking_number}", booking.order.status, "priced anew")
    audit.record(
        tx,
        actor,
        "change",
        "booking",
        booking_id,
        before=old.model_dump(mode="json", include=sent),
        after=new.model_dump(mode="json", include=sent),
    )
    return as_it_stands(tx, booking_id, for_staff=True)


def _merged(old: _Changeable, changes: BookingChanges) -> _Changeable:
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    nulls = [name for name, value in sent.items() if value is None and name not in _CLEARABLE]
    if nulls:
        raise Invalid([{"loc": ["body", name], "msg": "must not be null", "type": "null"} for name in nulls])
    return old.model_copy(update=sent)


def _write(tx: Transaction, booking_id: UUID, new: _Changeable) -> None:
    tx.run(
        """
        update bookings set booking_type = :booking_type, title_ar = :title_ar, title_en = :title_en,
               description_ar = :description_ar, description_en = :description_en, start_date = :start_date,
               end_date = :end_date, guest_count = :guest_count, guest_names = :guest_names::jsonb,
               customer_notes = :customer_notes, internal_notes = :internal_notes,
               booking_details = :booking_details::jsonb, confirmation_number = :confirmation_number, updated_at = now()
        where id = :id
        """,
        id=booking_id,
        confirmation_number=new.confirmation_number,
        **columns_of(new),
    )


def _write_money(tx: Transaction, booking: LockedBooking, new: _Changeable, *, is_price: bool) -> None:
    draft = draft_of(new, booking.user_id)
    replace_draft(tx, booking.order.id, draft, amounts_of(draft))
    if is_price:
        tx.run("update bookings set priced_at = coalesce(priced_at, now()) where id = :id", id=booking.id)


def _as_sent(tx: Transaction, booking_id: UUID) -> _Changeable:
    """A booking in the form in which it was sent, so that changes can be laid over it."""
    found = tx.json(
        f"""
        select json_build_object(
            'user_id', b.user_id, 'booking_type', b.booking_type, 'title_ar', b.title_ar, 'title_en', b.title_en,
            'description_ar', b.description_ar, 'description_en', b.description_en, 'start_date', b.start_date,
            'end_date', b.end_date, 'guest_count', b.guest_count, 'guest_names', b.guest_names,
            'customer_notes', b.customer_notes, 'internal_notes', b.internal_notes,
            'booking_details', b.booking_details, 'confirmation_number', b.confirmation_number, 'currency', o.currency,
            'tax_rate', trim_scale(o.tax_rate)::text, 'discount_amount', money(o.discount_amount, o.currency)::text,
            'items', {ITEMS_AS_SENT})::text
        from bookings b join orders o on o.id = b.order_id where b.id = :id
        """,  # noqa: S608 - a constant
        id=booking_id,
    )
    return _Changeable.model_validate(json.loads(found, parse_float=Decimal))
