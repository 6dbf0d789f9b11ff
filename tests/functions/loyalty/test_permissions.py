"""Every route as each role: what one may, what one may not, and answers as they are declared."""

import uuid
from typing import Any

import pytest
from pydantic import TypeAdapter

from lib.security.callers import ROLES
from lib.web.routes import Route
from tests.support.balances import give
from tests.support.clients import Client, System
from tests.support.money import Desk
from tests.support.people import Person, make_person

EVERYBODY = frozenset(ROLES)
STAFF = EVERYBODY - {"CUSTOMER"}
ADMINS = frozenset({"ADMIN", "SUPER_ADMIN"})
ROUTES = {
    ("GET", "/api/wallet/me"): EVERYBODY,
    ("GET", "/api/wallet/me/balance"): EVERYBODY,
    ("GET", "/api/wallet/me/transactions"): EVERYBODY,
    ("POST", "/api/wallet/me/pay"): EVERYBODY,
    ("POST", "/api/wallet/deposit"): ADMINS,
    ("POST", "/api/wallet/withdraw"): ADMINS,
    ("GET", "/api/points/me"): EVERYBODY,
    ("GET", "/api/points/me/transactions"): EVERYBODY,
    ("POST", "/api/points/me/redeem"): EVERYBODY,
    ("GET", "/api/cashback/me"): EVERYBODY,
    ("GET", "/api/cashback/me/records"): EVERYBODY,
    ("GET", "/api/cashback/me/balance"): EVERYBODY,
    ("GET", "/api/cashback/me/summary"): EVERYBODY,
    ("POST", "/api/cashback/withdraw"): EVERYBODY,
    ("GET", "/api/cashback/pending"): ADMINS,
    ("POST", "/api/cashback/{record_id}/approve"): ADMINS,
    ("POST", "/api/cashback/{record_id}/credit"): ADMINS,
    ("POST", "/api/cashback/{record_id}/reject"): ADMINS,
    ("GET", "/api/loyalty/tiers"): EVERYBODY,
    ("GET", "/api/loyalty/rates"): STAFF,
    ("PUT", "/api/loyalty/rates/{currency}"): ADMINS,
    ("DELETE", "/api/loyalty/rates/{currency}"): ADMINS,
}


def scene(desk: Desk, person: Person, path: str) -> tuple[str, dict[str, Any] | None]:
    """A path and a body that succeed for who may call them."""
    give(person.id, wallet="100", cashback="100", points=1000)
    if path.startswith("/api/cashback/{"):
        order_id = desk.order(payment_status="PAID")["id"]
        record_id = desk.run("select id from cashback_records where order_id = :id", id=order_id)[0][0]
        if path.endswith("credit"):
            assert desk.admin.client.post(f"/api/cashback/{record_id}/approve").status == 200
        return path.replace("{record_id}", str(record_id)), {"reason": "a test booking"}
    if path == "/api/wallet/me/pay":
        item = {"description_en": "Tour", "quantity": 1, "unit_price": 10}
        order = desk.employee.client.post("/api/orders", {"user_id": person.id, "items": [item]}).json
        return path, {"amount": "5", "reference_type": "ORDER", "reference_id": order["id"]}
    if path.endswith("redeem"):
        return path, {"points": 100}
    if "{currency}" in path:
        desk.admin.client.put("/api/loyalty/rates/CHF", {"rate": "55.5"})
        return path.replace("{currency}", "CHF"), {"rate": "56"}
    if path in ("/api/wallet/deposit", "/api/wallet/withdraw"):
        return f"{path}?user_id={desk.customer.id if person is desk.customer else person.id}", {"amount": 1}
    return path, {"amount": 1}


@pytest.fixture
def declared(database: str) -> list[Route]:
    """The function's routes; it reads its environment as it is imported."""
    assert database
    from functions.loyalty.main import api  # noqa: PLC0415

    return api.routes


def test_the_table_names_every_route(declared: list[Route]) -> None:
    own = [route for route in declared if route.path.startswith("/api/")]
    assert {(route.method, route.path) for route in own} == set(ROUTES)


@pytest.mark.parametrize("role", sorted(EVERYBODY))
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_role_may_what_it_may_and_is_answered_as_declared(
    system: System, desk: Desk, declared: list[Route], method: str, path: str, role: str
) -> None:
    person = make_person(system, role)
    target, body = scene(desk, person, path)
    reply = person.client.call(method, target, None if method in ("GET", "DELETE") else body)
    if role not in ROUTES[method, path]:
        assert (reply.status, reply.json["code"]) == (403, "forbidden")
        return
    route = next(one for one in declared if (one.method, one.path) == (method, path))
    assert reply.status == route.status, reply.text
    if route.answer is not None:
        TypeAdapter(route.answer).validate_json(reply.content)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_gets_in_without_a_token(anyone: Client, method: str, path: str) -> None:
    reply = anyone.call(method, path.replace("{record_id}", str(uuid.uuid4())).replace("{currency}", "CHF"))
    assert (reply.status, reply.json["code"]) == (401, "unauthenticated")
