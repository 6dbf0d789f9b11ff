"""Orders and payments, made over HTTP by staff and customers."""

from dataclasses import dataclass
from typing import Any

from tests.support import database
from tests.support.clients import Client, System
from tests.support.people import Person

SANDBOX = "/sandbox/fawaterk"


@dataclass(frozen=True)
class Purchase:
    """An order with an open payment; `token` is the one in the payer's return addresses."""

    order_id: str
    order_number: str
    payment_id: str
    payment_url: str
    gateway_invoice_id: str
    token: str


def draft(staff: Person, customer: Person, **changes: Any) -> dict[str, Any]:
    """A draft order of EGP 2,814.66, with these changes."""
    item = {
        "description_ar": "حجز فندق هيلتون شرم الشيخ",
        "description_en": "Hilton Sharm El Sheikh booking",
        "quantity": 2,
        "unit_price": "1234.50",
    }
    reply = staff.client.post("/api/orders", {"user_id": customer.id, "items": [item]} | changes)
    assert reply.status == 201, reply.text
    order: dict[str, Any] = reply.json
    return order


def issued(staff: Person, customer: Person, **changes: Any) -> str:
    """The id of an order that was issued."""
    order_id: str = draft(staff, customer, **changes)["id"]
    assert staff.client.post(f"/api/orders/{order_id}/issue").status == 200
    return order_id


def purchase(system: System, staff: Person, customer: Person, **changes: Any) -> Purchase:
    """An order whose customer is about to pay by card."""
    order = draft(staff, customer, **changes)
    reply = customer.client.post(f"/api/orders/{order['id']}/pay", {})
    assert reply.status == 200, reply.text
    paid = reply.json
    rows = database.run(system.database_url, "select return_token from payments where id = :id", id=paid["payment_id"])
    return Purchase(
        order["id"], order["order_number"], paid["payment_id"], paid["payment_url"], paid["invoice_id"], rows[0][0]
    )


def happen(system: System, bought: Purchase, event: str, **details: Any) -> Any:
    """Make an event happen at the gateway. It sends a webhook unless `deliver` is False."""
    path = f"{SANDBOX}/invoices/{bought.gateway_invoice_id}/events"
    reply = Client(system.base_url).post(path, {"event": event} | details)
    assert reply.status == 200, reply.text
    return reply.json
