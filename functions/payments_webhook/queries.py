"""Reads payments and webhooks for responses."""

from dataclasses import dataclass
from uuid import UUID

from functions.payments_webhook import looking
from functions.payments_webhook.schemas import PaymentQuery, WebhookLogQuery
from lib import db
from lib.errors import NotFound, require_found
from lib.security.callers import Caller
from lib.web import Call, Listing, Response, read_counted_page, read_page

MOST_COUNTED = 1000

_FILTERS = {
    "status": "status = :status",
    "order_id": "order_id = :order_id",
    "user_id": "user_id = :user_id",
    "in_review": "in_review = :in_review",
}
_PAYMENTS = Listing("payment_documents", _FILTERS)
_PAYMENTS_FOR_STAFF = Listing("payment_documents_for_staff", _FILTERS)
_UNPAID_ORDERS = Listing("unpaid_order_documents", _FILTERS)
# Whether an outcome is an event's last is seen event by event, so those that ever had it are looked up first.
_HAD = "(id, created_at) in (select event_id, event_received_at from webhook_outcomes where {condition}) and {condition}"
_WEBHOOKS = Listing(
    "webhook_documents",
    {
        "outcome": _HAD.format(condition="outcome = :outcome"),
        "invoice_id": "invoice_id = :invoice_id",
        "payment_id": _HAD.format(condition="payment_id = :payment_id"),
    },
)


@dataclass(frozen=True)
class _Status:
    document: str
    may_be_asked: bool


def status(caller: Caller, payment_id: UUID) -> bytes:
    """The status of a payment; staff also see what the gateway answered about it, if nobody could make anything of that.

    One that is PENDING is looked up at the gateway first. One that waits for a person is PENDING and never ended: nobody is
    to pay twice for a word. Raises NotFound if there is none, or if this caller may not see it.
    """
    found = _status(caller, payment_id)
    if found.may_be_asked and looking.look(payment_id):
        found = _status(caller, payment_id)
    return found.document.encode()


def _status(caller: Caller, payment_id: UUID) -> _Status:
    found = db.read.first(
        _Status,
        """
        select json_build_object(
            'payment_id', id, 'payment_number', payment_number,
            'status', case when in_review(p) and is_closed(p) then 'PENDING' else status end,
            'amount', money(amount, currency),
            'currency', currency, 'paid_at', paid_at, 'error_message', error_message,
            'review_reason', case when in_review(p) then review_reason end, 'resolution', resolution,
            'gateway', case when :staff::boolean then gateway_figures(p) end,
            'gateway_answer', case when :staff::boolean then gateway_answer end)::text as document,
            status = 'PENDING' and gateway_invoice_id is not null and not in_review(p)
                and coalesce(page_asked_at < now() - make_interval(secs => :seconds::integer), true) as may_be_asked
        from payments p where id = :id and (:staff::boolean or user_id = :caller_id)
        """,
        id=payment_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
        seconds=looking.SECONDS_BETWEEN_LOOKS,
    )
    return require_found(found, "payment")


def payment_or_order(payment_id: UUID) -> bytes:
    """A payment with its customer and what it pays, or an order that has no payment yet, by its id. Raises NotFound."""
    document = db.read.first_json(
        """
        select (d.document::jsonb || jsonb_build_object(
                    'order_id', p.order_id, 'description', d.document #> '{order,notes_en}',
                    'transaction_id', coalesce(p.gateway_transaction_id, p.gateway_invoice_id)))::text
        from payment_documents d join payments p on p.id = d.id where d.id = :id
        union all
        select (d.document::jsonb || jsonb_build_object(
                    'order_id', d.id, 'description', d.document #> '{order,notes_en}', 'transaction_id', null))::text
        from unpaid_order_documents d where d.id = :id
        """,
        id=payment_id,
    )
    if document is None:
        # The app's screen looks for these words.
        raise NotFound("Payment not found")
    return document


def my_payments(call: Call, query: PaymentQuery) -> Response:
    """The caller's own payments and unpaid orders. A `user_id` in the query is ignored."""
    return _payments(call, _PAYMENTS, query.model_copy(update={"user_id": call.caller.user_id}))


def all_payments(call: Call, query: PaymentQuery) -> Response:
    """Everybody's payments and unpaid orders, with what the gateway told of the payments."""
    return _payments(call, _PAYMENTS_FOR_STAFF, query)


def _payments(call: Call, payments: Listing, query: PaymentQuery) -> Response:
    """Payments, and orders that have none yet, by the query's filters, with their number, counted up to MOST_COUNTED."""
    values = query.model_dump(include=set(_FILTERS), exclude_none=True)
    page, total = read_counted_page(query, MOST_COUNTED, payments, _UNPAID_ORDERS, **values)
    return page.response(call, b'{"items": %b, "total": %d}' % (page.body, total))


def webhook_logs(call: Call, query: WebhookLogQuery) -> Response:
    """Webhooks, newest first, each with all its outcomes and with the last outcome as fields of its own."""
    values = query.model_dump(include=set(_WEBHOOKS.filters), exclude_none=True)
    return read_page(query, _WEBHOOKS, **values).response(call)


def gateway_rates() -> bytes:
    """The newest rate of every currency, by currency."""
    return db.read.json("select coalesce(json_agg(document order by currency), '[]')::text from gateway_rate_documents")


def gateway_rate(currency: str) -> bytes:
    """The newest rate of one currency."""
    return db.read.json("select document::text from gateway_rate_documents where currency = :currency", currency=currency)
