"""Payments and webhooks as lists, and one payment's status: each read is one statement."""

from uuid import UUID

from functions.payments_webhook.schemas import PaymentQuery, WebhookLogQuery
from lib import db
from lib.config import config
from lib.errors import NotFound
from lib.security.callers import Caller
from lib.web import Answer, Call, Page, read_page

MOST_COUNTED = 1000

_BOOKING = """
    case when b.id is not null then json_build_object(
        'id', b.id, 'booking_number', b.booking_number, 'title_en', b.title_en, 'title_ar', b.title_ar,
        'booking_type', b.booking_type, 'start_date', b.start_date, 'end_date', b.end_date) end
"""
_PAYMENT = f"""
    select json_build_object(
        'id', p.id, 'payment_number', p.payment_number, 'amount', money(p.amount, p.currency), 'currency', p.currency,
        'status', p.status, 'payment_method', p.payment_method, 'payment_type', p.payment_type, 'source', 'PAYMENT',
        'review_reason', case when p.resolution is null then p.review_reason end,
        'created_at', p.created_at, 'paid_at', p.paid_at,
        'order', json_build_object('id', o.id, 'order_number', o.order_number, 'notes_en', o.notes_en,
                                   'notes_ar', o.notes_ar),
        'booking', {_BOOKING}) as item, p.created_at as sort_at, p.id
    from payments p join orders o on o.id = p.order_id left join bookings b on b.order_id = o.id
"""  # noqa: S608 - a constant
_UNPAID_ORDER = f"""
    select json_build_object(
        'id', o.id, 'payment_number', o.order_number, 'amount', money(o.total_amount, o.currency), 'currency', o.currency,
        'status', o.payment_status, 'payment_method', 'INVOICE',
        'payment_type', case when b.id is null then 'ORDER' else 'BOOKING' end, 'source', 'INVOICE',
        'review_reason', null, 'created_at', o.created_at, 'paid_at', o.paid_at,
        'order', json_build_object('id', o.id, 'order_number', o.order_number, 'notes_en', o.notes_en,
                                   'notes_ar', o.notes_ar),
        'booking', {_BOOKING}), o.created_at, o.id
    from orders o left join bookings b on b.order_id = o.id
"""  # noqa: S608 - a constant
_ORDER_WHERE = "not exists (select from payments p where p.order_id = o.id)"

_PAYMENT_FILTERS = {
    "status": "p.status = :status",
    "order_id": "p.order_id = :order_id",
    "user_id": "p.user_id = :user_id",
    "in_review": "(p.review_reason is not null and p.resolution is null) = :in_review",
}
_ORDER_FILTERS = {
    "status": "o.payment_status = :status",
    "order_id": "o.id = :order_id",
    "user_id": "o.user_id = :user_id",
    "in_review": "not :in_review::boolean",
}


def my_payments(call: Call, query: PaymentQuery) -> Answer:
    """The caller's own, whatever the query says of whose."""
    return _payments(call, query.model_copy(update={"user_id": call.caller.user_id}))


def all_payments(call: Call, query: PaymentQuery) -> Answer:
    """Everybody's, by the query's filters."""
    return _payments(call, query)


def _payments(call: Call, query: PaymentQuery) -> Answer:
    values = query.model_dump(include=set(_PAYMENT_FILTERS), exclude_none=True)
    of_payments = [_PAYMENT_FILTERS[name] for name in values]
    of_orders = [_ORDER_WHERE, *(_ORDER_FILTERS[name] for name in values)]
    page = read_page(
        f"""
        ({_PAYMENT} where {" and ".join([*of_payments, "(p.created_at, p.id) < (:after_at::timestamptz, :after_id::uuid)"])}
         order by p.created_at desc, p.id desc limit :limit::integer + 1)
        union all
        ({_UNPAID_ORDER}
         where {" and ".join([*of_orders, "(o.created_at, o.id) < (:after_at::timestamptz, :after_id::uuid)"])}
         order by o.created_at desc, o.id desc limit :limit::integer + 1)
        """,
        query,
        **values,
    )
    counted = db.read(
        f"""
        select count(*) from (
            (select from payments p where {" and ".join(of_payments) or "true"} limit {MOST_COUNTED})
            union all (select from orders o where {" and ".join(of_orders)} limit {MOST_COUNTED})
            limit {MOST_COUNTED}) counted
        """,  # noqa: S608 - only constants are joined
        **values,
    )
    body = b'{"items": %b, "total": %d}' % (page.body, counted[0][0])
    return _paged(call, page, body)


def webhook_logs(call: Call, query: WebhookLogQuery) -> Answer:
    """Webhooks, newest first, each with all that was done about it and the last outcome on top."""
    values = query.model_dump(include={"outcome", "invoice_id", "payment_id"}, exclude_none=True)
    filters = {
        "outcome": "last.outcome = :outcome",
        "invoice_id": "e.invoice_id = :invoice_id",
        "payment_id": "last.payment_id = :payment_id",
    }
    where = [*(filters[name] for name in values), "(e.received_at, e.id) < (:after_at::timestamptz, :after_id::uuid)"]
    page = read_page(
        f"""
        select json_build_object(
            'id', e.id, 'received_at', e.received_at, 'hash_held', e.hash_held, 'digest', e.digest, 'kind', e.kind,
            'shape', e.shape, 'encoding', e.encoding, 'invoice_id', e.invoice_id, 'reference', e.reference,
            'body', e.body, 'outcome', last.outcome, 'detail', last.detail, 'payment_id', last.payment_id,
            'outcomes', (select coalesce(json_agg(json_build_object('at', o.at, 'outcome', o.outcome, 'detail', o.detail,
                                                                    'payment_id', o.payment_id) order by o.at), '[]')
                         from webhook_outcomes o where o.event_id = e.id and o.event_received_at = e.received_at)
            ) as item, e.received_at as sort_at, e.id
        from webhook_events e
        left join lateral (select * from webhook_outcomes o
                           where o.event_id = e.id and o.event_received_at = e.received_at
                           order by o.at desc limit 1) last on true
        where {" and ".join(where)}
        order by e.received_at desc, e.id desc limit :limit::integer + 1
        """,  # noqa: S608 - only constants are joined
        query,
        **values,
    )
    return _paged(call, page, page.body)


def _paged(call: Call, page: Page, body: bytes) -> Answer:
    return Answer(body, headers=page.link(call.request, config().app_base_url))


def status(caller: Caller, payment_id: UUID) -> bytes:
    """How a payment stands. Raises NotFound where there is none, or not for this caller."""
    found = db.read_json(
        """
        select json_build_object(
            'payment_id', id, 'payment_number', payment_number, 'status', status, 'amount', money(amount, currency),
            'currency', currency, 'paid_at', paid_at, 'error_message', error_message,
            'review_reason', case when resolution is null then review_reason end, 'resolution', resolution)::text
        from payments where id = :id and (:staff::boolean or user_id = :caller_id)
        """,
        id=payment_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    if found is None:
        raise NotFound("There is no such payment")
    return found
