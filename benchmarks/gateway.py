"""A gateway that answers at once, in a process of its own. Every invoice that it opens is paid at once.

It stands in for Fawaterk's three calls that a payment needs, for both systems alike.
"""

import itertools
import json
from typing import Any

_METHODS = [
    {"paymentId": 2, "name_en": "Card", "name_ar": "بطاقة", "redirect": "true", "logo": "https://example.com/card.png"},
]
_invoices: dict[str, dict[str, Any]] = {}
_ids = itertools.count(1_000_000)


def _open(asked: dict[str, Any]) -> dict[str, Any]:
    invoice_id = next(_ids)
    key = f"key{invoice_id}"
    _invoices[str(invoice_id)] = {
        "invoice_id": invoice_id,
        "invoice_key": key,
        "paid": 1,
        "paid_at": None,
        "status_text": "paid",
        "total": asked["cartTotal"],
        "currency": asked["currency"],
        "payment_method": "Card",
        "payment_method_id": 2,
        "pay_load": asked.get("payLoad"),
        "invoice_transactions": [
            {
                "status": "paid",
                "paidWithIt": 1,
                "transactionAmount": asked["cartTotal"],
                "transactionCurrency": asked["currency"],
            }
        ],
    }
    return {
        "invoice_id": invoice_id,
        "invoice_key": key,
        "payment_data": {"redirectTo": f"https://example.com/pay/{key}"},
    }


def _answer(path: str, body: bytes) -> object:
    if path.endswith("invoiceInitPay"):
        return _open(json.loads(body))
    if path.endswith("getPaymentmethods"):
        return _METHODS
    return _invoices[path.rpartition("/")[2]]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One request, as ASGI has it."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    data = json.dumps({"status": "success", "data": _answer(scope["path"], body)}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": data})
