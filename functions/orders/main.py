"""The orders function: staff make and issue orders, customers see and pay them."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.orders import drafts, moves, reading, refunds
from functions.orders.schemas import (
    CancelRequest,
    MyOrdersQuery,
    NewOrder,
    Order,
    OrderChanges,
    OrdersQuery,
    Refund,
    RefundBody,
)
from lib.payments.opening import pay
from lib.payments.schemas import PayAnswer, PayRequest
from lib.web import ADMIN, SIGNED_IN, STAFF, Answer, Api, Call, PageQuery
from lib.web.service import add_health

api = Api("orders", "Orders")
add_health(api)


@api.post("/api/orders", who=STAFF, status=201, answer=Order, problems=(409,))
def create_order(call: Call, body: NewOrder) -> bytes:
    """Make an order for a customer: a draft, unless it is free or was paid elsewhere."""
    return drafts.create(call.actor, body)


@api.get("/api/orders", who=STAFF, answer=list[Order])
def list_orders(call: Call, query: OrdersQuery) -> Answer:
    """Everybody's orders, newest first."""
    return reading.all_orders(call, query)


@api.get("/api/orders/me", who=SIGNED_IN, answer=list[Order])
def list_my_orders(call: Call, query: MyOrdersQuery) -> Answer:
    """The caller's orders, newest first."""
    return reading.my_orders(call, query)


@api.get("/api/orders/{order_id}", who=SIGNED_IN, answer=Order)
def get_order(call: Call, order_id: UUID) -> bytes:
    """One order, for its owner or staff."""
    return reading.one_order(call.caller, order_id)


@api.put("/api/orders/{order_id}", who=STAFF, answer=Order, problems=(409,))
def change_order(call: Call, order_id: UUID, body: OrderChanges) -> bytes:
    """Change a draft; what is not sent stays."""
    return drafts.change(call.actor, order_id, body)


@api.delete("/api/orders/{order_id}", who=STAFF, status=204, problems=(409,))
def delete_order(call: Call, order_id: UUID) -> None:
    """Delete a draft."""
    drafts.delete(call.actor, order_id)


@api.post("/api/orders/{order_id}/issue", who=STAFF, answer=Order, problems=(409,))
def issue_order(call: Call, order_id: UUID) -> bytes:
    """Issue a draft: it gets its invoice and its number."""
    return moves.issue_by_hand(call.actor, order_id)


@api.post("/api/orders/{order_id}/pay", who=SIGNED_IN, answer=PayAnswer, calls_gateway=True, problems=(409, 502, 503))
def pay_order(call: Call, order_id: UUID, body: PayRequest) -> bytes:
    """Open a payment of what is left, or give the one that is open; a draft is issued first."""
    return pay(order_id, call.caller, body.payment_method_id, body.wanted())


@api.post("/api/orders/{order_id}/cancel", who=STAFF, answer=Order, problems=(409,))
def cancel_order(call: Call, order_id: UUID, body: CancelRequest) -> bytes:
    """Cancel an order of which nothing was paid, and its open payment with it."""
    return moves.cancel(call.actor, order_id, body.reason)


@api.post("/api/orders/{order_id}/refund", who=ADMIN, status=201, answer=Refund, calls_gateway=True, problems=(409,))
def refund_order(call: Call, order_id: UUID, body: RefundBody) -> bytes:
    """Give back what was paid, wholly or in part: balances to where they came from, money to the wallet or the gateway."""
    return refunds.refund_order(call, order_id, body)


@api.get("/api/orders/{order_id}/refunds", who=SIGNED_IN, answer=list[Refund])
def list_refunds(call: Call, order_id: UUID, query: PageQuery) -> Answer:
    """An order's refunds, newest first, for its owner or staff."""
    return refunds.refunds_of(call, order_id, query)


orders = api.function()
