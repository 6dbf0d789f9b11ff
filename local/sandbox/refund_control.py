"""Controls the gateway's refunds: asks for them as its dashboard does, and decides about them."""

from decimal import Decimal
from typing import Annotated

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import BaseModel, ConfigDict, Field

from local.sandbox.account import Account
from local.sandbox.conversion import Conversion
from local.sandbox.delivery import deliver
from local.sandbox.invoices import Invoice, InvoiceStore
from local.sandbox.refunds import Kind, RefundStore, balance_of
from local.sandbox.webhooks import Shape, refund_webhook


class DashboardRefund(BaseModel):
    """A refund that somebody asks for in the gateway's dashboard; without `amount` of all that is left."""

    model_config = ConfigDict(extra="forbid")

    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=3)] | None = None


class RefundDecision(BaseModel):
    """What the gateway decides about a refund, in its own word, and the webhook that it sends of an approval."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[str, Field(min_length=1, max_length=50)]
    shape: Shape = "v2"
    deliver: bool = True


def add_refund_control(
    control: Blueprint, account: Account, store: InvoiceStore, refunds: RefundStore, conversion: Conversion
) -> None:
    """Add the routes with which tests and people make refunds and decide about them."""

    @control.route("/invoices/<invoice_id>/refunds", methods=["GET", "POST"])
    def refunds_of(invoice_id: str) -> Response:
        invoice = _found(store, invoice_id)
        if request.method == "POST":
            asked = DashboardRefund.model_validate_json(request.get_data())
            kind: Kind = "Transaction" if conversion.moved else "Invoice"
            return jsonify(refunds.add(invoice, conversion, asked.amount, kind, "Other").to_wire())
        return jsonify([refund.to_wire() for refund in refunds.of_invoice(invoice.invoice_id)])

    @control.post("/refunds/<int:refund_id>/decision")
    def decide(refund_id: int) -> Response:
        decision = RefundDecision.model_validate_json(request.get_data())
        try:
            refund = refunds.decide(refund_id, decision.status, conversion)
        except KeyError:
            abort(404)
        if decision.status != "approved":
            return jsonify(webhook=None, deliveries=[])
        invoice = store.by_id(str(refund.invoice_id))
        payload = refund_webhook(
            invoice, decision.shape, (str(refund.amount), balance_of(invoice, conversion)[1]), account.vendor_key
        )
        deliveries = deliver(account.webhook_url, payload, "json", times=1) if decision.deliver else []
        return jsonify(webhook=payload, deliveries=deliveries)


def _found(store: InvoiceStore, invoice_id: str) -> Invoice:
    try:
        return store.by_id_or_key(invoice_id)
    except KeyError:
        abort(404)
