"""Helpers for tests of payments: a customer, staff and the gateway's sandbox, what they do and what they can see."""

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Barrier
from typing import Any, TypeVar

from lib import secrets
from lib.fawaterk.client import Fawaterk
from lib.fawaterk.models import Customer, InvoiceRequest, ReturnUrls
from lib.fawaterk.signatures import sign
from tests.support import database
from tests.support.clients import Client, Reply, System
from tests.support.people import Person, make_person

T = TypeVar("T")

WEBHOOK = "/api/payments/fawaterk/webhook"
SERVICE = {"description_ar": "خدمة", "description_en": "Service", "quantity": 3, "unit_price": 100}


@dataclass(frozen=True)
class Attempt:
    """An open payment of an order, with the response that the payer got."""

    order_id: str
    payment_id: str
    invoice_id: str
    invoice_key: str
    answer: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Statuses:
    """The statuses of an order and of one of its payments, as their owner reads them."""

    order: str
    payment_status: str
    payment: str
    amount_paid: str


# What only administrators may ask for with an order.
ADMINISTRATORS = ("is_free", "payment_status", "points_to_use", "cashback_to_use", "wallet_to_use")


@dataclass(frozen=True)
class Desk:
    """Everybody who takes part in a payment."""

    system: System
    customer: Person
    employee: Person
    admin: Person
    gateway: Client

    def order(self, **fields: Any) -> dict[str, Any]:
        """Make a draft of 342.00 EGP, or with these fields."""
        comes_to_nothing = all(item.get("unit_price") == 0 for item in fields.get("items", [SERVICE]))
        is_administrators = comes_to_nothing or not fields.keys().isdisjoint(ADMINISTRATORS)
        maker = self.admin if is_administrators else self.employee
        made = maker.client.post("/api/orders", {"user_id": self.customer.id, "items": [SERVICE], **fields})
        assert made.status == 201, made.text
        return dict(made.json)

    def ask_to_pay(self, order_id: str, method: int | None = None, person: Person | None = None, **using: Any) -> Reply:
        """Ask to pay; `using`: how much of the balances, as points_to_use, cashback_to_use, wallet_to_use."""
        body = using if method is None else {"payment_method_id": method, **using}
        return (person or self.customer).client.post(f"/api/orders/{order_id}/pay", body)

    def pay(self, order_id: str, method: int | None = None, **using: Any) -> Attempt:
        reply = self.ask_to_pay(order_id, method, **using)
        assert reply.status == 200, reply.text
        answer = reply.json
        return Attempt(order_id, answer["payment_id"], answer["invoice_id"], answer["invoice_key"], answer)

    def attempt(self, method: int | None = None, **fields: Any) -> Attempt:
        """Make a new order, and an open attempt to pay it."""
        return self.pay(self.order(**fields)["id"], method)

    def happens(self, invoice_id: str, event: str, **options: Any) -> tuple[dict[str, Any], list[Reply]]:
        """Make an event happen at the gateway; its signed webhook, and our reply to each delivery."""
        event_reply = self.gateway.post(f"/invoices/{invoice_id}/events", {"event": event, **options})
        assert event_reply.status == 200, event_reply.text
        replies = [Reply(one["status"], {}, json.dumps(one["body"]).encode()) for one in event_reply.json["deliveries"]]
        return dict(event_reply.json["webhook"]), replies

    def outcome(self, invoice_id: str, event: str, **options: Any) -> str:
        """Make an event happen, and return the status that we answered its delivery with."""
        _, (reply,) = self.happens(invoice_id, event, **options)
        assert reply.status == 200, reply.text
        return str(reply.json["status"])

    def webhook(self, invoice_id: str, event: str, **options: Any) -> dict[str, Any]:
        """Make an event happen without delivering its webhook, and return that webhook."""
        return self.happens(invoice_id, event, deliver=False, **options)[0]

    def as_json(self, payload: dict[str, Any]) -> bytes:
        return json.dumps(payload).encode()

    def send(self, payload: dict[str, Any], encoding: str = "json") -> Reply:
        """Send a webhook, as anybody who has this payload could."""
        nobody = Client(self.system.base_url)
        if encoding == "json":
            return nobody.call("POST", WEBHOOK, data=self.as_json(payload), headers={"Content-Type": "application/json"})
        return nobody.call("POST", WEBHOOK, data={name: str(value) for name, value in payload.items()})

    def sent(self, payload: dict[str, Any], encoding: str = "json") -> str:
        """Send such a webhook, and return the status that we answered."""
        reply = self.send(payload, encoding)
        assert reply.status == 200, reply.text
        return str(reply.json["status"])

    def by_the_guide(self, attempt: Attempt, status: str) -> dict[str, Any]:
        """A webhook with the field names of the deployment guide."""
        text = f"InvoiceId={attempt.invoice_id}&InvoiceKey={attempt.invoice_key}&PaymentMethod=card"
        return {
            "invoice_id": attempt.invoice_id,
            "InvoiceKey": attempt.invoice_key,
            "PaymentMethod": "card",
            "invoice_status": status,
            "amount_cents": "34200",
            "hashKey": sign(text, self.system.vendor_key),
        }

    def statuses(self, attempt: Attempt) -> Statuses:
        order = self.customer.client.get(f"/api/orders/{attempt.order_id}").json
        # Not as the payer's screen reads it, which looks at the gateway.
        payment = self.admin.client.get(f"/api/admin/payments/{attempt.payment_id}").json
        return Statuses(order["status"], order["payment_status"], payment["status"], str(order["amount_paid"]))

    def payment(self, attempt: Attempt) -> dict[str, Any]:
        return dict(self.customer.client.get(f"/api/payments/status/{attempt.payment_id}").json)

    def log(self, **filters: str) -> list[dict[str, Any]]:
        """The webhook log as staff read it, newest first."""
        query = "&".join(f"{name}={value}" for name, value in {"limit": "100", **filters}.items())
        return list(self.employee.client.get(f"/api/payments/webhook-logs?{query}").json)

    def resolve(self, attempt: Attempt, action: str, **fields: Any) -> Reply:
        body = {"action": action, "note": "looked at the bank statement", **fields}
        return self.admin.client.post(f"/api/payments/{attempt.payment_id}/resolve", body)

    def reconcile(self, attempt: Attempt) -> str:
        reply = self.employee.client.post(f"/api/payments/{attempt.payment_id}/reconcile", {})
        assert reply.status == 200, reply.text
        return str(reply.json["outcome"])

    def job(self, name: str) -> dict[str, Any]:
        reply = Client(self.system.base_url).post(f"/jobs/{name}", {})
        assert reply.status == 200, reply.text
        return dict(reply.json)

    def run(self, sql: str, **values: object) -> list[list[Any]]:
        return database.run(self.system.database_url, sql, **values)

    def make_due(self, attempt: Attempt) -> None:
        """Make a payment due for the jobs, if they check it at all, and the webhooks of its invoice too."""
        self.run("update payments set check_due_at = now() where id = :id and check_due_at > now()", id=attempt.payment_id)
        self.make_webhooks_due(attempt.invoice_id)

    def make_webhooks_due(self, invoice_id: str) -> None:
        self.run(
            """
            update webhook_retries set due_at = now()
            where event_id in (select id from webhook_events where invoice_id = :id)
            """,
            id=invoice_id,
        )

    def kept(self, invoice_id: str) -> int:
        """How many webhooks of an invoice wait to be retried."""
        rows = self.run(
            """
            select count(*) from webhook_retries r join webhook_events e on e.id = r.event_id where e.invoice_id = :id
            """,
            id=invoice_id,
        )
        return int(rows[0][0])

    def lose_an_attempt(self, order_id: str, mode: str = "garbage", **asked: str) -> tuple[str, str]:
        """Make a payment whose answer was lost although the gateway opened an invoice; the ids of both.

        The sandbox opens nothing during an outage, so the same request is sent to it again, not through our API. `asked`
        can replace the payment's amount and currency in it.
        """
        with self.outage(mode):
            reply = self.ask_to_pay(order_id)
            assert (reply.status, reply.json["code"]) == (503, "gateway_unavailable"), reply.text
        payment_id, number, amount, currency = self.run(
            """
            select id::text, payment_number, money(amount, currency)::text, currency from payments
            where order_id = :id and status = 'PENDING'
            """,
            id=order_id,
        )[0]
        terms = {"amount": amount, "currency": currency, **asked}
        return payment_id, self.open_beside(payment_id, number, Decimal(terms["amount"]), terms["currency"])

    def open_beside(self, payment_id: str, number: str, amount: Decimal, currency: str) -> str:
        """Open an invoice at the gateway with this payment's pay_load, without our system; its id."""
        page = f"{self.system.base_url}/payment/success"
        request = InvoiceRequest(
            payment_method_id=2,
            amount=amount,
            currency=currency,
            invoice_number=number,
            customer=Customer(first_name="Mona", last_name="El-Sayed", email=self.customer.email, phone=None, unique_id="1"),
            item_name="AltayarVIP",
            urls=ReturnUrls(success=page, fail=page, pending=page, webhook=f"{self.system.base_url}{WEBHOOK}"),
            pay_load={"payment_id": payment_id},
            lang="en",
        )
        gateway = Fawaterk(f"{self.gateway.base_url}/api/v2", secrets.newest(secrets.FAWATERK_API_KEY))
        return gateway.open_invoice(request, 10).invoice_id

    def unpay(self, invoice_id: str) -> None:
        """Reverse the payment of an invoice in the sandbox's own database; its API has no call for that."""
        with contextlib.closing(sqlite3.connect(self.system.log.parent / "sandbox.sqlite3", timeout=30)) as invoices:
            invoices.execute("update invoices set paid_at = null, status = 'unpaid' where invoice_id = ?", (invoice_id,))
            invoices.commit()

    @contextlib.contextmanager
    def conversion(self, **changes: object) -> Iterator[None]:
        """Let the gateway convert otherwise, with other rates (`rates`), and end that whatever happens meanwhile."""
        before = self.gateway.get("/conversion").json
        assert self.gateway.post("/conversion", changes).status == 200
        try:
            yield
        finally:
            self.gateway.post("/conversion", before)

    @contextlib.contextmanager
    def answers(self, path: str, body: object, status: int = 200) -> Iterator[None]:
        """Make the gateway answer one path of its API so; an object's `data` is laid over what it would answer."""
        self.gateway.post("/odd-answers", {"path": path, "status": status, "body": body})
        try:
            yield
        finally:
            self.gateway.delete(f"/odd-answers/{path}")

    @contextlib.contextmanager
    def outage(self, mode: str, path: str = "") -> Iterator[None]:
        """Make the gateway fail in this mode, for calls whose path begins so, and end that whatever happens meanwhile."""
        self.gateway.post("/outage", {"mode": mode, "path": path})
        try:
            yield
        finally:
            self.gateway.post("/outage", {"mode": "ok"})


def open_desk(system: System) -> Desk:
    """A desk with new people, so that they only see what this test made."""
    return Desk(
        system,
        make_person(system, "CUSTOMER"),
        make_person(system, "EMPLOYEE"),
        make_person(system, "ADMIN"),
        Client(f"{system.base_url}/sandbox/fawaterk"),
    )


def at_once(*works: Callable[[], T]) -> list[T]:
    """Call all of these at the same moment, each in its own thread."""
    start = Barrier(len(works))

    def begin(work: Callable[[], T]) -> T:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(begin, works))
