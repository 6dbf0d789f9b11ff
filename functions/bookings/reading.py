"""Bookings as they are shown: the order behind one has its money, and what is for staff alone stays with staff."""

from uuid import UUID

from functions.bookings.schemas import BookingsQuery, MyBookingsQuery
from lib import db
from lib.config import config
from lib.db import Transaction
from lib.errors import NotFound
from lib.security.callers import Caller
from lib.web import Answer, Call, read_page

_BOOKING = """
    json_build_object(
        'id', b.id, 'booking_number', b.booking_number, 'order_id', b.order_id, 'user_id', b.user_id,
        'customer_name', u.first_name || ' ' || u.last_name, 'created_by_user_id', b.created_by_user_id,
        'creator_name', c.first_name || ' ' || c.last_name, 'booking_type', b.booking_type,
        'booking_source', b.booking_source, 'status', b.status, 'title_ar', b.title_ar, 'title_en', b.title_en,
        'description_ar', b.description_ar, 'description_en', b.description_en, 'start_date', b.start_date,
        'end_date', b.end_date, 'guest_count', b.guest_count, 'guest_names', b.guest_names,
        'customer_notes', b.customer_notes, 'internal_notes', case when :staff::boolean then b.internal_notes end,
        'booking_details', b.booking_details, 'confirmation_number', b.confirmation_number,
        'priced', b.priced_at is not null, 'payment_status', o.payment_status,
        'subtotal', money(o.subtotal, o.currency), 'tax_rate', trim_scale(o.tax_rate),
        'tax_amount', money(o.tax_amount, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
        'total_amount', money(o.total_amount, o.currency), 'amount_paid', money(o.amount_paid, o.currency),
        'currency', o.currency, 'created_at', b.created_at, 'updated_at', b.updated_at,
        'items', (
            select json_agg(json_build_object(
                'id', i.id, 'item_type', i.item_type, 'description_ar', i.description_ar,
                'description_en', i.description_en, 'quantity', trim_scale(i.quantity),
                'unit_price', money(i.unit_price, o.currency), 'total_price', money(i.total_price, o.currency),
                'item_details', i.item_details) order by i.position)
            from order_items i where i.order_id = b.order_id),
        'history', (
            select json_agg(json_build_object(
                'status', h.status, 'reason', h.reason, 'by', p.first_name || ' ' || p.last_name, 'at', h.at)
                order by h.id)
            from booking_history h left join users p on p.id = h.by_user_id where h.booking_id = b.id))
"""
_FROM = """
    from bookings b join orders o on o.id = b.order_id join users u on u.id = b.user_id
    join users c on c.id = b.created_by_user_id
"""
_FILTERS = {
    "status": "b.status = :status",
    "booking_type": "b.booking_type = :booking_type",
    "booking_source": "b.booking_source = :booking_source",
    "user_id": "b.user_id = :user_id",
    "starts_from": "b.start_date >= :starts_from",
    "starts_to": "b.start_date <= :starts_to",
}


def one_booking(caller: Caller, booking_id: UUID) -> bytes:
    """One booking. Raises NotFound where there is none, or not for this caller."""
    found = db.read_json(
        f"select {_BOOKING}::text {_FROM} where b.id = :id and (:staff::boolean or b.user_id = :caller_id)",
        id=booking_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    if found is None:
        raise NotFound("There is no such booking")
    return found


def as_it_stands(tx: Transaction, booking_id: UUID, *, for_staff: bool) -> bytes:
    """A booking as the open transaction has left it."""
    return tx.json(f"select {_BOOKING}::text {_FROM} where b.id = :id", id=booking_id, staff=for_staff)


def order_behind(caller: Caller, booking_id: UUID) -> UUID:
    """The id of a booking's order. Raises NotFound where there is none, or not for this caller."""
    rows = db.read(
        "select order_id from bookings where id = :id and (:staff::boolean or user_id = :caller_id)",
        id=booking_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    if not rows:
        raise NotFound("There is no such booking")
    return UUID(str(rows[0][0]))


def my_bookings(call: Call, query: MyBookingsQuery) -> Answer:
    """The caller's own bookings."""
    values = query.model_dump(include={"status"}, exclude_none=True)
    return _bookings(call, query, {**values, "user_id": call.caller.user_id})


def all_bookings(call: Call, query: BookingsQuery) -> Answer:
    """Bookings by the query's filters."""
    return _bookings(call, query, query.model_dump(include=set(_FILTERS), exclude_none=True))


def _bookings(call: Call, query: MyBookingsQuery, values: dict[str, object]) -> Answer:
    where = [*(_FILTERS[name] for name in values), "(b.created_at, b.id) < (:after_at::timestamptz, :after_id::uuid)"]
    page = read_page(
        f"""
        select {_BOOKING} as item, b.created_at as sort_at, b.id {_FROM}
        where {" and ".join(where)} order by b.created_at desc, b.id desc limit :limit::integer + 1
        """,
        query,
        staff=call.caller.is_staff,
        **values,
    )
    return Answer(page.body, headers=page.link(call.request, config().app_base_url))
