"""Every operation under generated requests, good and bad: no 5xx but a 503 that is documented, no answer off its schema.

Left out on purpose: the checks that a bad request is refused and that a good one is accepted. A field that a route does
not know is ignored, and numbers may come as strings (both are the contract's), while rules across fields, such as a
discount above the subtotal, are no part of a JSON schema. No operation is left out.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig
from schemathesis.specs.openapi import checks

from lib.web.service import OPENAPI_FILE
from tests.support import database
from tests.support.clients import System
from tests.support.people import Person, make_person

EXAMPLES = 20
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
# Their success ends the session that they are called in.
ENDS_SESSION = ("POST /api/auth/logout", "POST /api/auth/change-password")

generation = GenerationConfig(deterministic=True, max_examples=EXAMPLES, database="none")
schema = schemathesis.openapi.from_path(
    str(OPENAPI_FILE),
    config=SchemathesisConfig(projects=ProjectsConfig(default=ProjectConfig(generation=generation))),
)


@dataclass
class Scene:
    """Who calls, and what there is for each operation to find."""

    system: System
    customer: Person
    people: dict[str, Person] = field(default_factory=dict)
    orders: dict[str, str] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    bookings: dict[str, str] = field(default_factory=dict)
    cashbacks: dict[str, str] = field(default_factory=dict)
    calls: int = 0

    def person(self, label: str) -> Person:
        """The administrator who makes the calls of this operation."""
        if label in ENDS_SESSION or label not in self.people:
            self.people[label] = make_person(self.system, "SUPER_ADMIN")
        return self.people[label]

    def order(self, label: str) -> str:
        """A draft for this operation alone; one that is issued for what needs an invoice, or paid for what refunds."""
        if label not in self.orders:
            items = [{"description_en": "Tour", "quantity": 1, "unit_price": 100}]
            status = "PAID" if "refund" in label else "UNPAID"
            body = {"user_id": self.customer.id, "items": items, "payment_status": status}
            client = self.person("setting the scene").client
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
            reply = self.person("setting the scene").client.post(f"/api/orders/{self.order(label)}/pay", {})
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
            reply = self.person("setting the scene").client.post("/api/bookings", body)
            assert reply.status == 201, reply.text
            self.bookings[label] = reply.json["id"]
        return self.bookings[label]

    def cashback(self, label: str) -> str:
        """A cashback for this operation alone, approved already for what credits it."""
        if label not in self.cashbacks:
            client = self.person("setting the scene").client
            items = [{"description_en": "Tour", "quantity": 1, "unit_price": 100}]
            order = {"user_id": self.customer.id, "items": items, "payment_status": "PAID"}
            assert client.post("/api/orders", order).status == 201
            waiting = client.get(f"/api/cashback/pending?user_id={self.customer.id}&status=PENDING").json
            self.cashbacks[label] = waiting[0]["id"]
            if label.endswith("/credit"):
                assert client.post(f"/api/cashback/{self.cashbacks[label]}/approve").status == 200
        return self.cashbacks[label]

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
        if "record_id" in places:
            places["record_id"] = self.cashback(label)
        if case.query and "user_id" in case.query:
            case.query["user_id"] = self.customer.id
        if isinstance(case.body, dict) and "user_id" in case.body:
            case.body["user_id"] = self.customer.id


@pytest.fixture(scope="module")
def scene(system: System) -> Iterator[Scene]:
    yield Scene(system, make_person(system, "CUSTOMER"))
    # Every test calls from the same address, whose logins are counted.
    database.run(system.database_url, "delete from login_attempts")


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_it_is_described(case: schemathesis.Case[Any], scene: Scene) -> None:
    scene.make_real(case)
    headers = {"Authorization": f"Bearer {scene.person(case.operation.label).client.token}"}
    if case.headers and "Idempotency-Key" in case.headers:
        # The generated keys are few, and an answer that is replayed tests nothing.
        case.headers["Idempotency-Key"] += uuid.uuid4().hex

    case.call_and_validate(base_url=scene.system.base_url, headers=headers, checks=CHECKS, timeout=30)
