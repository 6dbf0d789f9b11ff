"""A merchant that uses the sandbox: its calls, and its server for webhooks."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lib.fawaterk.events import Event
from local.sandbox.app import create_sandbox

VENDOR_KEY = "vendor-key"
HEADERS = {"Authorization": "Bearer api-key", "Content-Type": "application/json"}
PUBLIC_URL = "http://localhost:8080/sandbox/fawaterk"


@dataclass
class Receiver:
    """A merchant's server that records the requests to it."""

    url: str
    received: list[tuple[str, Event]] = field(default_factory=list)
    meeting: Barrier | None = None

    @property
    def events(self) -> list[Event]:
        """The recorded requests without their paths."""
        return [event for _, event in self.received]


def sandbox_at(path: Path, webhook_url: str) -> FlaskClient:
    """Give a client of a sandbox whose invoices are at the path."""
    return create_sandbox(
        store_path=path, api_key="api-key", vendor_key=VENDOR_KEY, webhook_url=webhook_url, public_url=PUBLIC_URL
    ).test_client()


def told(answer: TestResponse) -> Any:
    """Give the JSON of a response."""
    return json.loads(answer.data)


def order(**changes: object) -> dict[str, object]:
    """Give the body of invoiceInitPay for a card and 100 EGP, with these changes."""
    return {
        "payment_method_id": 2,
        "cartTotal": "100.00",
        "currency": "EGP",
        "customer": {"first_name": "Mona", "last_name": "Ali", "email": "m@example.com", "phone": "01001234567"},
        "cartItems": [{"name": "ORD-1", "price": "100.00", "quantity": "1"}],
        "redirectionUrls": {
            "successUrl": "https://shop.example/s",
            "failUrl": "https://shop.example/f",
            "pendingUrl": "https://shop.example/p",
        },
        "payLoad": {"payment_id": "p-1"},
    } | changes


def opened(sandbox: FlaskClient, **changes: object) -> dict[str, Any]:
    """Open an invoice and give the data of the response."""
    answer = sandbox.post("/api/v2/invoiceInitPay", headers=HEADERS, data=json.dumps(order(**changes)))
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = told(answer)["data"]
    return data


def refused(sandbox: FlaskClient, **changes: object) -> tuple[int, Any]:
    """Ask for an invoice that is refused, and give the status and the message."""
    answer = sandbox.post("/api/v2/invoiceInitPay", headers=HEADERS, data=json.dumps(order(**changes)))
    assert told(answer)["status"] == "error"
    return answer.status_code, told(answer)["message"]


def invoice_data(sandbox: FlaskClient, invoice_id: int) -> Any:
    """Give the data of getInvoiceData."""
    return told(sandbox.get(f"/api/v2/getInvoiceData/{invoice_id}", headers=HEADERS))["data"]


def happen(sandbox: FlaskClient, invoice_id: object, **event: object) -> TestResponse:
    """Make an event happen to an invoice."""
    return sandbox.post(f"/invoices/{invoice_id}/events", json=event)
