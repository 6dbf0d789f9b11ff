"""The peer's calls to the payment gateway, over connections that stay open."""

import hashlib
import hmac
import os
from decimal import Decimal
from typing import Any

import requests

from benchmarks.peer.tables import Order, User

_ADDRESS = os.environ.get("FAWATERK_BASE_URL", "")
_VENDOR_KEY = os.environ.get("FAWATERK_VENDOR_KEY", "").encode()
_TIMEOUT_SECONDS = 10
_session = requests.Session()
_session.headers["Authorization"] = f"Bearer {os.environ.get('FAWATERK_API_KEY', '')}"
_session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=40))


def open_invoice(order: Order, customer: User, payment_number: str, method_id: int) -> dict[str, Any]:
    """The invoice that the gateway opens for an order's total."""
    total = str(order.total_amount - order.amount_paid)
    body = {
        "payment_method_id": method_id,
        "cartTotal": total,
        "currency": order.currency,
        "invoice_number": payment_number,
        "customer": {"first_name": customer.first_name, "last_name": customer.last_name, "email": customer.email},
        "cartItems": [{"name": order.order_number, "price": total, "quantity": "1"}],
        "payLoad": {"order_id": str(order.id)},
    }
    response = _session.post(f"{_ADDRESS}/invoiceInitPay", json=body, timeout=_TIMEOUT_SECONDS)
    response.raise_for_status()
    data: dict[str, Any] = response.json()["data"]
    return data


def is_paid(invoice_id: str, amount: Decimal) -> bool:
    """Whether the gateway says that this amount of an invoice is paid."""
    response = _session.get(f"{_ADDRESS}/getInvoiceData/{invoice_id}", timeout=_TIMEOUT_SECONDS)
    response.raise_for_status()
    data = response.json()["data"]
    return bool(data["paid"]) and Decimal(data["total"]) == amount


def is_genuine(event: dict[str, Any]) -> bool:
    """Whether the hash of a webhook is right."""
    text = f"InvoiceId={event['invoice_id']}&InvoiceKey={event['invoice_key']}&PaymentMethod={event['payment_method']}"
    expected = hmac.new(_VENDOR_KEY, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, str(event["hashKey"]))
