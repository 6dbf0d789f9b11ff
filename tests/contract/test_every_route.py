"""Every route of the contract, called by the owner, another customer, each staff role and without a token."""

import importlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from lib import db
from lib.db import Transaction
from lib.security.codes import Purpose, digits_of, make_code
from lib.security.passes import issue_pass
from lib.web.routes import Route
from local.routes import read_routes
from tests.support.balances import give
from tests.support.clients import Client, Reply, System
from tests.support.money import SERVICE, WEBHOOK, Desk, open_desk
from tests.support.people import Person, make_person
from tests.support.photos import a_jpeg, upload

# The statuses for the owner, another customer, EMPLOYEE and AGENT, ADMIN and SUPER_ADMIN, and a caller without a token.
# 2 stands for the route's own success, any other number is the status.
ANYBODY = (2, 2, 2, 2, 2)
SIGNED_IN = (2, 2, 2, 2, 401)
OWNER_OR_STAFF = (2, 404, 2, 2, 401)
STAFF = (403, 403, 2, 2, 401)
ADMIN = (403, 403, 403, 2, 401)
# Of customers, employees and agents see those whom they look after.
ADMIN_OR_WHO_LOOKS_AFTER = (403, 403, 404, 2, 401)
CALLERS = ("owner", "other", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN", "nobody")
COLUMN = {"owner": 0, "other": 1, "EMPLOYEE": 2, "AGENT": 2, "ADMIN": 3, "SUPER_ADMIN": 3, "nobody": 4}
PASSWORD = "Test123456"
BOOKING = {
    "booking_type": "HOTEL",
    "title_en": "Aswan",
    "start_date": "2047-05-01",
    "guest_count": 2,
    "items": [{"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 100}],
}
BOOKING_FORM = {
    "booking_type": "TRIP",
    "destination": "Luxor",
    "start_date": "2047-05-01",
    "end_date": "2047-05-04",
    "num_persons": 2,
    "notes": "",
    "original_price": 100,
    "discount": 0,
    "currency": "EGP",
    "payment_status": "UNPAID",
    "payment_method": "CASH",
    "wallet_to_use": 0,
    "points_action": None,
    "points_amount": 0,
    "points_reason": None,
}
REFUND = {"reason": "asked for", "destination": "wallet"}


@db.in_transaction
def a_code(tx: Transaction, purpose: Purpose, email: str) -> uuid.UUID:
    return make_code(tx, purpose, email)


@dataclass(frozen=True)
class Scene:
    """The data that a call needs. Each call has data of its own, which belong to the desk's customer."""

    desk: Desk
    caller: Person | None

    @property
    def owner(self) -> str:
        return self.desk.customer.id

    @property
    def self_id(self) -> str:
        return self.caller.id if self.caller else self.owner

    def coded(self, purpose: Purpose) -> dict[str, str]:
        """The address of a customer of their own, and the code that was sent to it."""
        email = make_person(self.desk.system, "CUSTOMER").email
        return {"email": email, "code": digits_of(a_code(purpose, email))}

    def draft(self) -> str:
        return str(self.desk.order()["id"])

    def issued(self) -> str:
        order_id = self.draft()
        assert self.desk.employee.client.post(f"/api/orders/{order_id}/issue").status == 200
        return order_id

    def paid(self) -> str:
        return str(self.desk.order(payment_status="PAID")["id"])

    def pending_refund(self) -> str:
        """A refund that the gateway has not decided about: its place below /api/orders."""
        attempt = self.desk.attempt()
        self.desk.happens(attempt.invoice_id, "paid")
        asked = {**REFUND, "destination": "gateway"}
        made = self.desk.admin.client.post(f"/api/orders/{attempt.order_id}/refund", asked)
        return f"{attempt.order_id}/refunds/{made.json['refund_id']}"

    def booking(self) -> str:
        made = self.desk.employee.client.post("/api/bookings", {"user_id": self.owner, **BOOKING})
        assert made.status == 201, made.text
        return str(made.json["id"])

    def payment(self) -> str:
        return self.desk.attempt().payment_id

    def in_review(self) -> str:
        attempt = self.desk.attempt()
        self.desk.happens(attempt.invoice_id, "paid", amount="100")
        return attempt.payment_id

    def return_token(self) -> str:
        return str(self.desk.run("select return_token from payments where id = :id", id=self.payment())[0][0])

    def mailed(self) -> tuple[str, dict[str, str]]:
        order_id = self.issued()
        return f"/api/orders/{order_id}/invoice/mailed", {"pass": issue_pass(UUID(order_id))}

    def verify_token(self) -> str:
        return str(self.desk.run("select verify_token from invoices where order_id = :id", id=self.issued())[0][0])

    def cashback(self, *moves: str) -> str:
        record = self.desk.run("select id from cashback_records where order_id = :id", id=self.paid())[0][0]
        for move in moves:
            assert self.desk.admin.client.post(f"/api/cashback/{record}/{move}").status == 200
        return str(record)

    def withdrawal(self) -> str:
        """A withdrawal of the customer's cashback that waits: its path."""
        give(self.owner, cashback="5")
        made = self.desk.customer.client.post("/api/cashback/withdraw", {"amount": 5})
        return f"/api/cashback/admin/requests/{made.json['request_id']}"

    def approval(self) -> str:
        """A deposit for the customer that another administrator has asked for: its path."""
        rows = self.desk.run(
            """
            insert into approvals (kind, user_id, amount, currency, value, request, asked_by_user_id)
            values ('DEPOSIT', :owner, 5, 'EGP', 5, '{"reason": "gift", "reason_ar": null, "reference": null}', :asker)
            returning id
            """,
            owner=self.owner,
            asker=self.desk.admin.id,
        )
        return f"/api/admin/approvals/{rows[0][0]}"

    def protected(self) -> str:
        """Somebody of the staff who has a second factor."""
        user_id = make_person(self.desk.system, "EMPLOYEE").id
        self.desk.run("insert into second_factors (user_id, secret, confirmed_at) values (:id, '', now())", id=user_id)
        return user_id

    def own_order(self) -> str:
        """An order of the caller."""
        made = self.desk.employee.client.post("/api/orders", {"user_id": self.self_id, "items": [SERVICE]})
        return str(made.json["id"])

    def registered(self) -> dict[str, str]:
        """The session of a new account."""
        body = {"email": f"new-{uuid.uuid4()}@example.com", "password": PASSWORD, "first_name": "Mona", "last_name": "A"}
        nobody = Client(self.desk.system.base_url)
        assert nobody.post("/api/auth/register", body).status == 201
        return dict(nobody.post("/api/auth/login", {"email": body["email"], "password": PASSWORD}).json)

    def stranger(self) -> str:
        """A new customer, who may be changed."""
        return make_person(self.desk.system, "CUSTOMER").id

    def another_session(self) -> str:
        """A second session of the caller."""
        rows = self.desk.run("insert into sessions (user_id) values (:id) returning id::text", id=self.self_id)
        return str(rows[0][0])

    def session(self) -> str:
        """The session of a new customer: its place below /api/admin/users."""
        stranger = self.stranger()
        [[session]] = self.desk.run("select id::text from sessions where user_id = :id", id=stranger)
        return f"{stranger}/sessions/{session}"

    def picture(self) -> str:
        """The address of a picture of the customer's."""
        return str(upload(self.desk.customer.client, a_jpeg()).json["url"])

    def webhook(self) -> dict[str, Any]:
        return self.desk.webhook(self.desk.attempt().invoice_id, "pending")


Call = Callable[[Scene], tuple[str, object]]


def a_new_user() -> dict[str, str]:
    """The form for an account."""
    unique = uuid.uuid4().hex
    email = f"u{unique}@example.com"
    return {"email": email, "username": f"u{unique}", "password": PASSWORD, "first_name": "Mona", "last_name": "A"}


def at(path: str, body: object = None) -> Call:
    return lambda _scene: (path, body)


def of(path: str, thing: Callable[[Scene], str], body: object = None) -> Call:
    return lambda scene: (path.replace("*", thing(scene)), body)


def of_owner(path: str) -> Call:
    return lambda scene: (path.replace("*", scene.owner), None)


def webhook_at(path: str) -> Call:
    return lambda scene: (path, scene.webhook())


ROUTES: dict[str, tuple[tuple[int, ...], Call]] = {
    "POST /api/auth/register": (
        ANYBODY,
        lambda _: (
            "/api/auth/register",
            {"email": f"a{uuid.uuid4()}@example.com", "password": PASSWORD, "first_name": "Mona", "last_name": "A"},
        ),
    ),
    "POST /api/auth/login": (
        ANYBODY,
        lambda scene: ("/api/auth/login", {"email": scene.registered()["user"]["email"], "password": PASSWORD}),  # type: ignore[index] # the profile
    ),
    "POST /api/auth/refresh": (
        ANYBODY,
        lambda scene: ("/api/auth/refresh", {"refresh_token": scene.registered()["refresh_token"]}),
    ),
    "POST /api/auth/forgot-password": (ANYBODY, at("/api/auth/forgot-password", {"email": "nobody@example.com"})),
    "POST /api/auth/resend-verification": (ANYBODY, at("/api/auth/resend-verification", {"email": "nobody@example.com"})),
    "POST /api/auth/reset-password": (
        ANYBODY,
        lambda scene: ("/api/auth/reset-password", {**scene.coded("RESET"), "new_password": "Other-Pass-987"}),
    ),
    "POST /api/auth/verify-email": (ANYBODY, lambda scene: ("/api/auth/verify-email", scene.coded("VERIFY"))),
    "POST /api/auth/logout": (SIGNED_IN, at("/api/auth/logout")),
    "GET /api/auth/me": (SIGNED_IN, at("/api/auth/me")),
    "GET /api/pictures/{name}": (ANYBODY, lambda scene: (scene.picture(), None)),
    "PUT /api/auth/me": (SIGNED_IN, at("/api/auth/me", {"first_name": "Muna"})),
    "POST /api/orders": (STAFF, lambda scene: ("/api/orders", {"user_id": scene.owner, "items": [SERVICE]})),
    "GET /api/orders": (STAFF, at("/api/orders")),
    "GET /api/orders/me": (SIGNED_IN, at("/api/orders/me")),
    "GET /api/orders/{order_id}": (OWNER_OR_STAFF, of("/api/orders/*", Scene.draft)),
    "PUT /api/orders/{order_id}": (STAFF, of("/api/orders/*", Scene.draft, {"notes_en": "soon"})),
    "DELETE /api/orders/{order_id}": (STAFF, of("/api/orders/*", Scene.draft)),
    "POST /api/orders/{order_id}/issue": (STAFF, of("/api/orders/*/issue", Scene.draft)),
    "POST /api/orders/{order_id}/pay": (OWNER_OR_STAFF, of("/api/orders/*/pay", Scene.draft, {"payment_method_id": 2})),
    "POST /api/orders/{order_id}/pay-by-hand": (ADMIN, of("/api/orders/*/pay-by-hand", Scene.issued, {"note": "in cash"})),
    "POST /api/orders/{order_id}/write-off": (ADMIN, of("/api/orders/*/write-off", Scene.issued, {"reason": "gone"})),
    "POST /api/orders/{order_id}/cancel": (STAFF, of("/api/orders/*/cancel", Scene.issued)),
    "POST /api/orders/{order_id}/refund": (ADMIN, of("/api/orders/*/refund", Scene.paid, REFUND)),
    "POST /api/orders/{order_id}/refunds/{refund_id}/withdraw": (
        ADMIN,
        of("/api/orders/*/withdraw", Scene.pending_refund),
    ),
    "GET /api/orders/{order_id}/refunds": (OWNER_OR_STAFF, of("/api/orders/*/refunds", Scene.paid)),
    "GET /api/orders/{order_id}/invoice": (OWNER_OR_STAFF, of("/api/orders/*/invoice", Scene.issued)),
    "GET /api/orders/{order_id}/invoice/download": (OWNER_OR_STAFF, of("/api/orders/*/invoice/download", Scene.issued)),
    "GET /api/orders/{order_id}/invoice/base64": (OWNER_OR_STAFF, of("/api/orders/*/invoice/base64", Scene.issued)),
    "POST /api/orders/{order_id}/invoice/mailed": (ANYBODY, Scene.mailed),
    "GET /invoices/verify/{token}": (ANYBODY, of("/invoices/verify/*", Scene.verify_token)),
    **{f"POST {WEBHOOK}{end}": (ANYBODY, webhook_at(f"{WEBHOOK}{end}")) for end in ("", "/", "_json", "_json/")},
    "GET /api/payments/methods": (SIGNED_IN, at("/api/payments/methods")),
    "POST /api/payments/create": (SIGNED_IN, lambda scene: ("/api/payments/create", {"order_id": scene.own_order()})),
    "POST /api/payments/quick-pay": (SIGNED_IN, at("/api/payments/quick-pay", {"amount": 10, "currency": "EGP"})),
    "GET /api/payments/my-payments": (SIGNED_IN, at("/api/payments/my-payments")),
    "GET /api/payments/webhook-logs": (STAFF, at("/api/payments/webhook-logs?limit=5")),
    "GET /api/payments/status/{payment_id}": (OWNER_OR_STAFF, of("/api/payments/status/*", Scene.payment)),
    "GET /api/payments": (STAFF, at("/api/payments")),
    "GET /api/admin/payments/{payment_id}": (ADMIN, of("/api/admin/payments/*", Scene.payment)),
    "POST /api/payments/{payment_id}/reconcile": (STAFF, of("/api/payments/*/reconcile", Scene.payment)),
    "POST /api/payments/{payment_id}/resolve": (
        ADMIN,
        of("/api/payments/*/resolve", Scene.in_review, {"action": "settle", "note": "seen"}),
    ),
    **{
        f"{method} /payment/{page}": (ANYBODY, of(f"/payment/{page}?token=*", Scene.return_token))
        for method in ("GET", "POST")
        for page in ("success", "fail", "pending")
    },
    "POST /api/bookings": (SIGNED_IN, lambda scene: ("/api/bookings", {"user_id": scene.self_id, **BOOKING})),
    "POST /api/bookings/manual-create": (
        STAFF,
        lambda scene: ("/api/bookings/manual-create", {"user_id": scene.owner, **BOOKING_FORM}),
    ),
    "GET /api/bookings": (STAFF, at("/api/bookings")),
    "GET /api/bookings/me": (SIGNED_IN, at("/api/bookings/me")),
    "GET /api/bookings/{booking_id}": (OWNER_OR_STAFF, of("/api/bookings/*", Scene.booking)),
    "PUT /api/bookings/{booking_id}": (STAFF, of("/api/bookings/*", Scene.booking, {"guest_count": 3})),
    "DELETE /api/bookings/{booking_id}": (STAFF, of("/api/bookings/*", Scene.booking)),
    "PATCH /api/bookings/{booking_id}/status": (STAFF, of("/api/bookings/*/status", Scene.booking, {"status": "CONFIRMED"})),
    "PUT /api/bookings/{booking_id}/status": (STAFF, of("/api/bookings/*/status", Scene.booking, {"status": "CONFIRMED"})),
    "POST /api/bookings/{booking_id}/cancel": (OWNER_OR_STAFF, of("/api/bookings/*/cancel", Scene.booking)),
    "POST /api/bookings/{booking_id}/pay": (OWNER_OR_STAFF, of("/api/bookings/*/pay", Scene.booking)),
    "GET /api/wallet/me": (SIGNED_IN, at("/api/wallet/me")),
    "GET /api/wallet/me/balance": (SIGNED_IN, at("/api/wallet/me/balance")),
    "GET /api/wallet/me/transactions": (SIGNED_IN, at("/api/wallet/me/transactions")),
    "POST /api/wallet/me/pay": (
        SIGNED_IN,
        lambda scene: (
            "/api/wallet/me/pay",
            {"amount": 5, "reference_type": "ORDER", "reference_id": scene.own_order()},
        ),
    ),
    "POST /api/wallet/deposit": (ADMIN, lambda scene: (f"/api/wallet/deposit?user_id={scene.owner}", {"amount": 1})),
    "POST /api/wallet/withdraw": (ADMIN, lambda scene: (f"/api/wallet/withdraw?user_id={scene.owner}", {"amount": 1})),
    "GET /api/wallet": (ADMIN, at("/api/wallet")),
    "GET /api/wallet/transactions/all": (ADMIN, at("/api/wallet/transactions/all")),
    "GET /api/wallet/transactions/{user_id}": (ADMIN, of_owner("/api/wallet/transactions/*?limit=20")),
    "POST /api/admin/points/add": (ADMIN, of_owner("/api/admin/points/add?user_id=*&points=10&reason=gift")),
    "POST /api/admin/points/remove": (ADMIN, of_owner("/api/admin/points/remove?user_id=*&points=1&reason=error")),
    "GET /api/admin/points/history/all": (ADMIN, at("/api/admin/points/history/all")),
    "GET /api/admin/points/history/{user_id}": (ADMIN, of_owner("/api/admin/points/history/*?limit=20")),
    "POST /api/cashback/admin/add": (ADMIN, of_owner("/api/cashback/admin/add?user_id=*&amount=2.5&reason=gift")),
    "POST /api/cashback/admin/remove": (ADMIN, of_owner("/api/cashback/admin/remove?user_id=*&amount=1&reason=error")),
    "GET /api/cashback/admin/history/{user_id}": (ADMIN, of_owner("/api/cashback/admin/history/*?limit=20")),
    "GET /api/admin/cashback/history/all": (ADMIN, at("/api/admin/cashback/history/all")),
    "GET /api/cashback/admin/withdrawal-requests": (ADMIN, at("/api/cashback/admin/withdrawal-requests?status=PENDING")),
    "POST /api/cashback/admin/requests/{request_id}/approve": (ADMIN, of("*/approve", Scene.withdrawal, {})),
    "POST /api/cashback/admin/requests/{request_id}/reject": (ADMIN, of("*/reject", Scene.withdrawal, {"reason": "no"})),
    "GET /api/points/me": (SIGNED_IN, at("/api/points/me")),
    "GET /api/points/me/transactions": (SIGNED_IN, at("/api/points/me/transactions")),
    "POST /api/points/me/redeem": (SIGNED_IN, at("/api/points/me/redeem", {"points": 100})),
    "GET /api/cashback/me": (SIGNED_IN, at("/api/cashback/me")),
    "GET /api/cashback/me/records": (SIGNED_IN, at("/api/cashback/me/records")),
    "GET /api/cashback/me/balance": (SIGNED_IN, at("/api/cashback/me/balance")),
    "GET /api/cashback/me/summary": (SIGNED_IN, at("/api/cashback/me/summary")),
    "POST /api/cashback/withdraw": (SIGNED_IN, at("/api/cashback/withdraw", {"amount": 1})),
    "GET /api/cashback/pending": (ADMIN, at("/api/cashback/pending")),
    "POST /api/cashback/{record_id}/approve": (ADMIN, of("/api/cashback/*/approve", Scene.cashback)),
    "POST /api/cashback/{record_id}/credit": (ADMIN, of("/api/cashback/*/credit", lambda scene: scene.cashback("approve"))),
    "POST /api/cashback/{record_id}/reject": (ADMIN, of("/api/cashback/*/reject", Scene.cashback, {"reason": "ours"})),
    "GET /api/admin/stats/overview": (ADMIN, at("/api/admin/stats/overview")),
    "GET /api/admin/stats/revenue-chart": (ADMIN, at("/api/admin/stats/revenue-chart?days=30")),
    "GET /api/admin/stats/recent-activities": (ADMIN, at("/api/admin/stats/recent-activities")),
    "GET /api/admin/stats/transactions": (ADMIN, at("/api/admin/stats/transactions")),
    "GET /api/admin/approvals": (ADMIN, at("/api/admin/approvals?status=PENDING")),
    "POST /api/admin/approvals/{approval_id}/approve": (ADMIN, of("*/approve", Scene.approval, {})),
    "POST /api/admin/approvals/{approval_id}/reject": (ADMIN, of("*/reject", Scene.approval, {"reason": "no"})),
    "GET /api/admin/employees": (ADMIN, at("/api/admin/employees")),
    "GET /api/admin/users": (STAFF, at("/api/admin/users?limit=5")),
    "GET /api/admin/users/{user_id}/details": (ADMIN_OR_WHO_LOOKS_AFTER, of_owner("/api/admin/users/*/details")),
    "GET /api/admin/users/{user_id}/assigned-customers": (ADMIN, of_owner("/api/admin/users/*/assigned-customers")),
    "POST /api/admin/users": (ADMIN, lambda _: ("/api/admin/users", a_new_user())),
    "PUT /api/admin/users/{user_id}": (ADMIN, of("/api/admin/users/*", Scene.stranger, {"country": "Oman"})),
    "DELETE /api/admin/users/{user_id}": (ADMIN, of("/api/admin/users/*", Scene.stranger)),
    "PUT /api/admin/users/{user_id}/role": (ADMIN, of("/api/admin/users/*/role?new_role=EMPLOYEE", Scene.stranger)),
    "PUT /api/admin/users/{user_id}/assign-employee": (
        ADMIN,
        lambda scene: (
            f"/api/admin/users/{scene.stranger()}/assign-employee",
            {"employee_id": scene.desk.employee.id},
        ),
    ),
    "GET /api/admin/users/{user_id}/sessions": (ADMIN, of_owner("/api/admin/users/*/sessions")),
    "DELETE /api/admin/users/{user_id}/sessions/{session_id}": (ADMIN, of("/api/admin/users/*", Scene.session)),
    "GET /api/auth/me/sessions": (SIGNED_IN, at("/api/auth/me/sessions")),
    "DELETE /api/auth/me/sessions/{session_id}": (
        SIGNED_IN,
        lambda scene: (f"/api/auth/me/sessions/{scene.another_session()}", None),
    ),
    "DELETE /api/admin/users/{user_id}/second-factor": (ADMIN, of("/api/admin/users/*/second-factor", Scene.protected)),
    "GET /api/auth/me/second-factor": (SIGNED_IN, at("/api/auth/me/second-factor")),
    "GET /api/auth/me/export": (SIGNED_IN, at("/api/auth/me/export")),
    "GET /api/admin/audit-log": (ADMIN, at("/api/admin/audit-log")),
    "GET /api/loyalty/tiers": (SIGNED_IN, at("/api/loyalty/tiers")),
    "GET /api/loyalty/rates": (STAFF, at("/api/loyalty/rates")),
    "PUT /api/loyalty/rates/{currency}": (ADMIN, at("/api/loyalty/rates/CHF", {"rate": "55.5"})),
    "DELETE /api/loyalty/rates/{currency}": (ADMIN, at("/api/loyalty/rates/CHF")),
    "GET /api/payments/rates": (STAFF, at("/api/payments/rates")),
    "PUT /api/payments/rates/{currency}": (ADMIN, at("/api/payments/rates/CHF", {"rate": "55.5"})),
}
# These are tested elsewhere: one needs a form, the others a password.
ELSEWHERE = {
    "POST /api/auth/upload-avatar",
    "POST /api/auth/change-password",
    "DELETE /api/auth/me",
    "POST /api/auth/me/second-factor",
    "POST /api/auth/me/second-factor/confirm",
    "POST /api/auth/me/second-factor/recovery-codes",
    "DELETE /api/auth/me/second-factor",
}


@pytest.fixture(scope="module")
def declared(database: str) -> dict[str, Route]:
    """Every public route except those of lib/web/service.py. The functions read their environment when they are imported."""
    assert database
    routes = [
        route
        for name in read_routes().public_functions
        for route in importlib.import_module(f"functions.{name}.main").api.routes
    ]
    own = {f"{route.method} {route.path}": route for route in routes}
    return {name: route for name, route in own.items() if route.path.startswith(("/api/", "/payment/", "/invoices/"))}


@pytest.fixture(scope="module")
def desk(system: System) -> Desk:
    opened = open_desk(system)
    opened.admin.client.put("/api/loyalty/rates/CHF", {"rate": "55.5"})
    return opened


@pytest.fixture(autouse=True)
def earlier_payments(desk: Desk) -> None:
    """What this customer has begun before is from more than an hour ago: nobody begins 40 payments within one."""
    desk.run("update payments set created_at = created_at - interval '1 hour' where user_id = :id", id=desk.customer.id)


def call_as(desk: Desk, caller_kind: str, name: str) -> Reply:
    # Logging out ends the session that the owner's other calls need.
    is_the_owner = caller_kind == "owner" and name != "POST /api/auth/logout"
    role = "CUSTOMER" if caller_kind in ("owner", "other", "nobody") else caller_kind
    caller = desk.customer if is_the_owner else make_person(desk.system, role)
    scene = Scene(desk, None if caller_kind == "nobody" else caller)
    give(scene.self_id, wallet="20", cashback="20", points=1000)
    give(scene.owner, wallet="20", cashback="20", points=100)
    path, body = ROUTES[name][1](scene)
    if name.startswith("DELETE /api/loyalty"):
        desk.admin.client.put("/api/loyalty/rates/CHF", {"rate": "55.5"})
    client = Client(desk.system.base_url) if caller_kind == "nobody" else caller.client
    return client.call(name.partition(" ")[0], path, body)


def test_the_table_has_every_route(declared: dict[str, Route]) -> None:
    assert set(declared) == set(ROUTES) | ELSEWHERE


@pytest.mark.parametrize("caller_kind", CALLERS)
@pytest.mark.parametrize("name", ROUTES)
def test_each_caller_gets_what_is_theirs(declared: dict[str, Route], desk: Desk, name: str, caller_kind: str) -> None:
    route = declared[name]
    reply = call_as(desk, caller_kind, name)
    expected = ROUTES[name][0][COLUMN[caller_kind]]
    assert reply.status == (route.status if expected == 2 else expected), reply.text
    if expected != 2:
        assert reply.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance", "code", "trace_id"} <= set(reply.json)
    elif route.response is not None:
        TypeAdapter(route.response).validate_json(reply.content)
    elif reply.status != 204:
        assert reply.headers["Content-Type"].startswith(route.produces)
