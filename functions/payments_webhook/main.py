"""The payments function: Fawaterk's webhook, payments and their review, the pages that a payer comes back to."""

import functools
import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.payments_webhook import paying, queries, return_pages, reviewing, webhook
from functions.payments_webhook.schemas import (
    GatewayRate,
    MyPayments,
    NewGatewayRate,
    PaymentDetails,
    PaymentMethodAnswer,
    PaymentQuery,
    PaymentsForStaff,
    PaymentStatus,
    PaymentToCreate,
    QuickPayment,
    ReconcileAnswer,
    Resolution,
    ReturnQuery,
    WebhookAnswer,
    WebhookLogEntry,
    WebhookLogQuery,
)
from lib.payments import rates
from lib.payments.gateway import Deadline, methods
from lib.payments.schemas import PayAnswer
from lib.web import ADMIN, ANYONE, SIGNED_IN, STAFF, Api, Call, Response
from lib.web.service import add_health

api = Api("payments_webhook", "Payments")
add_health(api)


_webhook = functools.partial(
    api.post,
    roles=ANYONE,
    response=WebhookAnswer,
    recall=webhook.recall,
    takes_key=False,
    one_transaction=False,
    problems=(400, 401, 413),
    reads=("application/json", "application/x-www-form-urlencoded"),
)


# The gateway sends JSON to an address with "_json" in it. With a slash is how people enter an address in its dashboard; a
# redirect would lose the webhook.
@_webhook("/api/payments/fawaterk/webhook")
@_webhook("/api/payments/fawaterk/webhook/")
@_webhook("/api/payments/fawaterk/webhook_json")
@_webhook("/api/payments/fawaterk/webhook_json/")
def fawaterk_webhook(call: Call) -> dict[str, object]:
    """Fawaterk's news, JSON or form, signed; 200 acknowledges it whatever was done about it."""
    return webhook.receive(call)


@api.get("/api/payments/methods", roles=SIGNED_IN, response=list[PaymentMethodAnswer], problems=(503,))
def payment_methods() -> Response:
    """The ways to pay that the account offers."""
    return webhook.methods_response(methods(Deadline()))


_paying = functools.partial(api.post, roles=SIGNED_IN, response=PayAnswer, one_transaction=False)


@_paying("/api/payments/create", problems=(404, 409, 429, 502, 503))
def create_payment(call: Call, body: PaymentToCreate) -> bytes:
    """Open a payment of what is left of the caller's order or booking, or give the one that is open."""
    return paying.create_payment(call.actor, body)


@_paying("/api/payments/quick-pay", problems=(409, 429, 502, 503))
def quick_pay(call: Call, body: QuickPayment) -> bytes:
    """Open a payment on account, with an order of its own that earns nothing."""
    return paying.pay_on_account(call.actor, body)


@api.get("/api/payments/my-payments", roles=SIGNED_IN, response=MyPayments)
def list_my_payments(call: Call, query: PaymentQuery) -> Response:
    """The caller's payments, and their orders that have none yet, newest first."""
    return queries.my_payments(call, query)


@api.get("/api/payments/rates", roles=STAFF, response=list[GatewayRate])
def list_gateway_rates() -> bytes:
    """The rates at which the gateway is expected to convert other currencies to EGP."""
    return queries.gateway_rates()


@api.put("/api/payments/rates/{currency}", roles=ADMIN, response=GatewayRate)
def set_gateway_rate(call: Call, currency: str, body: NewGatewayRate) -> bytes:
    """Set what one unit of a currency comes to in EGP today; it counts for seven days."""
    rates.set_rate(call.actor, currency, body.rate)
    return queries.gateway_rate(currency)


@api.get("/api/payments/webhook-logs", roles=STAFF, response=list[WebhookLogEntry])
def list_webhook_logs(call: Call, query: WebhookLogQuery) -> Response:
    """What the gateway sent, whether its hash held, and what was done about it."""
    return queries.webhook_logs(call, query)


@api.get("/api/payments/status/{payment_id}", roles=SIGNED_IN, response=PaymentStatus)
def payment_status(call: Call, payment_id: UUID) -> bytes:
    """How a payment stands, for its owner or staff; the gateway is asked about one that is open."""
    return queries.status(call.caller, payment_id)


@api.get("/api/payments", roles=STAFF, response=PaymentsForStaff)
def list_payments(call: Call, query: PaymentQuery) -> Response:
    """Everybody's payments, newest first."""
    return queries.all_payments(call, query)


@api.get("/api/admin/payments/{payment_id}", roles=ADMIN, response=PaymentDetails)
def get_payment(payment_id: UUID) -> bytes:
    """One payment, or an order that has none yet, with its customer."""
    return queries.payment_or_order(payment_id)


@api.post("/api/payments/{payment_id}/reconcile", roles=STAFF, response=ReconcileAnswer, one_transaction=False)
def reconcile_payment(call: Call, payment_id: UUID) -> dict[str, object]:
    """Ask the gateway now, and settle the payment if it is paid."""
    return webhook.reconcile_by_hand(call.actor, payment_id)


@api.post("/api/payments/{payment_id}/resolve", roles=ADMIN, response=PaymentStatus, one_transaction=False, problems=(409,))
def resolve_payment(call: Call, payment_id: UUID, body: Resolution) -> bytes:
    """Decide about a payment that waits for a person: settle it, reject it, or mark it for refund."""
    reviewing.decide(call.actor, payment_id, body)
    return queries.status(call.caller, payment_id)


_page = functools.partial(api.get, roles=ANYONE, produces="text/html", problems=(404,), tag="Return pages")
# A payment form, or a bank's page, may send the browser on by POST. Nothing counts but the token in the address.
_posted_page = functools.partial(
    api.post,
    roles=ANYONE,
    produces="text/html",
    problems=(404,),
    tag="Return pages",
    takes_key=False,
    ignores_body=True,
)


@_page("/payment/success")
@_page("/payment/fail")
@_page("/payment/pending")
@_posted_page("/payment/success")
@_posted_page("/payment/fail")
@_posted_page("/payment/pending")
def return_page(call: Call, query: ReturnQuery) -> Response:
    """The page that a payer's browser comes back to, which tells the true status."""
    return return_pages.show(call, query)


payments_webhook = api.function()
