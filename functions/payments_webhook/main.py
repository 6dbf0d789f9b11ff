"""The payments function: Fawaterk's webhook, payments and their review, the pages that a payer comes back to."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.payments_webhook import return_pages, webhook
from functions.payments_webhook.lists import all_payments, my_payments, status, webhook_logs
from functions.payments_webhook.schemas import (
    MyPayments,
    PaymentMethodAnswer,
    PaymentQuery,
    PaymentStatus,
    ReconcileAnswer,
    Resolution,
    ReturnQuery,
    WebhookAnswer,
    WebhookLogEntry,
    WebhookLogQuery,
)
from lib.payments.gateway import Deadline, methods
from lib.payments.resolving import resolve
from lib.web import ADMIN, ANYONE, SIGNED_IN, STAFF, Answer, Api, Call
from lib.web.service import add_health

api = Api("payments_webhook", "Payments")
add_health(api)


@api.post(
    "/api/payments/fawaterk/webhook",
    who=ANYONE,
    answer=WebhookAnswer,
    takes_key=False,
    calls_gateway=True,
    problems=(400, 401, 413),
    reads=("application/json", "application/x-www-form-urlencoded"),
)
def fawaterk_webhook(call: Call) -> dict[str, object]:
    """Fawaterk's news, JSON or form, signed; 200 acknowledges it whatever was done about it."""
    return webhook.receive(call)


@api.get("/api/payments/methods", who=SIGNED_IN, answer=list[PaymentMethodAnswer], problems=(503,))
def payment_methods() -> Answer:
    """The ways to pay that the account offers."""
    return webhook.methods_answer(methods(Deadline()))


@api.get("/api/payments/my-payments", who=SIGNED_IN, answer=MyPayments)
def list_my_payments(call: Call, query: PaymentQuery) -> Answer:
    """The caller's payments, and their orders that have none yet, newest first."""
    return my_payments(call, query)


@api.get("/api/payments/webhook-logs", who=STAFF, answer=list[WebhookLogEntry])
def list_webhook_logs(call: Call, query: WebhookLogQuery) -> Answer:
    """What the gateway sent, whether its hash held, and what was done about it."""
    return webhook_logs(call, query)


@api.get("/api/payments/status/{payment_id}", who=SIGNED_IN, answer=PaymentStatus)
def payment_status(call: Call, payment_id: UUID) -> bytes:
    """How a payment stands, for its owner or staff."""
    return status(call.caller, payment_id)


@api.get("/api/payments", who=STAFF, answer=MyPayments)
def list_payments(call: Call, query: PaymentQuery) -> Answer:
    """Everybody's payments, newest first."""
    return all_payments(call, query)


@api.post("/api/payments/{payment_id}/reconcile", who=STAFF, answer=ReconcileAnswer, calls_gateway=True)
def reconcile_payment(call: Call, payment_id: UUID) -> dict[str, object]:
    """Ask the gateway now, and settle the payment if it is paid."""
    return webhook.reconcile_by_hand(call.actor, payment_id)


@api.post("/api/payments/{payment_id}/resolve", who=ADMIN, answer=PaymentStatus, problems=(409,))
def resolve_payment(call: Call, payment_id: UUID, body: Resolution) -> bytes:
    """Decide about a payment that waits for a person: settle it, reject it, or mark it for refund."""
    resolve(payment_id, call.actor, body.action, body.note, body.amount)
    return status(call.caller, payment_id)


@api.get("/payment/success", who=ANYONE, produces="text/html", problems=(404,), tag="Return pages")
@api.get("/payment/fail", who=ANYONE, produces="text/html", problems=(404,), tag="Return pages")
@api.get("/payment/pending", who=ANYONE, produces="text/html", problems=(404,), tag="Return pages")
def return_page(call: Call, query: ReturnQuery) -> Answer:
    """The page that a payer's browser comes back to, which tells the true status."""
    return return_pages.show(call, query)


payments_webhook = api.function()
