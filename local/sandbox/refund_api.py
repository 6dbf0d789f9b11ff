"""The gateway's calls for refunds: one submits a request, others list, tell and withdraw it."""

from decimal import Decimal

from flask import Blueprint, Response, jsonify, request

from local.sandbox.conversion import Conversion
from local.sandbox.invoices import Invoice, InvoiceStore
from local.sandbox.parsing import RefusedError, read_amount, read_fields
from local.sandbox.refunds import REASONS, Kind, RefundStore

_KINDS: dict[str, Kind] = {"0": "Invoice", "1": "Transaction", "2": "Transaction", "3": "Transaction"}
_SMALLEST = Decimal(1)


def add_refund_calls(api: Blueprint, store: InvoiceStore, refunds: RefundStore, conversion: Conversion) -> None:
    """Add the routes under `refund/`."""

    @api.post("/refund/create")
    def submit() -> Response:
        fields = read_fields(request.get_data())
        kind = _KINDS.get(str(fields.get("refund_type")))
        if kind is None:
            raise RefusedError({"refund_type": ["The selected refund type is invalid."]}, 400)
        if fields.get("reason") not in REASONS:
            raise RefusedError({"reason": ["The selected reason is invalid."]}, 400)
        amount = read_amount(fields.get("refundable_amount"), "refundable_amount")
        if amount < _SMALLEST:
            raise RefusedError({"refundable_amount": ["The refundable amount must be at least 1."]}, 400)
        refunds.add(_refundable(store, fields.get("refund_id")), conversion, amount, kind, str(fields["reason"]))
        return jsonify(status="success", message="Refunded successfully")

    @api.post("/refund/index")
    def index() -> Response:
        return jsonify(refunds.page(int(request.args.get("page") or 1)))

    @api.get("/refund/details/<int:refund_id>")
    def details(refund_id: int) -> Response:
        try:
            wire = refunds.by_id(refund_id).to_wire()
        except KeyError:
            return jsonify(None)
        return jsonify({name: wire[name] for name in ("id", "refundable_amount", "status", "reason", "created_at")})

    @api.post("/refund/delete")
    def withdraw() -> Response:
        refund_id = read_fields(request.get_data()).get("refund_id")
        refunds.delete(refund_id if isinstance(refund_id, int) else 0)
        return jsonify(status="success")


def _refundable(store: InvoiceStore, refund_id: object) -> Invoice:
    if not isinstance(refund_id, int):
        raise RefusedError({"refund_id": ["The refund id must be an integer."]}, 400)
    try:
        return store.by_id(str(refund_id))
    except KeyError:
        raise RefusedError({"refund_id": ["The selected refund id is invalid."]}, 400) from None
