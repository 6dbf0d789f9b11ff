"""Orders as they are shown: PostgreSQL builds the JSON, and who may see an order stands in the where."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from functions.orders.schemas import MyOrdersQuery, OrdersQuery
from lib import db
from lib.config import config
from lib.errors import NotFound
from lib.security.callers import Caller
from lib.web import Answer, Call, read_page

ORDER = """
    json_build_object(
        'id', o.id, 'order_number', o.order_number, 'user_id', o.user_id, 'created_by_user_id', o.created_by_user_id,
        'order_type', o.order_type, 'status', o.status, 'payment_status', o.payment_status,
        'subtotal', money(o.subtotal, o.currency), 'tax_rate', trim_scale(o.tax_rate),
        'tax_amount', money(o.tax_amount, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
        'total_amount', money(o.total_amount, o.currency), 'amount_paid', money(o.amount_paid, o.currency),
        'amount_refunded', money(o.amount_refunded, o.currency),
        'points_held', (select coalesce(sum(points), 0) from holds where order_id = o.id and state = 'HELD'),
        'amount_held', (select money(coalesce(sum(amount), 0), o.currency) from holds
                        where order_id = o.id and state = 'HELD'),
        'currency', o.currency, 'notes_ar', o.notes_ar, 'notes_en', o.notes_en, 'is_free', o.is_free,
        'due_date', o.due_date, 'issued_at', o.issued_at, 'paid_at', o.paid_at, 'created_at', o.created_at,
        'updated_at', o.updated_at, 'invoice_number', (select invoice_number from invoices where order_id = o.id),
        'items', (
            select coalesce(json_agg(json_build_object(
                'id', i.id, 'description_ar', i.description_ar, 'description_en', i.description_en,
                'quantity', trim_scale(i.quantity), 'unit_price', money(i.unit_price, o.currency),
                'total_price', money(i.total_price, o.currency), 'currency', o.currency) order by i.position), '[]')
            from order_items i where i.order_id = o.id),
        'user', json_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name,
                                  'username', u.username, 'email', u.email, 'phone', u.phone))
"""
ORDER_BY_ID = f"select {ORDER}::text from orders o join users u on u.id = o.user_id where o.id = :id"  # noqa: S608 - constants

_FILTERS = {
    "status": "o.status = :status",
    "payment_status": "o.payment_status = :payment_status",
    "user_id": "o.user_id = :user_id",
    "created_from": "o.created_at >= :created_from",
    "created_to": "o.created_at < :created_to",
    "q": """
        (lower(o.order_number) like :q or o.user_id in (
            select id from users where lower(first_name || ' ' || last_name || ' ' || email || ' ' ||
                                             coalesce(username, '') || ' ' || coalesce(phone, '')) like :q))
        """,
}


def one_order(caller: Caller, order_id: UUID) -> bytes:
    """One order. Raises NotFound where there is none, or not for this caller."""
    found = db.read_json(
        f"{ORDER_BY_ID} and (:staff::boolean or o.user_id = :caller_id)",
        id=order_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    if found is None:
        raise NotFound("There is no such order")
    return found


def my_orders(call: Call, query: MyOrdersQuery) -> Answer:
    """The caller's own orders."""
    values = query.model_dump(include={"status", "payment_status"}, exclude_none=True)
    return _orders(call, query, {**values, "user_id": call.caller.user_id})


def all_orders(call: Call, query: OrdersQuery) -> Answer:
    """Orders by the query's filters; a plain date counts from its first to its last moment in UTC."""
    values = query.model_dump(include=set(_FILTERS), exclude_none=True)
    if query.created_from is not None:
        values["created_from"] = _moment(query.created_from)
    if query.created_to is not None:
        values["created_to"] = _end(query.created_to)
    if query.q is not None:
        values["q"] = "%" + query.q.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return _orders(call, query, values)


def _moment(given: datetime | date) -> datetime:
    return given if isinstance(given, datetime) else datetime.combine(given, time.min, UTC)


def _end(given: datetime | date) -> datetime:
    if isinstance(given, datetime):
        return given
    # The last day of the calendar has no day after it.
    return datetime.max.replace(tzinfo=UTC) if given == date.max else _moment(given + timedelta(days=1))


def _orders(call: Call, query: MyOrdersQuery, values: dict[str, object]) -> Answer:
    where = [*(_FILTERS[name] for name in values), "(o.created_at, o.id) < (:after_at::timestamptz, :after_id::uuid)"]
    page = read_page(
        f"""
        select {ORDER} as item, o.created_at as sort_at, o.id
        from orders o join users u on u.id = o.user_id
        where {" and ".join(where)} order by o.created_at desc, o.id desc limit :limit::integer + 1
        """,  # noqa: S608 - only constants are joined
        query,
        **values,
    )
    return Answer(page.body, headers=page.link(call.request, config().app_base_url))
