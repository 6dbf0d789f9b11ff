"""Changes bookings: their texts at any time, their prices only while the order is a draft."""

import json
from decimal import Decimal
from uuid import UUID

from functions.bookings.locking import LockedBooking, lock_booking
from functions.bookings.making import (
    details_of,
    draft_of,
    require_consistent,
    require_named,
    require_prices,
    require_to_come,
)
from functions.bookings.schemas import BookingChanges, NewBooking
from lib import audit, db
from lib.audit import Actor
from lib.bookings import records as bookings
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid
from lib.orders import records as orders
from lib.orders.drafting import amounts_of, require_printable
from lib.security.rights import refuse_own_account

MONEY = ("items", "tax_rate", "discount_amount", "currency")
_CLEARABLE = (
    *("title_ar", "title_en", "description_ar", "description_en", "start_date", "end_date", "customer_notes"),
    *("internal_notes", "confirmation_number"),
)


class _Changeable(NewBooking):
    """A booking with the one field that only a change can set."""

    confirmation_number: str | None = None


@db.in_transaction
def change(tx: Transaction, actor: Actor, booking_id: UUID, changes: BookingChanges) -> None:
    """Change the fields of a booking that were sent; items also price it.

    Raises NotFound, OwnAccount, IllegalMove or Invalid.
    """
    require_prices(changes.items or ())
    locked = lock_booking(tx, booking_id)
    refuse_own_account(actor.user_id, locked.booking.user_id)
    old = _as_sent(tx, booking_id)
    new = _merged(old, changes)
    require_consistent(new)
    sent = changes.model_fields_set
    # What was booked by other rules stays as it is until it is changed itself.
    if new.start_date != old.start_date:
        require_to_come(new)
    if not sent.isdisjoint(("guest_names", "guest_count")):
        require_named(new)
    bookings.replace_details(tx, booking_id, details_of(new), new.confirmation_number)
    if locked.order.status == "DRAFT":
        _replace_money(tx, locked, new, is_price="items" in sent)
    elif any(getattr(old, name) != getattr(new, name) for name in MONEY):
        raise IllegalMove(f"The order of booking {locked.booking.booking_number}", locked.order.status, "priced anew")
    audit.record(
        tx,
        actor,
        "change",
        "booking",
        booking_id,
        before=old.model_dump(mode="json", include=sent),
        after=new.model_dump(mode="json", include=sent),
    )


def _merged(old: _Changeable, changes: BookingChanges) -> _Changeable:
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    nulls = [name for name, value in sent.items() if value is None and name not in _CLEARABLE]
    if nulls:
        raise Invalid([{"loc": ["body", name], "msg": "must not be null", "type": "null"} for name in nulls])
    return old.model_copy(update=sent)


def _replace_money(tx: Transaction, locked: LockedBooking, new: _Changeable, *, is_price: bool) -> None:
    draft = draft_of(new, locked.booking.user_id)
    if is_price:
        require_printable(draft)
    orders.replace_draft(tx, locked.order, draft, amounts_of(draft))
    if is_price:
        bookings.mark_priced(tx, locked.booking.id)


def _as_sent(tx: Transaction, booking_id: UUID) -> _Changeable:
    """A booking in the form of the request that made it, so that changes can be merged into it."""
    document = tx.json(
        """
        select json_build_object(
            'user_id', b.user_id, 'booking_type', b.booking_type, 'title_ar', b.title_ar, 'title_en', b.title_en,
            'description_ar', b.description_ar, 'description_en', b.description_en, 'start_date', b.start_date,
            'end_date', b.end_date, 'guest_count', b.guest_count, 'guest_names', b.guest_names,
            'customer_notes', b.customer_notes, 'internal_notes', b.internal_notes,
            'booking_details', b.booking_details, 'confirmation_number', b.confirmation_number, 'currency', o.currency,
            'tax_rate', trim_scale(o.tax_rate)::text, 'discount_amount', money(o.discount_amount, o.currency)::text,
            'items', i.items)::text
        from bookings b join orders o on o.id = b.order_id join sent_items i on i.order_id = o.id where b.id = :id
        """,
        id=booking_id,
    )
    return _Changeable.model_validate(json.loads(document, parse_float=Decimal))
