"""Nobody moves money for their own account: each route that changes something, called by whoever would gain by it."""

import uuid
from collections.abc import Callable

import pytest

from lib.web.routes import Route
from tests.contract.test_every_route import BOOKING, BOOKING_FORM, REFUND, Scene, declared, of_owner
from tests.support.balances import give
from tests.support.clients import Reply
from tests.support.money import SERVICE, WEBHOOK, Desk, open_desk
from tests.support.people import Person, make_person

__all__ = ["declared"]

Call = Callable[[Scene], tuple[str, object]]


def a_desk_of(person: Person, desk: Desk) -> Scene:
    """A scene whose orders, bookings and payments belong to this person."""
    return Scene(Desk(desk.system, person, desk.employee, desk.admin, desk.gateway), person)


def of(path: str, thing: Callable[[Scene], str], body: object = None) -> Call:
    return lambda scene: (path.replace("*", thing(scene)), body)


# Refused with 403 own_account, whatever the role.
REFUSED: dict[str, Call] = {
    "POST /api/orders": lambda scene: ("/api/orders", {"user_id": scene.owner, "items": [SERVICE]}),
    "PUT /api/orders/{order_id}": of("/api/orders/*", Scene.draft, {"items": [{**SERVICE, "unit_price": 1}]}),
    "POST /api/orders/{order_id}/pay-by-hand": of("/api/orders/*/pay-by-hand", Scene.issued, {"note": "in cash"}),
    "POST /api/orders/{order_id}/write-off": of("/api/orders/*/write-off", Scene.issued, {"reason": "gone"}),
    "POST /api/orders/{order_id}/refund": of("/api/orders/*/refund", Scene.paid, REFUND),
    "POST /api/orders/{order_id}/refunds/{refund_id}/withdraw": of("/api/orders/*/withdraw", Scene.pending_refund),
    "POST /api/payments/{payment_id}/resolve": of(
        "/api/payments/*/resolve", Scene.in_review, {"action": "settle", "note": "seen"}
    ),
    "POST /api/bookings/manual-create": lambda scene: (
        "/api/bookings/manual-create",
        {"user_id": scene.owner, **BOOKING_FORM},
    ),
    "PUT /api/bookings/{booking_id}": of("/api/bookings/*", Scene.booking, {"discount_amount": 1}),
    "PATCH /api/bookings/{booking_id}/status": of("/api/bookings/*/status", Scene.booking, {"status": "CONFIRMED"}),
    "PUT /api/bookings/{booking_id}/status": of("/api/bookings/*/status", Scene.booking, {"status": "CONFIRMED"}),
    "POST /api/bookings/{booking_id}/cancel": of("/api/bookings/*/cancel", Scene.booking, {"refund": "wallet"}),
    "POST /api/wallet/deposit": lambda scene: (f"/api/wallet/deposit?user_id={scene.owner}", {"amount": 1}),
    "POST /api/wallet/withdraw": lambda scene: (f"/api/wallet/withdraw?user_id={scene.owner}", {"amount": 1}),
    **{
        f"POST /api/{path}": of_owner(f"/api/{path}?user_id=*&{what}=1&reason=gift")
        for what, paths in (
            ("points", ("admin/points/add", "admin/points/remove")),
            ("amount", ("cashback/admin/add", "cashback/admin/remove")),
        )
        for path in paths
    },
    "POST /api/cashback/admin/requests/{request_id}/approve": of("*/approve", Scene.withdrawal, {}),
    "POST /api/cashback/admin/requests/{request_id}/reject": of("*/reject", Scene.withdrawal, {"reason": "no"}),
    "POST /api/admin/approvals/{approval_id}/approve": of("*/approve", Scene.approval, {}),
    "POST /api/admin/approvals/{approval_id}/reject": of("*/reject", Scene.approval, {"reason": "no"}),
    "POST /api/cashback/{record_id}/approve": of("/api/cashback/*/approve", Scene.cashback),
    "POST /api/cashback/{record_id}/credit": of("/api/cashback/*/credit", lambda scene: scene.cashback("approve")),
    "POST /api/cashback/{record_id}/reject": of("/api/cashback/*/reject", Scene.cashback, {"reason": "ours"}),
    "PUT /api/admin/users/{user_id}": lambda scene: (f"/api/admin/users/{scene.owner}", {"status": "SUSPENDED"}),
    "PUT /api/admin/users/{user_id}/role": of_owner("/api/admin/users/*/role?new_role=EMPLOYEE"),
    "DELETE /api/admin/users/{user_id}": of_owner("/api/admin/users/*"),
    "DELETE /api/admin/users/{user_id}/second-factor": of_owner("/api/admin/users/*/second-factor"),
}
# Open to the one whom it is about, and why no money comes of it.
HARMLESS = {
    "POST /api/orders/{order_id}/invoice/mailed": "moves nothing",
    "POST /api/auth/register": "makes a customer without a balance",
    "POST /api/auth/login": "moves nothing",
    "POST /api/auth/refresh": "moves nothing",
    "POST /api/auth/logout": "moves nothing",
    "POST /api/auth/forgot-password": "moves nothing",
    "POST /api/auth/resend-verification": "moves nothing",
    "POST /api/auth/reset-password": "moves nothing",
    "POST /api/auth/verify-email": "moves nothing",
    "PUT /api/auth/me": "moves nothing",
    "POST /api/auth/upload-avatar": "moves nothing",
    "POST /api/auth/change-password": "moves nothing",
    "DELETE /api/auth/me/sessions/{session_id}": "signs oneself out",
    "DELETE /api/auth/me": "takes one's own balances, and gives none",
    "POST /api/auth/me/second-factor": "moves nothing",
    "POST /api/auth/me/second-factor/confirm": "moves nothing",
    "POST /api/auth/me/second-factor/recovery-codes": "moves nothing",
    "DELETE /api/auth/me/second-factor": "moves nothing",
    "POST /api/admin/users": "makes an account without a balance",
    "PUT /api/admin/users/{user_id}/assign-employee": "staff are looked after by nobody",
    "DELETE /api/admin/users/{user_id}/sessions/{session_id}": "signs oneself out",
    "DELETE /api/orders/{order_id}": "a draft only gives back what it holds",
    "POST /api/orders/{order_id}/issue": "a colleague has set its price",
    "POST /api/orders/{order_id}/cancel": "nothing of it is paid",
    "POST /api/orders/{order_id}/pay": "pays with one's own money",
    "POST /api/bookings": "one's own is a request without a price",
    "DELETE /api/bookings/{booking_id}": "nothing of it is paid",
    "POST /api/bookings/{booking_id}/pay": "pays with one's own money",
    **{f"POST {WEBHOOK}{end}": "the gateway says what was paid" for end in ("", "/", "_json", "_json/")},
    "POST /api/payments/create": "pays with one's own money",
    "POST /api/payments/quick-pay": "pays with one's own money, and earns nothing",
    **{f"POST /payment/{page}": "the gateway says what was paid" for page in ("success", "fail", "pending")},
    "POST /api/payments/{payment_id}/reconcile": "the gateway says what was paid",
    "POST /api/wallet/me/pay": "pays with one's own money",
    "POST /api/points/me/redeem": "one's own points",
    "POST /api/cashback/withdraw": "one's own cashback, and a colleague decides",
    "PUT /api/loyalty/rates/{currency}": "is nobody's account",
    "DELETE /api/loyalty/rates/{currency}": "is nobody's account",
    "PUT /api/payments/rates/{currency}": "is nobody's account",
}


@pytest.fixture(scope="module")
def desk(system: object) -> Desk:
    return open_desk(system)  # type: ignore[arg-type] # the fixture of conftest.py


def ask(desk: Desk, name: str, role: str) -> Reply:
    person = make_person(desk.system, role)
    give(person.id, wallet="20")
    path, body = REFUSED[name](a_desk_of(person, desk))
    return person.client.call(name.partition(" ")[0], path, body)


def test_every_route_that_changes_something_says_how_it_stands_to_ones_own_account(declared: dict[str, Route]) -> None:
    assert {name for name, route in declared.items() if route.method != "GET"} == set(REFUSED) | set(HARMLESS)


@pytest.mark.parametrize("role", ["ADMIN", "SUPER_ADMIN"])
@pytest.mark.parametrize("name", REFUSED)
def test_who_would_gain_by_it_is_refused(desk: Desk, name: str, role: str) -> None:
    reply = ask(desk, name, role)
    assert (reply.status, reply.json.get("code")) == (403, "own_account"), reply.text


@pytest.mark.parametrize("role", ["EMPLOYEE", "SUPER_ADMIN"])
def test_staff_who_book_for_themselves_make_a_request_that_a_colleague_prices(desk: Desk, role: str) -> None:
    person = make_person(desk.system, role)
    made = person.client.post("/api/bookings", {"user_id": person.id, **BOOKING}).json
    assert (made["priced"], made["booking_source"], str(made["total_amount"])) == (False, "SELF", "0.00")


def test_a_draft_cannot_be_moved_to_ones_own_account(desk: Desk) -> None:
    reply = desk.admin.client.put(f"/api/orders/{desk.order()['id']}", {"user_id": desk.admin.id})
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "user_id"])


def test_staff_call_their_own_booking_off_as_a_customer_does_and_get_nothing_back_by_it(desk: Desk) -> None:
    person = make_person(desk.system, "ADMIN")
    scene = a_desk_of(person, desk)
    booking = scene.booking()
    give(person.id, wallet="500")
    assert person.client.post(f"/api/bookings/{booking}/pay", {"wallet_to_use": 500}).status == 200
    refused = person.client.post(f"/api/bookings/{booking}/cancel", {})
    assert (refused.status, refused.json["code"]) == (409, "illegal_move")


@pytest.mark.parametrize(
    "fields",
    [{"is_free": True}, {"payment_status": "PAID"}, {"points_to_use": 1}, {"cashback_to_use": 1}, {"wallet_to_use": 1}],
)
@pytest.mark.parametrize("role", ["EMPLOYEE", "AGENT"])
def test_only_administrators_free_an_order_mark_it_paid_or_promise_balances(
    desk: Desk, role: str, fields: dict[str, object]
) -> None:
    person = make_person(desk.system, role)
    reply = person.client.post("/api/orders", {"user_id": desk.customer.id, "items": [SERVICE], **fields})
    assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert "ADMIN" in reply.json["detail"]


@pytest.mark.parametrize("name", ["points_to_use", "cashback_to_use", "wallet_to_use"])
def test_only_the_owner_or_an_administrator_pays_from_balances(desk: Desk, name: str) -> None:
    give(desk.customer.id, wallet="400", cashback="400", points=40000)
    order_id = desk.order()["id"]
    refused = desk.ask_to_pay(order_id, person=desk.employee, **{name: 100})
    assert (refused.status, refused.json["code"]) == (403, "forbidden"), refused.text
    assert desk.ask_to_pay(order_id, person=desk.admin, **{name: 100}).status == 200


def test_nobody_learns_by_a_right_that_they_lack_whether_an_order_exists(desk: Desk) -> None:
    stranger = make_person(desk.system, "CUSTOMER")
    for order_id in (desk.order()["id"], str(uuid.uuid4())):
        assert desk.ask_to_pay(order_id, person=stranger, wallet_to_use=1).status == 404
