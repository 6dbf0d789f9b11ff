"""The orders function: staff make and issue orders, customers see and pay them."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.orders import approving, changing, drafts, moves, queries, refunds
from functions.orders.schemas import (
    Approval,
    ApprovalRejection,
    ApprovalsQuery,
    CancelRequest,
    ChangedOrder,
    ManualPayment,
    MyOrdersQuery,
    NewOrder,
    Order,
    OrderChanges,
    OrdersQuery,
    Refund,
    RefundBody,
    WriteOff,
)
from lib.approvals import Waiting
from lib.approvals.schemas import PendingApproval, told
from lib.payments.manual import pay_by_hand
from lib.payments.opening import pay
from lib.payments.queries import pay_response
from lib.payments.schemas import PayAnswer, PayRequest
from lib.payments.writing_off import write_off
from lib.refunds.withdrawing import withdraw
from lib.web import ADMIN, SIGNED_IN, STAFF, Api, Call, PageQuery, Response, accepted
from lib.web.service import add_health

api = Api("orders", "Orders")
add_health(api)


@api.post("/api/orders", roles=STAFF, status=201, response=Order, problems=(409,))
def create_order(call: Call, body: NewOrder) -> bytes:
    """Make an order for a customer: a draft, unless it is free, was paid elsewhere or is covered by balances."""
    return queries.one_order(call.caller, drafts.create(call.actor, body))


@api.get("/api/orders", roles=STAFF, response=list[Order])
def list_orders(call: Call, query: OrdersQuery) -> Response:
    """Everybody's orders, newest first."""
    return queries.all_orders(call, query)


@api.get("/api/orders/me", roles=SIGNED_IN, response=list[Order])
def list_my_orders(call: Call, query: MyOrdersQuery) -> Response:
    """The caller's orders, newest first."""
    return queries.my_orders(call, query)


@api.get("/api/orders/{order_id}", roles=SIGNED_IN, response=Order)
def get_order(call: Call, order_id: UUID) -> bytes:
    """One order, for its owner or staff."""
    return queries.one_order(call.caller, order_id)


@api.put("/api/orders/{order_id}", roles=STAFF, response=ChangedOrder, problems=(409,))
def change_order(call: Call, order_id: UUID, body: OrderChanges) -> bytes:
    """Change an order that is not paid yet: a draft as a whole, an issued one's notes, or mark it as paid elsewhere."""
    return queries.changed_order(order_id, changing.change(call.actor, order_id, body))


@api.delete("/api/orders/{order_id}", roles=STAFF, status=204, problems=(409,))
def delete_order(call: Call, order_id: UUID) -> None:
    """Delete a draft."""
    drafts.delete(call.actor, order_id)


@api.post("/api/orders/{order_id}/issue", roles=STAFF, response=Order, problems=(409,))
def issue_order(call: Call, order_id: UUID) -> bytes:
    """Issue a draft: it gets its invoice and its number."""
    moves.issue_by_hand(call.actor, order_id)
    return queries.one_order(call.caller, order_id)


@api.post(
    "/api/orders/{order_id}/pay", roles=SIGNED_IN, response=PayAnswer, one_transaction=False, problems=(409, 429, 502, 503)
)
def pay_order(call: Call, order_id: UUID, body: PayRequest) -> bytes:
    """Open a payment of what is left, or give the one that is open; a draft is issued first."""
    payment_id = pay(
        order_id, call.actor, body.payment_method_id, body.limits(), mobile_wallet_number=body.mobile_wallet_number
    )
    return pay_response(order_id, payment_id)


@api.post("/api/orders/{order_id}/pay-by-hand", roles=ADMIN, response=Order, problems=(409,))
def pay_order_by_hand(call: Call, order_id: UUID, body: ManualPayment) -> bytes:
    """Record money that was taken elsewhere, all that is left or a part of it; a draft is issued first."""
    pay_by_hand(order_id, call.actor, body.amount, body.note)
    return queries.one_order(call.caller, order_id)


@api.post("/api/orders/{order_id}/write-off", roles=ADMIN, response=Order, problems=(409,))
def write_order_off(call: Call, order_id: UUID, body: WriteOff) -> bytes:
    """Give up what is left to pay: the order ends as PAID, or as CANCELLED if nothing of it was paid."""
    write_off(order_id, call.actor, body.reason)
    return queries.one_order(call.caller, order_id)


@api.post("/api/orders/{order_id}/cancel", roles=STAFF, response=Order, problems=(409,))
def cancel_order(call: Call, order_id: UUID, body: CancelRequest) -> bytes:
    """Cancel an order of which nothing was paid, and its open payment with it."""
    moves.cancel(call.actor, order_id, body.reason)
    return queries.one_order(call.caller, order_id)


@api.post(
    "/api/orders/{order_id}/refund",
    roles=ADMIN,
    status=201,
    response=Refund,
    one_transaction=False,
    problems=(409, 503),
    responses={202: PendingApproval},
)
def refund_order(call: Call, order_id: UUID, body: RefundBody) -> bytes | Response:
    """Give back what was paid: balances to where they came from, money to the wallet, by the gateway or by hand."""
    begun = refunds.refund_order(call, order_id, body)
    return accepted(told(begun)) if isinstance(begun, Waiting) else queries.one_refund(call.caller, begun)


@api.post(
    "/api/orders/{order_id}/refunds/{refund_id}/withdraw",
    roles=ADMIN,
    response=Refund,
    one_transaction=False,
    problems=(409, 503),
)
def withdraw_refund(call: Call, order_id: UUID, refund_id: UUID) -> bytes:
    """Take back a refund that the gateway has not approved yet; its amount can then go another way."""
    withdraw(order_id, refund_id, call.actor)
    return queries.one_refund(call.caller, refund_id)


@api.get("/api/orders/{order_id}/refunds", roles=SIGNED_IN, response=list[Refund])
def list_refunds(call: Call, order_id: UUID, query: PageQuery) -> Response:
    """An order's refunds, newest first, for its owner or staff."""
    return queries.refunds_of(call, order_id, query)


@api.get("/api/admin/approvals", roles=ADMIN, response=list[Approval])
def list_approvals(call: Call, query: ApprovalsQuery) -> Response:
    """What was asked for that is so large that another administrator has to approve it, newest first."""
    return queries.approvals(call, query)


@api.post(
    "/api/admin/approvals/{approval_id}/approve",
    roles=ADMIN,
    response=Approval,
    one_transaction=False,
    problems=(409, 422, 503),
)
def approve(call: Call, approval_id: UUID) -> bytes:
    """Do what another administrator has asked for."""
    approving.approve(call.actor, approval_id)
    return queries.one_approval(approval_id)


@api.post("/api/admin/approvals/{approval_id}/reject", roles=ADMIN, response=Approval, problems=(409,))
def reject_approval(call: Call, approval_id: UUID, body: ApprovalRejection) -> bytes:
    """Do nothing of what another administrator has asked for, and say why."""
    approving.reject(call.actor, approval_id, body.reason)
    return queries.one_approval(approval_id)


orders = api.function()
