"""Controls the sandbox: makes events happen, switches outages, and shows the gateway's invoices."""

from decimal import Decimal
from typing import Annotated

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.sandbox.account import Account
from local.sandbox.conversion import Conversion, Shown
from local.sandbox.delivery import Delivery, Encoding, deliver, webhook_url
from local.sandbox.invoices import EventKind, Invoice, InvoiceStore
from local.sandbox.oddities import Oddities
from local.sandbox.outage import Mode, Outage
from local.sandbox.parsing import RefusedError
from local.sandbox.refund_control import add_refund_control
from local.sandbox.refunds import RefundStore
from local.sandbox.webhooks import Payload, Shape, webhook


class EventOrder(BaseModel):
    """An event to make: the form of its webhook, how often it is sent, and the received money if it is not the invoice's."""

    model_config = ConfigDict(extra="forbid")

    event: EventKind
    encoding: Encoding = "json"
    shape: Shape = "v2"
    times: Annotated[int, Field(ge=1, le=200)] = 1
    deliver: bool = True
    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=3)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None


class ConversionOrder(BaseModel):
    """What changes in how other currencies than EGP are shown; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    rates: dict[str, Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=6)]] = {}
    converts: Shown | None = None
    shape: Shape | None = None
    moved: bool | None = None


class OutageOrder(BaseModel):
    """The outage to switch on or off."""

    model_config = ConfigDict(extra="forbid")

    mode: Mode
    path: Annotated[str, Field(max_length=200)] = ""


class OddAnswer(BaseModel):
    """An answer to give to one path of the API: a text, or JSON. An object's `data` is laid over the usual answer's."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(min_length=1, max_length=200)]
    status: Annotated[int, Field(ge=200, le=599)] = 200
    body: object = None


def create_control(
    account: Account,
    store: InvoiceStore,
    refunds: RefundStore,
    outage: Outage,
    conversion: Conversion,
    oddities: Oddities,
) -> Blueprint:
    """Give the routes with which tests and people control the sandbox."""
    control = Blueprint("control", __name__)

    @control.errorhandler(ValidationError)
    def refuse(error: ValidationError) -> tuple[Response, int]:
        problems = [f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors()]
        return jsonify(detail="; ".join(problems)), 422

    @control.errorhandler(404)
    def not_found(_: Exception) -> tuple[Response, int]:
        return jsonify(detail="no such invoice"), 404

    @control.post("/invoices/<invoice_id>/events")
    def make_event(invoice_id: str) -> Response:
        invoice = _found(store, invoice_id)
        order = EventOrder.model_validate_json(request.get_data())
        if order.event == "refunded" and invoice.is_paid:
            # Somebody asked for it in the dashboard, and the gateway approves it at once.
            refund = refunds.add(invoice, conversion, order.amount, "Invoice", "Other")
            refunds.decide(refund.refund_id, "approved", conversion)
        payload, deliveries = _record_and_deliver(account, store, conversion, invoice, order)
        return jsonify(webhook=payload, deliveries=deliveries)

    @control.get("/invoices")
    def invoices() -> Response:
        return jsonify([_shown(invoice) for invoice in store.latest()])

    @control.get("/invoices/<invoice_id>")
    def invoice(invoice_id: str) -> Response:
        return jsonify(_shown(_found(store, invoice_id)))

    @control.errorhandler(RefusedError)
    def refuse_as_the_gateway_does(refusal: RefusedError) -> tuple[Response, int]:
        return jsonify(detail=str(refusal.message)), refusal.status

    add_refund_control(control, account, store, refunds, conversion)
    _add_settings(control, outage, conversion)
    _add_odd_answers(control, oddities)
    return control


def _add_settings(control: Blueprint, outage: Outage, conversion: Conversion) -> None:
    @control.route("/conversion", methods=["GET", "POST"])
    def present_conversion() -> Response:
        if request.method == "POST":
            changes = ConversionOrder.model_validate_json(request.get_data())
            conversion.rates |= changes.rates
            conversion.converts = changes.converts or conversion.converts
            conversion.shape = changes.shape or conversion.shape
            conversion.moved = conversion.moved if changes.moved is None else changes.moved
        rates = {currency: str(rate) for currency, rate in conversion.rates.items()}
        return jsonify(rates=rates, converts=conversion.converts, shape=conversion.shape, moved=conversion.moved)

    @control.route("/outage", methods=["GET", "POST"])
    def present_outage() -> Response:
        if request.method == "POST":
            order = OutageOrder.model_validate_json(request.get_data())
            outage.switch(order.mode, order.path)
        return jsonify(mode=outage.mode)


def _add_odd_answers(control: Blueprint, oddities: Oddities) -> None:
    @control.post("/odd-answers")
    def answer_oddly() -> Response:
        order = OddAnswer.model_validate_json(request.get_data())
        oddities.give(order.path, order.status, order.body)
        return jsonify(path=order.path)

    @control.delete("/odd-answers/<path:path>")
    def answer_as_ever(path: str) -> Response:
        oddities.stop(path)
        return jsonify(path=path)


def _record_and_deliver(
    account: Account, store: InvoiceStore, conversion: Conversion, invoice: Invoice, order: EventOrder
) -> tuple[Payload, list[Delivery]]:
    """Change the invoice, then send its webhook, because the merchant reads the invoice when a webhook comes."""
    changed = store.record(invoice.invoice_id, order.event, order.amount, order.currency, conversion.rates)
    payload = webhook(changed, order.event, order.shape, order.amount, order.currency, account.vendor_key)
    if not order.deliver:
        return payload, []
    url = webhook_url(account, changed, order.event)
    return payload, deliver(url, payload, order.encoding, order.times)


def _found(store: InvoiceStore, invoice_id: str) -> Invoice:
    try:
        return store.by_id_or_key(invoice_id)
    except KeyError:
        abort(404)


def _shown(invoice: Invoice) -> dict[str, object]:
    return {
        "invoice_id": str(invoice.invoice_id),
        "invoice_key": invoice.invoice_key,
        "status": invoice.status,
        "paid": invoice.is_paid,
        "paid_at": invoice.paid_at,
        "total": str(invoice.total),
        "currency": invoice.currency,
        "refunded": str(invoice.refunded),
        "payment_method": invoice.method.name_en,
        "payment_method_id": invoice.method.method_id,
        "reference": invoice.reference,
        "lang": invoice.lang,
        "pay_load": invoice.pay_load,
        "urls": invoice.urls,
        "due_date": invoice.due_date,
        "created_at": invoice.created_at,
        "transactions": [
            {
                "status": transaction.status,
                "amount": str(transaction.amount),
                "currency": transaction.currency,
                "paid_with_it": transaction.paid_with_it,
                "created_at": transaction.created_at,
            }
            for transaction in invoice.transactions
        ],
    }
