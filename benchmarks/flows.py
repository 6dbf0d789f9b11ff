"""An order from its draft to the webhook that settles it, asked of both systems, and whether they answer the same."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from benchmarks.database import KEYS
from benchmarks.load import Connection, Request
from lib.fawaterk.signatures import sign

WEBHOOK = "/api/payments/fawaterk/webhook"
_ITEM = {"description_ar": "خدمة", "description_en": "Service", "quantity": 1, "unit_price": 100}
# What differs from one order to the next, and a webhook's words.
_OWN = {"access_token", "refresh_token", "expires_in", "invoice_id", "invoice_key", "message", "payment_url"}
_NUMBERS = ("order_number", "invoice_number", "payment_number")


class System:
    """One of the two systems: connections to its servers (orders, webhooks), and the token of staff."""

    def __init__(self, orders: int, webhooks: int, token: str, customer: UUID) -> None:
        self._orders, self._webhooks = Connection(orders), Connection(webhooks)
        self._token, self._customer = token, customer

    def opened(self) -> tuple[list[bytes], Request]:
        """Make, issue and pay an order: the three answers, and the webhook that will settle it."""
        body = json.dumps({"user_id": str(self._customer), "order_type": "MANUAL_INVOICE", "items": [_ITEM] * 3})
        made = self._orders.send(Request("POST", "/api/orders", self._token, body))
        path = f"/api/orders/{json.loads(made)['id']}"
        issued = self._orders.send(Request("POST", f"{path}/issue", self._token))
        paid = self._orders.send(Request("POST", f"{path}/pay", self._token, '{"payment_method_id": 2}'))
        return [made, issued, paid], _webhook(json.loads(paid))

    def settle(self, webhook: Request) -> bytes:
        """The answer to a webhook. Raises RuntimeError where it did not settle a payment."""
        answer = self._webhooks.send(webhook)
        if json.loads(answer)["status"] != "processed":
            raise RuntimeError(answer)
        return answer

    def flow(self) -> list[bytes]:
        """All of it: the answers."""
        answers, webhook = self.opened()
        return [*answers, self.settle(webhook)]


def _webhook(payment: dict[str, Any]) -> Request:
    ids = {name: str(payment[name]) for name in ("invoice_id", "invoice_key")}
    text = f"InvoiceId={ids['invoice_id']}&InvoiceKey={ids['invoice_key']}&PaymentMethod=Card"
    event = {
        **ids,
        "payment_method": "Card",
        "invoice_status": "paid",
        "paidAmount": str(payment["amount"]),
        "paidCurrency": payment["currency"],
        "hashKey": sign(text, KEYS["FAWATERK_VENDOR_KEY"]),
    }
    return Request("POST", WEBHOOK, body=json.dumps(event))


def require_same(what: str, ours: bytes, peers: bytes, *, own: bool = False) -> None:
    """Exit where two answers differ in any field. `own`: of ids, numbers and times only the kind is compared."""
    first, second = (dict(_fields("", json.loads(answer), own=own)) for answer in (ours, peers))
    different = [path for path in first.keys() | second.keys() if first.get(path, "absent") != second.get(path, "absent")]
    if different:
        lines = [f"  {path}: {first.get(path, 'absent')!r} and {second.get(path, 'absent')!r}" for path in sorted(different)]
        raise SystemExit(f"{what}: the peer answers something else than we do\n" + "\n".join(lines))


def _fields(path: str, value: Any, *, own: bool) -> Iterator[tuple[str, object]]:
    """Each field with its value, in a form that both systems share."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _fields(f"{path}.{name}", part, own=own)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _fields(f"{path}[{number}]", part, own=own)
    else:
        yield path, _plain(path.rpartition(".")[2], value, own=own)


def _plain(name: str, value: Any, *, own: bool) -> object:
    if own and (name in _OWN or name in _NUMBERS or name.endswith("id")) and value is not None:
        return type(value).__name__
    if name.endswith("_at") and value is not None:
        moment = dt.datetime.fromisoformat(value)
        return "a time" if own else moment.astimezone(dt.UTC)
    return value
