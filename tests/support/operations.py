"""Generated calls of every operation, and what there is for them to find."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks

from lib.web.service import OPENAPI_FILE
from tests.support import database
from tests.support.clients import Client, System
from tests.support.people import Person, make_person

# Left out on purpose: that a bad request is refused and that a good one is accepted. A field that a route does not know is
# ignored, and numbers may come as strings (both are the contract's), while rules across fields, such as a discount above
# the subtotal, are no part of a JSON schema.
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
# Their success ends the session that they are called in.
ENDS_SESSION = ("POST /api/auth/logout", "POST /api/auth/change-password")


def every_operation(examples: int, *, is_deterministic: bool) -> BaseSchema:
    """All that the description has, with so many calls of each."""
    generation = GenerationConfig(deterministic=is_deterministic, max_examples=examples, database="none")
    projects = ProjectsConfig(default=ProjectConfig(generation=generation))
    return schemathesis.openapi.from_path(str(OPENAPI_FILE), config=SchemathesisConfig(projects=projects))


@dataclass
class Scene:
    """Who calls, and what there is for each operation to find. Whoever calls by `role` CUSTOMER owns all of it."""

    system: System
    customer: Person
    role: str = "SUPER_ADMIN"
    people: dict[str, Person] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    bookings: dict[str, str] = field(default_factory=dict)
    cashbacks: dict[str, str] = field(default_factory=dict)
    calls: int = 0

    def person(self, label: str) -> Person:
        """Who makes the calls of this operation."""
        if self.role == "CUSTOMER" and label not in ENDS_SESSION:
            return self.customer
        if label in ENDS_SESSION or label not in self.people:
            self.people[label] = make_person(self.system, self.role)
        return self.people[label]

    def staff(self) -> Client:
        """The administrator who makes what there is to find."""
        if "staff" not in self.people:
            self.people["staff"] = make_person(self.system, "SUPER_ADMIN")
        return self.people["staff"].client

    def order(self, label: str) -> str:
        """A draft for this operation alone; one that is issued for what needs an invoice, or paid for what refunds."""
        if label not in self.orders:
            items = [{"description_en": "Tour", "quantity": 1, "unit_price": 100}]
            status = "PAID" if "refund" in label else "UNPAID"
            body = {"user_id": self.customer.id, "items": items, "payment_status": status}
            client = self.staff()
            self.orders[label] = client.post("/api/orders", body).json["id"]
            if "invoice" in label:
                assert client.post(f"/api/orders/{self.orders[label]}/issue").status == 200
            if label.endswith("/refunds"):
                refund = {"reason": "called off", "destination": "wallet", "amount": 1}
                assert client.post(f"/api/orders/{self.orders[label]}/refund", refund).status == 201
        return self.orders[label]

    def payment(self, label: str) -> str:
        """An open payment for this operation alone."""
        if label not in self.payments:
            reply = self.staff().post(f"/api/orders/{self.order(label)}/pay", {})
            assert reply.status == 200, reply.text
            self.payments[label] = reply.json["payment_id"]
        return self.payments[label]

    def booking(self, label: str) -> str:
        """A booking for this operation alone."""
        if label not in self.bookings:
            item = {"description_en": "Room", "quantity": 2, "unit_price": 100}
            body = {
                "user_id": self.customer.id,
                "booking_type": "HOTEL",
                "title_en": "Luxor",
                "start_date": "2047-05-01",
                "items": [item],
            }
            reply = self.staff().post("/api/bookings", body)
            assert reply.status == 201, reply.text
            self.bookings[label] = reply.json["id"]
        return self.bookings[label]

    def cashback(self, label: str) -> str:
        """A cashback for this operation alone, approved already for what credits it."""
        if label not in self.cashbacks:
            client = self.staff()
            items = [{"description_en": "Tour", "quantity": 1, "unit_price": 100}]
            order = {"user_id": self.customer.id, "items": items, "payment_status": "PAID"}
            assert client.post("/api/orders", order).status == 201
            waiting = client.get(f"/api/cashback/pending?user_id={self.customer.id}&status=PENDING").json
            self.cashbacks[label] = waiting[0]["id"]
            if label.endswith("/credit"):
                assert client.post(f"/api/cashback/{self.cashbacks[label]}/approve").status == 200
        return self.cashbacks[label]

    def approval(self) -> str:
        """A deposit that an administrator has asked for, a new one each time, since each is decided once."""
        asker = make_person(self.system, "ADMIN")
        return str(
            database.run(
                self.system.database_url,
                """
                insert into approvals (kind, user_id, amount, currency, value, request, asked_by_user_id)
                values ('DEPOSIT', :customer, 5, 'EGP', 5, '{"reason": "gift", "reason_ar": null, "reference": null}',
                        :asker) returning id
                """,
                customer=self.customer.id,
                asker=asker.id,
            )[0][0]
        )

    def make_real(self, case: schemathesis.Case[Any]) -> None:
        """Let every second call be about something that exists."""
        self.calls += 1
        if self.calls % 2:
            return
        label = case.operation.label
        places = case.path_parameters or {}
        if "order_id" in places:
            places["order_id"] = self.order(label)
        if "payment_id" in places:
            places["payment_id"] = self.payment(label)
        if "booking_id" in places:
            places["booking_id"] = self.booking(label)
        if "approval_id" in places:
            places["approval_id"] = self.approval()
        if "record_id" in places:
            places["record_id"] = self.cashback(label)
        if case.query and "user_id" in case.query:
            case.query["user_id"] = self.customer.id
        if isinstance(case.body, dict) and "user_id" in case.body:
            case.body["user_id"] = self.customer.id

    def call(self, case: schemathesis.Case[Any], seconds: int = 30) -> None:
        """Make one generated call, and hold its answer against the description."""
        self.make_real(case)
        if case.headers and "Idempotency-Key" in case.headers:
            # The generated keys are few, and an answer that is replayed tests nothing.
            case.headers["Idempotency-Key"] += uuid.uuid4().hex
        headers = {"Authorization": f"Bearer {self.person(case.operation.label).client.token}"}
        case.call_and_validate(base_url=self.system.base_url, headers=headers, checks=CHECKS, timeout=seconds)
