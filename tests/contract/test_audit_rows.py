"""Every change by staff leaves its rows in the audit log: who, what, and from where."""

import uuid
from typing import Any

import pytest

from lib.security.administrators import create_administrator
from lib.web.routes import Route
from tests.contract.test_every_route import ROUTES, Scene, declared
from tests.support.balances import give
from tests.support.clients import Client, System
from tests.support.money import WEBHOOK, Desk, open_desk
from tests.support.people import Person, make_person

__all__ = ["declared"]

# One's own profile, session and balances: no change for somebody else.
OWN = (
    *("POST /api/auth/register", "POST /api/auth/login", "POST /api/auth/refresh", "POST /api/auth/logout"),
    *("PUT /api/auth/me", "POST /api/auth/change-password", "POST /api/wallet/me/pay", "POST /api/points/me/redeem"),
    "POST /api/cashback/withdraw",
)
# The gateway calls it, or sends a payer's browser there.
NOT_STAFF = (
    *(f"POST {WEBHOOK}{end}" for end in ("", "/", "_json", "_json/")),
    *(f"POST /payment/{page}" for page in ("success", "fail", "pending")),
)
EXAMPLES: dict[str, Any] = {
    name: call for name, (_, call) in ROUTES.items() if not name.startswith("GET ") and name not in (*OWN, *NOT_STAFF)
} | {
    "POST /api/bookings": lambda scene: (
        "/api/bookings",
        {**ROUTES["POST /api/bookings"][1](scene)[1], "user_id": scene.owner},  # type: ignore[dict-item] # the body
    )
}


@pytest.fixture(scope="module")
def desk(system: System) -> Desk:
    return open_desk(system)


def rows_by(desk: Desk, person: Person) -> list[list[Any]]:
    """What this person did, oldest first: action, entity, role, address, whether it says before or after."""
    return desk.run(
        """
        select action, entity, actor_role, address, before is not null or after is not null from audit_log
        where actor_id = :id order by at
        """,
        id=person.id,
    )


def actions(desk: Desk, person: Person) -> list[str]:
    return [f"{action} {entity}" for action, entity, *_ in rows_by(desk, person)]


def test_every_route_by_which_staff_change_something_has_an_example(declared: dict[str, Route]) -> None:
    changing = {name for name, route in declared.items() if route.method != "GET"}
    assert changing - set(OWN) - set(NOT_STAFF) == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_change_by_staff_has_its_row(desk: Desk, name: str) -> None:
    person = make_person(desk.system, "ADMIN")
    give(desk.customer.id, wallet="20")
    path, body = EXAMPLES[name](Scene(desk, person))
    if name.startswith("DELETE /api/loyalty"):
        desk.admin.client.put("/api/loyalty/rates/CHF", {"rate": "55.5"})
    reply = person.client.call(name.partition(" ")[0], path, body)
    assert reply.status < 300, reply.text
    rows = rows_by(desk, person)
    assert rows
    for _, _, role, address, _ in rows:
        assert (role, bool(address)) == ("ADMIN", True)
    assert any(tells for *_, tells in rows)


def test_paying_for_a_customer_says_what_was_taken_and_that_it_was_issued(desk: Desk) -> None:
    person = make_person(desk.system, "ADMIN")
    give(desk.customer.id, wallet="400")
    order_id = desk.order()["id"]
    assert desk.ask_to_pay(order_id, person=person, wallet_to_use=400).json["status"] == "PAID"
    assert sorted(actions(desk, person)) == ["issue order", "pay order"]
    (after,) = desk.run("select after from audit_log where actor_id = :id and action = 'pay'", id=person.id)[0]
    assert after["from_balances"]["wallet"] == "342.00"


def test_an_order_that_is_free_paid_elsewhere_or_promised_balances_says_so(desk: Desk) -> None:
    give(desk.customer.id, wallet="50")
    for fields, expected in (
        ({"is_free": True}, ["create order", "issue order"]),
        ({"payment_status": "PAID"}, ["create order", "issue order", "settle-manually payment"]),
        ({"wallet_to_use": 50}, ["create order", "hold-balances order"]),
    ):
        person = make_person(desk.system, "ADMIN")
        made = Desk(desk.system, desk.customer, desk.employee, person, desk.gateway).order(**fields)
        assert sorted(actions(desk, person)) == expected, made


def opener_of(desk: Desk, order_id: str) -> list[str]:
    rows = desk.run("select opened_by_user_id::text from payments where order_id = :id", id=order_id)
    return [opener for (opener,) in rows]


def test_a_payment_knows_who_opened_it(desk: Desk) -> None:
    give(desk.customer.id, wallet="700", points=1000)
    of_customer, of_staff, of_wallet, of_points = (desk.order()["id"] for _ in range(4))
    desk.pay(of_customer)
    assert desk.ask_to_pay(of_staff, person=desk.employee).status == 200
    about = {"reference_type": "ORDER"}
    assert desk.customer.client.post("/api/wallet/me/pay", {"amount": 5, "reference_id": of_wallet, **about}).status == 200
    redeemed = desk.customer.client.post("/api/points/me/redeem", {"points": 500, "reference_id": of_points, **about})
    assert redeemed.status == 200, redeemed.text
    by_hand = desk.order(payment_status="PAID")["id"]
    assert [opener_of(desk, order) for order in (of_customer, of_staff, of_wallet, of_points, by_hand)] == [
        [desk.customer.id],
        [desk.employee.id],
        [desk.customer.id],
        [desk.customer.id],
        [desk.admin.id],
    ]


def test_a_customer_leaves_no_row(desk: Desk) -> None:
    person = make_person(desk.system, "CUSTOMER")
    mine = Desk(desk.system, person, desk.employee, desk.admin, desk.gateway)
    mine.pay(mine.order()["id"])
    assert rows_by(desk, person) == []
    assert Client(desk.system.base_url).get("/health").status == 200


def test_an_administrator_made_on_the_command_line_has_a_row(desk: Desk) -> None:
    email = f"operator-{uuid.uuid4()}@example.com"
    assert create_administrator(email, "Operator-Pass-123")
    rows = desk.run(
        "select action, address from audit_log where entity_id = (select id from users where email = :email)", email=email
    )
    assert rows == [["create-admin", "command line"]]
