"""Changes bookings: their texts at any time, their prices only while nothing of them is paid."""

import json
from decimal import Decimal
from uuid import UUID

from functions.bookings.forms import destination_in, one_item, pay_and_change_points, require_rights, title_of
from functions.bookings.locking import LockedBooking, lock_booking
from functions.bookings.making import (
    details_of,
    draft_of,
    require_consistent,
    require_named,
    require_prices,
    require_to_come,
)
from functions.bookings.schemas import BookingChanges, BookingPayment, NewBooking
from lib import audit, db
from lib.audit import Actor
from lib.bookings import records as bookings
from lib.bookings import telling
from lib.db import Transaction
from lib.errors import Conflict, IllegalMove, Invalid
from lib.holds.records import held_by_order
from lib.mail.outbox import queue_mails
from lib.orders import records as orders
from lib.orders.drafting import amounts_of, require_may_give_away, require_printable
from lib.security.rights import refuse_own_account

# What staff alone see: changing it is nothing to tell the customer.
_UNSEEN = {"internal_notes"}
MONEY = ("items", "tax_rate", "discount_amount", "currency")
_CLEARABLE = {
    *("title_ar", "title_en", "description_ar", "description_en", "start_date", "end_date", "customer_notes", "notes"),
    *("internal_notes", "confirmation_number", "payment_method", "points_action", "points_reason"),
}
# What the app's form calls by names of its own, and how it says that the booking is paid.
_OF_THE_FORM = {
    *("user_id", "destination", "num_persons", "notes", "original_price", "discount"),
    *BookingPayment.model_fields,
}


class _Changeable(NewBooking):
    """A booking with the one field that only a change can set."""

    confirmation_number: str | None = None

    @property
    def subtotal(self) -> Decimal:
        """The sum of its items, in major units."""
        return amounts_of(draft_of(self, UUID(int=0))).subtotal


@db.in_transaction
def change(tx: Transaction, actor: Actor, booking_id: UUID, changes: BookingChanges) -> None:
    """Change the fields of a booking that were sent; items also price it, and a form may say that it is paid.

    Raises NotFound, OwnAccount, Forbidden, IllegalMove, Conflict, InsufficientBalance, PaymentInReview or Invalid.
    """
    require_prices(changes.items or ())
    locked = lock_booking(tx, booking_id)
    refuse_own_account(actor.user_id, locked.booking.user_id)
    if changes.user_id not in (None, locked.booking.user_id):
        raise Invalid.field(["body", "user_id"], "is the customer who travels; make a new booking for somebody else")
    payment = _payment_of(tx, locked, changes)
    require_rights(actor, payment)
    old = _as_sent(tx, booking_id)
    new = _merged(old, changes)
    require_consistent(new)
    sent = {name for name in type(new).model_fields if getattr(new, name) != getattr(old, name)}
    sent |= changes.model_fields_set & type(new).model_fields.keys()
    # What was booked by other rules stays as it is until it is changed itself.
    if new.start_date != old.start_date:
        require_to_come(new)
    if not sent.isdisjoint(("guest_names", "guest_count")):
        require_named(new)
    _refuse_another_price_once_paid(tx, locked, old, new)
    bookings.replace_details(tx, booking_id, details_of(new), new.confirmation_number)
    is_money_changed = any(getattr(old, name) != getattr(new, name) for name in MONEY)
    if locked.order.status == "DRAFT" and (is_money_changed or "items" in sent):
        _replace_money(tx, locked, actor, new, is_price="items" in sent)
    elif is_money_changed:
        raise IllegalMove(f"The order of booking {locked.booking.booking_number}", locked.order.status, "priced anew")
    if sent:
        audit.record(
            tx,
            actor,
            "change",
            "booking",
            booking_id,
            before=old.model_dump(mode="json", include=sent),
            after=new.model_dump(mode="json", include=sent),
        )
    if any(getattr(old, name) != getattr(new, name) for name in sent - _UNSEEN):
        queue_mails(tx, [telling.changed(booking_id, locked.booking.user_id)])
    pay_and_change_points(tx, actor, booking_id, locked.order.id, payment)


def _payment_of(tx: Transaction, locked: LockedBooking, changes: BookingChanges) -> BookingPayment:
    """What the form asks to be paid now; the status that the booking has already asks for nothing. Raises Invalid."""
    asked = BookingPayment(**{name: getattr(changes, name) for name in BookingPayment.model_fields})
    shown = tx.value(
        str,
        """
        select shown_payment_status(o.status, o.payment_status, (
            select coalesce(sum(amount), 0) from holds h where h.order_id = o.id and h.state = 'HELD'))
        from orders o where o.id = :id
        """,
        id=locked.order.id,
    )
    if "payment_status" not in changes.model_fields_set or asked.payment_status == shown:
        return asked.model_copy(update={"payment_status": "UNPAID"})
    if asked.payment_status == "PARTIAL" and (shown == "PARTIALLY_PAID" or asked.wallet_to_use > 0):
        return asked
    if asked.payment_status == "PAID" and shown in ("UNPAID", "PARTIALLY_PAID"):
        return asked
    message = f"must be PAID, or stay {shown}; money is given back by a refund, and a booking is called off by cancelling it"
    raise Invalid.field(["body", "payment_status"], message)


def _refuse_another_price_once_paid(tx: Transaction, locked: LockedBooking, old: _Changeable, new: _Changeable) -> None:
    """Raise Conflict if something of a booking is paid or held and its price, currency or type would change."""
    if locked.order.amount_paid == 0 and not held_by_order(tx, locked.order.id):
        return
    changed = [name for name in (*MONEY, "booking_type") if getattr(old, name) != getattr(new, name)]
    if changed:
        raise Conflict(
            f"Something of booking {locked.booking.booking_number} is paid or held, so its price, currency and type stay "
            f"({', '.join(changed)}). Refund or cancel it, and make a new one"
        )


def _named_by_the_form(old: _Changeable, changes: BookingChanges) -> dict[str, object]:
    """What the form's own fields change of a booking, by the booking's names."""
    found: dict[str, object] = {}
    if changes.num_persons is not None:
        found["guest_count"] = changes.num_persons
    if "notes" in changes.model_fields_set:
        found["customer_notes"] = changes.notes or None
    shown = destination_in(old.title_en or old.title_ar or "")
    destination = changes.destination or shown
    booking_type = changes.booking_type or old.booking_type
    if changes.destination is not None and (destination, booking_type) != (shown, old.booking_type):
        found["title_en"] = found["title_ar"] = title_of(booking_type, destination)
    price = old.subtotal if changes.original_price is None else changes.original_price
    discount = old.discount_amount if changes.discount is None else changes.discount
    if (price, discount) != (old.subtotal, old.discount_amount):
        persons = changes.num_persons or old.guest_count
        found |= {"items": [one_item(destination, persons, price)], "discount_amount": discount}
    return found


def _merged(old: _Changeable, changes: BookingChanges) -> _Changeable:
    sent = {name: getattr(changes, name) for name in changes.model_fields_set - _OF_THE_FORM}
    nulls = [name for name in changes.model_fields_set - _CLEARABLE if getattr(changes, name) is None]
    if nulls:
        raise Invalid([{"loc": ["body", name], "msg": "must not be null", "type": "null"} for name in nulls])
    return old.model_copy(update={**sent, **_named_by_the_form(old, changes)})


def _replace_money(tx: Transaction, locked: LockedBooking, actor: Actor, new: _Changeable, *, is_price: bool) -> None:
    draft = draft_of(new, locked.booking.user_id)
    if is_price:
        require_printable(draft)
    amounts = amounts_of(draft)
    if is_price or locked.booking.is_priced:
        require_may_give_away(actor.role, amounts)
    orders.replace_draft(tx, locked.order, draft, amounts)
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
