"""A customer's wallet as they use it, and lists as they are read."""

from typing import Any

from tests.support.clients import Client, Reply
from tests.support.money import Desk

HISTORY = "/api/wallet/me/transactions"


def pay(desk: Desk, amount: object, reference_id: str, reference_type: str = "ORDER") -> Reply:
    """What a customer who pays an order or booking from their wallet is answered."""
    body = {"amount": amount, "reference_type": reference_type, "reference_id": reference_id}
    return desk.customer.client.post("/api/wallet/me/pay", body)


def history(desk: Desk) -> list[dict[str, Any]]:
    """What moved the wallet, newest first."""
    return list(desk.customer.client.get(HISTORY).json)


def pages(client: Client, path: str) -> list[list[dict[str, Any]]]:
    """A whole list, page after page, as its links lead through it."""
    at: str | None = path
    found: list[list[dict[str, Any]]] = []
    while at:
        reply = client.get(at)
        found.append(reply.json)
        link = reply.headers.get("Link")
        at = link[link.index("/api/") : link.index(">")] if link else None
    return found
