"""The gateway's webhooks in each of their shapes, signed with the vendor key."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from lib.fawaterk.signatures import sign
from local.sandbox.invoices import EventKind, Invoice, written

Shape = Literal["v2", "v3"]
Payload = dict[str, object]


def webhook(
    invoice: Invoice, event: EventKind, shape: Shape, amount: Decimal | None, currency: str | None, vendor_key: str
) -> Payload:
    """Give the signed payload of an event; None for `amount` or `currency` stands for the invoice's own."""
    money = (str(amount or invoice.total), currency or invoice.currency)
    if event in ("expired", "cancelled"):
        return _cancelled(invoice, event, shape, vendor_key)
    if event == "refunded":
        return refund_webhook(invoice, shape, money, vendor_key)
    if event == "failed":
        return _failed(invoice, shape, money, vendor_key)
    return _paid_or_pending(invoice, event, shape, money, vendor_key)


def _paid_or_pending(invoice: Invoice, event: EventKind, shape: Shape, money: tuple[str, str], vendor_key: str) -> Payload:
    paid = {"paidAmount": money[0], "paidCurrency": money[1], "customerData": _customer(invoice)}
    if event == "paid":
        paid["paidAt"] = invoice.paid_at or written(datetime.now(UTC))
    if shape == "v3":
        status = {"status": event, **paid}
        return _ids(invoice, shape) | status | {"transactionHashKey": sign(_signed(invoice, shape), vendor_key)}
    status = {"invoice_status": event, "referenceNumber": invoice.reference or "", **paid}
    return {"hashKey": sign(_signed(invoice, shape), vendor_key)} | _ids(invoice, shape) | status


def _failed(invoice: Invoice, shape: Shape, money: tuple[str, str], vendor_key: str) -> Payload:
    response = {"gatewayCode": "DECLINED", "gatewayRecommendation": "PROCEED"}
    return _ids(invoice, shape) | {
        "amount": money[0],
        "paidCurrency": money[1],
        "errorMessage": "3D Secure authentication failed",
        "response": json.dumps(response) if shape == "v3" else response,
        "referenceNumber": invoice.reference or "",
        "hashKey": sign(_signed(invoice, shape), vendor_key),
    }


def _cancelled(invoice: Invoice, event: EventKind, shape: Shape, vendor_key: str) -> Payload:
    """Give the payload of an end without payment. The merchant knows its reference only if it is a payment code."""
    reference = invoice.reference or invoice.cancel_reference
    return {
        "hashKey": sign(f"referenceId={reference}&PaymentMethod={invoice.method.name_en}", vendor_key),
        "referenceId": int(reference) if shape == "v3" else reference,
        "status": "EXPIRED" if event == "expired" else "CANCELED",
        "paymentMethod": invoice.method.name_en,
        "pay_load": _pay_load(invoice, shape),
        "transactionId": invoice.invoice_id,
        "transactionKey": invoice.invoice_key,
    }


def refund_webhook(invoice: Invoice, shape: Shape, money: tuple[str, str], vendor_key: str) -> Payload:
    """Give the payload of an approved refund of this money: its amount and its currency."""
    payload: Payload = {
        "transactionId": invoice.invoice_id,
        "amount": money[0],
        "currency": money[1],
        "status": 1 if shape == "v3" else "approved",
        "reason": "Requested by the merchant",
        "approvedAt": written(datetime.now(UTC)),
    }
    if shape == "v3":  # version 2 does not sign refunds
        signed = f"transactionId={invoice.invoice_id}&amount={money[0]}&currency={money[1]}"
        payload["hashKey"] = sign(signed, vendor_key)
    return payload


def _ids(invoice: Invoice, shape: Shape) -> Payload:
    names = ("transaction_key", "transaction_id") if shape == "v3" else ("invoice_key", "invoice_id")
    values = (invoice.invoice_key, invoice.invoice_id)
    method = {"payment_method": invoice.method.name_en, "pay_load": _pay_load(invoice, shape)}
    return dict(zip(names, values, strict=True)) | method


def _signed(invoice: Invoice, shape: Shape) -> str:
    prefix = "Transaction" if shape == "v3" else "Invoice"
    ids = f"{prefix}Id={invoice.invoice_id}&{prefix}Key={invoice.invoice_key}"
    return f"{ids}&PaymentMethod={invoice.method.name_en}"


def _pay_load(invoice: Invoice, shape: Shape) -> object:
    if shape == "v3" and invoice.pay_load is not None:
        return json.dumps(invoice.pay_load, ensure_ascii=False)
    return invoice.pay_load


def _customer(invoice: Invoice) -> Payload:
    names = ("customer_unique_id", "first_name", "last_name", "email", "phone")
    return {f"customer_{name.removeprefix('customer_')}": invoice.customer.get(name) for name in names}
