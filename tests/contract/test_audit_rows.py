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
    *("POST /api/auth/forgot-password", "POST /api/auth/resend-verification", "POST /api/auth/reset-password"),
    *("POST /api/auth/verify-email", "POST /api/auth/upload-avatar"),
    *("PUT /api/auth/me", "POST /api/auth/change-password", "POST /api/wallet/me/pay", "POST /api/points/me/redeem"),
    *("POST /api/cashback/withdraw", "DELETE /api/auth/me/sessions/{session_id}", "DELETE /api/auth/me"),
    *("POST /api/auth/me/second-factor", "POST /api/auth/me/second-factor/confirm"),
    *("POST /api/auth/me/second-factor/recovery-codes", "DELETE /api/auth/me/second-factor"),
)
# The gateway calls it, or sends a payer's browser there, or it is our own job that asks.
NOT_STAFF = (
    "POST /api/orders/{order_id}/invoice/mailed",
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


# What each of these leaves in the log, by name: action and entity, and the fields that it names before and after. What is
# made has no before; what is deleted, and what only asked a question, has no after.
STATUS = "status"
ISSUED = ("issue order", {STATUS}, {STATUS})
PAID = ("pay order", {STATUS, "amount_paid"}, {"payment_id", "left_to_pay", "from_balances"})
MOVED = ("move booking", {STATUS}, {STATUS, "reason"})
CLOSED = ("cancel order", {STATUS}, {STATUS, "reason"})
RATE = {"currency", "rate"}
MOVEMENT = {"balance", "amount", "currency", "reason", "transaction_id"}
Row = tuple[str, set[str], set[str]]
EXPECTED: dict[str, list[Row]] = {
    "POST /api/orders": [("create order", set(), {"total_amount", "user_id", "is_free"})],
    "PUT /api/orders/{order_id}": [("change order", {"notes_en"}, {"notes_en"})],
    "DELETE /api/orders/{order_id}": [("delete order", {"user_id", "items", "currency"}, set())],
    "POST /api/orders/{order_id}/issue": [ISSUED],
    "POST /api/orders/{order_id}/pay": [ISSUED, PAID],
    "POST /api/orders/{order_id}/pay-by-hand": [("settle-manually payment", set(), {"amount", "note"})],
    "POST /api/orders/{order_id}/write-off": [
        ("write-off order", {STATUS, "amount_paid"}, {STATUS, "amount_written_off", "reason"})
    ],
    "POST /api/orders/{order_id}/cancel": [CLOSED],
    "POST /api/orders/{order_id}/refund": [
        ("refund order", {STATUS, "amount_paid", "amount_refunded"}, {"amount", "currency", "reason", "refund_number", "to"})
    ],
    "POST /api/orders/{order_id}/refunds/{refund_id}/withdraw": [("withdraw-refund refund", {STATUS}, {"amount"})],
    "POST /api/payments/create": [ISSUED, PAID],
    "POST /api/payments/quick-pay": [ISSUED, PAID],
    "POST /api/payments/{payment_id}/reconcile": [
        ("ask-gateway payment", set(), set()),
        ("reconcile payment", set(), {"outcome", "detail"}),
    ],
    "POST /api/payments/{payment_id}/resolve": [
        ("resolve-settle payment", {STATUS, "review_reason"}, {"amount", "note", "resolution"})
    ],
    "POST /api/bookings": [("create booking", set(), {"total_amount", "user_id"})],
    "POST /api/bookings/manual-create": [("create booking", set(), {"total_amount", "user_id"})],
    "PUT /api/bookings/{booking_id}": [("change booking", {"guest_count"}, {"guest_count"})],
    "DELETE /api/bookings/{booking_id}": [("delete booking", {"booking_number", STATUS, "order_id"}, set())],
    "PATCH /api/bookings/{booking_id}/status": [MOVED],
    "PUT /api/bookings/{booking_id}/status": [MOVED],
    "POST /api/bookings/{booking_id}/cancel": [MOVED, CLOSED],
    "POST /api/bookings/{booking_id}/pay": [ISSUED, PAID],
    "POST /api/wallet/deposit": [("deposit wallet", {"balance"}, MOVEMENT)],
    "POST /api/wallet/withdraw": [("withdraw wallet", {"balance"}, MOVEMENT)],
    "POST /api/admin/points/add": [("add-points wallet", {"balance"}, MOVEMENT)],
    "POST /api/admin/points/remove": [("remove-points wallet", {"balance"}, MOVEMENT)],
    "POST /api/cashback/admin/add": [("add-cashback wallet", {"balance"}, MOVEMENT)],
    "POST /api/cashback/admin/remove": [("remove-cashback wallet", {"balance"}, MOVEMENT)],
    "POST /api/cashback/admin/requests/{request_id}/approve": [
        ("approve cashback-withdrawal", {STATUS}, {STATUS, "amount", "currency", "user_id"})
    ],
    "POST /api/cashback/admin/requests/{request_id}/reject": [
        ("reject cashback-withdrawal", {STATUS}, {STATUS, "amount", "currency", "user_id", "reason"})
    ],
    "POST /api/admin/approvals/{approval_id}/approve": [
        ("approve approval", {STATUS}, {STATUS, "result_id", "kind", "amount", "asked_by_user_id"}),
        ("deposit wallet", {"balance"}, MOVEMENT),
    ],
    "POST /api/admin/approvals/{approval_id}/reject": [
        ("reject approval", {STATUS}, {STATUS, "reason", "kind", "amount", "asked_by_user_id"})
    ],
    "POST /api/cashback/{record_id}/approve": [("approve cashback", {STATUS}, {STATUS, "amount"})],
    "POST /api/cashback/{record_id}/credit": [("credit cashback", {STATUS}, {STATUS, "amount"})],
    "POST /api/cashback/{record_id}/reject": [("reject cashback", {STATUS}, {STATUS, "amount", "reason"})],
    "POST /api/admin/users": [("create user", set(), {"email", "username", "role", STATUS})],
    "PUT /api/admin/users/{user_id}": [("change user", {"country"}, {"country"})],
    "DELETE /api/admin/users/{user_id}": [("close user", {STATUS, "role"}, {STATUS})],
    "DELETE /api/admin/users/{user_id}/second-factor": [("end-second-factor user", {"second_factor"}, {"second_factor"})],
    "PUT /api/admin/users/{user_id}/role": [("change user", {"role"}, {"role"})],
    "PUT /api/admin/users/{user_id}/assign-employee": [("assign user", {"assigned_employee_id"}, {"assigned_employee_id"})],
    "DELETE /api/admin/users/{user_id}/sessions/{session_id}": [("end-session user", {STATUS}, {STATUS, "session_id"})],
    "PUT /api/loyalty/rates/{currency}": [("set-rate exchange-rate", RATE, RATE)],
    "DELETE /api/loyalty/rates/{currency}": [("remove-rate exchange-rate", RATE, RATE)],
    "PUT /api/payments/rates/{currency}": [("set-gateway-rate gateway-rate", RATE, RATE)],
}
# From where the tests call.
ADDRESS = "127.0.0.1"


def rows_by(desk: Desk, person: Person) -> list[list[Any]]:
    """What this person did, oldest first: action, entity, role, address, request, and what it says before and after."""
    return desk.run(
        """
        select action, entity, actor_role, address, request_id, coalesce(before, '{}'), coalesce(after, '{}')
        from audit_log where actor_id = :id order by at
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
    give(desk.customer.id, wallet="20", cashback="20", points=20)
    path, body = EXAMPLES[name](Scene(desk, person))
    if name.startswith("DELETE /api/loyalty"):
        desk.admin.client.put("/api/loyalty/rates/CHF", {"rate": "55.5"})
    reply = person.client.call(name.partition(" ")[0], path, body)
    assert reply.status < 300, reply.text
    rows = sorted(rows_by(desk, person), key=lambda row: row[0])
    expected = sorted(EXPECTED[name], key=lambda row: row[0])
    assert [f"{action} {entity}" for action, entity, *_ in rows] == [what for what, *_ in expected]
    for (_, _, role, address, request, before, after), (_, told_before, told_after) in zip(rows, expected, strict=True):
        assert (role, address, request) == ("ADMIN", ADDRESS, reply.headers["X-Request-Id"])
        assert told_before <= before.keys()
        assert told_after <= after.keys()
        # What is not told is nothing at all, so that a row never says less than what is looked for here.
        assert (bool(before), bool(after)) == (bool(told_before), bool(told_after))
        if "status" in told_before & told_after:
            assert before["status"] != after["status"]


def test_an_order_that_a_booking_s_end_closes_has_a_row_of_its_own(desk: Desk) -> None:
    for method, path, body in (("POST", "/cancel", {"reason": "fell ill"}), ("DELETE", "", None)):
        person = make_person(desk.system, "ADMIN")
        scene = Scene(desk, person)
        booking = scene.booking()
        (order_id,) = desk.run("select order_id::text from bookings where id = :id", id=booking)[0]
        assert desk.admin.client.post(f"/api/orders/{order_id}/issue", {}).status == 200
        assert person.client.call(method, f"/api/bookings/{booking}{path}", body).status < 300
        rows = desk.run(
            """
            select before, after ->> 'status', after ->> 'reason' is not null from audit_log
            where actor_id = :person and entity = 'order' and entity_id = :id
            """,
            person=person.id,
            id=order_id,
        )
        assert rows == [[{"status": "ISSUED"}, "CANCELLED", True]]


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
