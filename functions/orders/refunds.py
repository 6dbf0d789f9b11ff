"""Refunds of an order: made by administrators, seen by its owner and staff."""

from uuid import UUID

from functions.orders.reading import one_order
from functions.orders.schemas import RefundBody
from lib.config import config
from lib.refunds.records import REFUND
from lib.refunds.refunding import RefundRequest, refund
from lib.web import Answer, Call, PageQuery, read_page


def refund_order(call: Call, order_id: UUID, body: RefundBody) -> bytes:
    """Refund an order; the same Idempotency-Key from the same administrator is the same refund, whatever became of it."""
    key = call.request.headers.get("Idempotency-Key")
    request = RefundRequest(
        reason=body.reason,
        destination=body.destination,
        amount=body.amount,
        payment_id=body.payment_id,
        request_key=None if key is None else f"{call.caller.user_id}:{order_id}:{key}",
    )
    return refund(order_id, call.actor, request)


def refunds_of(call: Call, order_id: UUID, query: PageQuery) -> Answer:
    """An order's refunds. Raises NotFound where there is no such order, or not for this caller."""
    page = read_page(
        f"""
        select {REFUND} as item, r.created_at as sort_at, r.id from refunds r
        where r.order_id = :order_id and (:staff::boolean or r.user_id = :caller_id)
          and (r.created_at, r.id) < (:after_at::timestamptz, :after_id::uuid)
        order by r.created_at desc, r.id desc limit :limit::integer + 1
        """,  # noqa: S608 - constants
        query,
        order_id=order_id,
        staff=call.caller.is_staff,
        caller_id=call.caller.user_id,
        balance_currency=config().loyalty.currency,
    )
    if page.body == b"[]":
        one_order(call.caller, order_id)
    return Answer(page.body, headers=page.link(call.request, config().app_base_url))
