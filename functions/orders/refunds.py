"""Refunds of an order, made by administrators."""

from uuid import UUID

from functions.orders.schemas import RefundBody
from lib.approvals import Waiting
from lib.refunds.refunding import RefundRequest, refund
from lib.web import Call


def refund_order(call: Call, order_id: UUID, body: RefundBody) -> UUID | Waiting:
    """Refund an order; the refund's id, or that it waits for another administrator.

    The same Idempotency-Key of the same administrator returns the same refund.
    """
    key = call.request.headers.get("idempotency-key")
    request = RefundRequest(
        reason=body.reason,
        destination=body.destination,
        amount=body.amount,
        payment_id=body.payment_id,
        note=body.note,
        request_key=None if key is None else f"{call.caller.user_id}:{order_id}:{key}",
    )
    return refund(order_id, call.actor, request)
