"""Bad input of every kind to the real routes: a clear 4xx, never a 500, nothing half written."""

import http.client
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import database
from tests.support.clients import Client, Reply, System
from tests.support.people import Person

NIL = str(uuid.UUID(int=0))
MEBIBYTE = 1024 * 1024
TABLES = (
    *("users", "orders", "order_items", "bookings", "invoices", "payments", "sessions", "refresh_tokens"),
    *("ledger_transactions", "cashback_records", "exchange_rates"),
)

BODIES = [
    ("POST", "/api/auth/register", "anyone"),
    ("POST", "/api/auth/login", "anyone"),
    ("POST", "/api/auth/refresh", "anyone"),
    ("POST", "/api/auth/forgot-password", "anyone"),
    ("POST", "/api/auth/reset-password", "anyone"),
    ("POST", "/api/auth/resend-verification", "anyone"),
    ("POST", "/api/auth/verify-email", "anyone"),
    ("POST", f"/api/orders/{NIL}/invoice/mailed", "anyone"),
    ("PUT", "/api/auth/me", "customer"),
    ("POST", "/api/auth/change-password", "customer"),
    ("POST", "/api/auth/logout", "customer"),
    ("DELETE", "/api/auth/me", "customer"),
    ("POST", "/api/auth/me/second-factor", "employee"),
    ("POST", "/api/auth/me/second-factor/confirm", "employee"),
    ("POST", "/api/auth/me/second-factor/recovery-codes", "employee"),
    ("DELETE", "/api/auth/me/second-factor", "employee"),
    ("POST", "/api/orders", "employee"),
    ("PUT", f"/api/orders/{NIL}", "employee"),
    ("POST", f"/api/orders/{NIL}/pay", "customer"),
    ("POST", f"/api/orders/{NIL}/cancel", "employee"),
    ("POST", "/api/bookings", "employee"),
    ("POST", "/api/bookings/manual-create", "employee"),
    ("POST", "/api/bookings", "customer"),
    ("PUT", f"/api/bookings/{NIL}", "employee"),
    ("PATCH", f"/api/bookings/{NIL}/status", "employee"),
    ("PUT", f"/api/bookings/{NIL}/status", "employee"),
    ("POST", f"/api/bookings/{NIL}/cancel", "customer"),
    ("POST", f"/api/bookings/{NIL}/pay", "customer"),
    ("POST", f"/api/orders/{NIL}/refund", "admin"),
    ("POST", f"/api/payments/{NIL}/resolve", "admin"),
    ("POST", "/api/wallet/me/pay", "customer"),
    ("POST", f"/api/wallet/deposit?user_id={NIL}", "admin"),
    ("POST", f"/api/wallet/withdraw?user_id={NIL}", "admin"),
    ("POST", "/api/points/me/redeem", "customer"),
    ("POST", "/api/cashback/withdraw", "customer"),
    ("POST", f"/api/cashback/{NIL}/reject", "admin"),
    ("POST", f"/api/cashback/admin/requests/{NIL}/reject", "admin"),
    ("POST", f"/api/admin/approvals/{NIL}/reject", "admin"),
    ("PUT", "/api/loyalty/rates/USD", "admin"),
    ("POST", "/api/admin/users", "admin"),
    ("PUT", f"/api/admin/users/{NIL}", "admin"),
    ("PUT", f"/api/admin/users/{NIL}/assign-employee", "admin"),
]
# They take nothing from a body, and yet they refuse one that can't be read.
WITHOUT_MODEL = [
    ("POST", f"/api/orders/{NIL}/issue", "employee"),
    ("POST", f"/api/payments/{NIL}/reconcile", "employee"),
    ("POST", f"/api/cashback/{NIL}/approve", "admin"),
    ("POST", f"/api/cashback/{NIL}/credit", "admin"),
    ("POST", f"/api/cashback/admin/requests/{NIL}/approve", "admin"),
    ("POST", f"/api/admin/approvals/{NIL}/approve", "admin"),
    ("POST", f"/api/admin/points/add?user_id={NIL}&points=1", "admin"),
    ("POST", f"/api/admin/points/remove?user_id={NIL}&points=1", "admin"),
    ("POST", f"/api/cashback/admin/add?user_id={NIL}&amount=1", "admin"),
    ("POST", f"/api/cashback/admin/remove?user_id={NIL}&amount=1", "admin"),
    ("PUT", f"/api/admin/users/{NIL}/role?new_role=EMPLOYEE", "admin"),
]
UNREADABLE = [
    b"{",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": 1e99999999999999999999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a": "\xff"}',
    b'{"a": "\x00"}',
]
# Their bodies may have a picture in them.
WITH_PICTURES = {("PUT", "/api/auth/me"), ("POST", "/api/admin/users"), ("PUT", f"/api/admin/users/{NIL}")}
PLACES = [
    ("GET", "/api/orders/{}", "employee"),
    ("PUT", "/api/orders/{}", "employee"),
    ("DELETE", "/api/orders/{}", "employee"),
    ("POST", "/api/orders/{}/issue", "employee"),
    ("POST", "/api/orders/{}/pay", "employee"),
    ("POST", "/api/orders/{}/cancel", "employee"),
    ("GET", "/api/orders/{}/refunds", "employee"),
    ("GET", "/api/orders/{}/invoice", "employee"),
    ("GET", "/api/orders/{}/invoice/download", "employee"),
    ("GET", "/api/orders/{}/invoice/base64", "employee"),
    ("GET", "/api/bookings/{}", "employee"),
    ("PUT", "/api/bookings/{}", "employee"),
    ("DELETE", "/api/bookings/{}", "employee"),
    ("POST", "/api/bookings/{}/cancel", "employee"),
    ("POST", "/api/bookings/{}/pay", "employee"),
    ("GET", "/api/payments/status/{}", "employee"),
    ("POST", "/api/payments/{}/reconcile", "employee"),
    ("POST", "/api/cashback/{}/approve", "admin"),
    ("POST", "/api/cashback/{}/credit", "admin"),
    ("POST", "/api/admin/approvals/{}/approve", "admin"),
    ("DELETE", "/api/loyalty/rates/{}", "admin"),
    ("GET", "/api/admin/users/{}/details", "admin"),
    ("GET", "/api/admin/users/{}/assigned-customers", "admin"),
    ("PUT", "/api/admin/users/{}", "admin"),
    ("DELETE", "/api/admin/users/{}", "admin"),
    ("PUT", "/api/admin/users/{}/role?new_role=EMPLOYEE", "admin"),
    ("GET", "/api/admin/users/{}/sessions", "admin"),
    ("DELETE", f"/api/admin/users/{NIL}/sessions/{{}}", "admin"),
    ("DELETE", "/api/auth/me/sessions/{}", "customer"),
    ("GET", "/api/pictures/{}", "anyone"),
    ("GET", "/invoices/verify/{}", "anyone"),
    ("GET", "/payment/success?token={}", "anyone"),
]
ODD_IDS = [
    "1",
    "x" * 2000,
    NIL[:-1],
    f"{NIL}%00",
    "%00",
    "%ED%A0%80",
    "%FF",
    "%E2%80%AEx",
    "%2e%2e%2f",
    "'%20or%201=1--",
    "1e400",
    "-0",
    "NaN",
]
Callers = dict[str, Client]


@pytest.fixture
def callers(anyone: Client, customer: Person, other_customer: Person, employee: Person, admin: Person) -> Callers:
    assert other_customer
    return {"anyone": anyone, "customer": customer.client, "employee": employee.client, "admin": admin.client}


@pytest.fixture(autouse=True)
def _nothing_written(callers: Callers, system: System) -> Iterator[None]:
    """Count what stands before and after; whatever a fixture makes is gone by then."""
    assert callers
    before = _counts(system)
    yield
    assert _counts(system) == before


def _counts(system: System) -> list[Any]:
    # An order that a fixture makes and takes away again leaves its line in the audit log.
    counts = ", ".join(f"(select count(*) from {table})" for table in TABLES)  # noqa: S608 - our own tables
    made = "(select count(*) from audit_log where action <> 'create')"
    return database.run(system.database_url, f"select {counts}, {made}")[0]


def assert_problem(reply: Reply, *statuses: int) -> None:
    assert reply.status in statuses, (reply.status, reply.text[:500])
    if reply.headers["Content-Type"].startswith("text/html"):
        return
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance", "code", "trace_id"} <= set(reply.json)
    assert reply.json["status"] == reply.status


@pytest.mark.parametrize(("method", "path", "who"), BODIES + WITHOUT_MODEL)
def test_what_can_not_be_read_is_400(callers: Callers, method: str, path: str, who: str) -> None:
    for body in UNREADABLE:
        reply = callers[who].call(method, path, data=body, headers={"Content-Type": "application/json"})
        assert_problem(reply, 400)


@pytest.mark.parametrize(("method", "path", "who"), BODIES + WITHOUT_MODEL)
def test_what_is_no_json_by_its_type_is_415(callers: Callers, method: str, path: str, who: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"):
        assert_problem(callers[who].call(method, path, data=b"a=1", headers={"Content-Type": kind}), 415)


@pytest.mark.parametrize(("method", "path", "who"), BODIES + WITHOUT_MODEL)
def test_what_is_over_the_limit_is_413(callers: Callers, method: str, path: str, who: str) -> None:
    limit = (8 if (method, path) in WITH_PICTURES else 1) * MEBIBYTE
    body = b'{"a": "' + b"x" * limit + b'"}'
    headers = {"Content-Type": "application/json"}

    assert_problem(callers[who].call(method, path, data=body, headers=headers), 413)
    assert_problem(callers[who].call(method, path, data=iter([body[:MEBIBYTE], body[MEBIBYTE:]]), headers=headers), 413)


@pytest.mark.parametrize(("method", "path", "who"), BODIES)
def test_what_is_no_object_is_422(callers: Callers, method: str, path: str, who: str) -> None:
    for body in (b"[]", b'"text"', b"5", b"null", b"true"):
        reply = callers[who].call(method, path, data=body, headers={"Content-Type": "application/json"})
        assert_problem(reply, 422)


ORDER = '"user_id": "{user}", "items": [{{"description_en": "Tour", "quantity": 1, "unit_price": 10}}]'


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_id", '"1"'),
        ("user_id", f'"{NIL}"'),
        ("user_id", "5"),
        ("order_type", '"GIFT"'),
        ("items", "[]"),
        ("items", "{}"),
        ("items", "[" + ", ".join(['{"description_en": "x", "quantity": 1, "unit_price": 1}'] * 10_000) + "]"),
        ("notes_en", '"a\\u0000b"'),
        ("notes_en", '"\\ud800"'),
        ("notes_ar", '"a\\u202eb"'),
        ("notes_ar", "5"),
        ("due_date", '"2026-13-01"'),
        ("due_date", '"86400"'),
        ("due_date", "86400"),
        ("due_date", '"2026-01-31T00:00:00Z"'),
        ("due_date", '"20260131"'),
        ("tax_rate", "1e40"),
        ("tax_rate", "-0"),
        ("tax_rate", '"-0.00"'),
        ("tax_rate", "101"),
        ("tax_rate", "14.001"),
        ("discount_amount", "11"),
        ("discount_amount", "-1"),
        ("discount_amount", "1e-40"),
        ("discount_amount", '"NaN"'),
        ("currency", '"egp"'),
        ("currency", '"ZZZ"'),
        ("currency", '"\\ud800"'),
        ("is_free", '"perhaps"'),
        ("is_free", '"yes"'),
        ("is_free", '"true"'),
        ("is_free", "1"),
        ("payment_status", '"REFUNDED"'),
        ("wallet_to_use", "-1"),
    ],
)
def test_a_wrong_field_of_an_order_is_422_and_named(employee: Person, customer: Person, field: str, value: str) -> None:
    body = "{" + ORDER.format(user=customer.id) + f', "{field}": {value}' + "}"

    reply = employee.client.call("POST", "/api/orders", data=body, headers={"Content-Type": "application/json"})

    assert_problem(reply, 422)
    assert [error["loc"] for error in reply.json["errors"]] == [["body", field]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description_en", "5"),
        ("description_en", '"' + "x" * 2001 + '"'),
        ("quantity", "0"),
        ("quantity", "-0.0"),
        ("quantity", "1e40"),
        ("quantity", "0.0001"),
        ("quantity", '"1e3"'),
        ("unit_price", "-0"),
        ("unit_price", "0.001"),
        ("unit_price", "null"),
        ("unit_price", "1e12"),
    ],
)
def test_a_wrong_field_of_an_item_is_422_and_named_with_its_place(
    employee: Person, customer: Person, field: str, value: str
) -> None:
    item = f'{{"description_en": "x", "quantity": 1, "unit_price": 1, "{field}": {value}}}'
    good = '{"description_en": "x", "quantity": 1, "unit_price": 1}'
    body = f'{{"user_id": "{customer.id}", "items": [{good}, {item}]}}'

    reply = employee.client.call("POST", "/api/orders", data=body, headers={"Content-Type": "application/json"})

    assert_problem(reply, 422)
    assert [error["loc"] for error in reply.json["errors"]] == [["body", "items", 1, field]]


DEEP = "[" * 24 + "]" * 24
BOOKING = '"user_id": "{user}", "booking_type": "HOTEL", "title_en": "Luxor", "start_date": "2047-05-01", "items": [{item}]'


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user_id", f'"{NIL}"'),
        ("booking_type", '"BOAT"'),
        ("title_ar", '"' + "x" * 201 + '"'),
        ("title_ar", '"a\\u202eb"'),
        ("start_date", '"2026-02-30"'),
        ("end_date", "5"),
        ("guest_count", "0"),
        ("guest_count", "1.5"),
        ("guest_count", "1e40"),
        ("guest_names", '"Mona"'),
        ("guest_names", "[" + ", ".join(['"Mona"'] * 101) + "]"),
        ("items", "[]"),
        ("customer_notes", '"a\\u0000b"'),
        ("booking_details", "[]"),
        ("booking_details", '{"a": "' + "x" * 16 * 1024 + '"}'),
        ("booking_details", '{"a": [' + ", ".join(["1e64"] * 300) + "]}"),
        ("booking_details", '{"a": "b\\u0000"}'),
        ("booking_details", '{"a\\u0000": 1}'),
        ("booking_details", '{"a": "\\ud800"}'),
        ("booking_details", '{"\\ud800": 1}'),
        ("booking_details", f'{{"a": {DEEP}}}'),
        ("tax_rate", "101"),
        ("discount_amount", "10.01"),
        ("currency", '"ZZZ"'),
    ],
)
def test_a_wrong_field_of_a_booking_is_422_and_named(employee: Person, customer: Person, field: str, value: str) -> None:
    item = '{"description_en": "x", "quantity": 1, "unit_price": 10}'
    body = "{" + BOOKING.format(user=customer.id, item=item) + f', "{field}": {value}' + "}"

    reply = employee.client.call("POST", "/api/bookings", data=body, headers={"Content-Type": "application/json"})

    assert_problem(reply, 422)
    assert [error["loc"] for error in reply.json["errors"]] == [["body", field]]


@pytest.mark.parametrize(
    ("field", "value"), [("item_type", '""'), ("item_details", "5"), ("item_details", f'{{"a": {DEEP}}}'), ("quantity", "0")]
)
def test_a_wrong_field_of_a_booking_s_item_is_named_with_its_place(
    employee: Person, customer: Person, field: str, value: str
) -> None:
    item = f'{{"description_en": "x", "quantity": 1, "unit_price": 10, "{field}": {value}}}'
    body = "{" + BOOKING.format(user=customer.id, item=item) + "}"

    reply = employee.client.call("POST", "/api/bookings", data=body, headers={"Content-Type": "application/json"})

    assert_problem(reply, 422)
    assert [error["loc"] for error in reply.json["errors"]] == [["body", "items", 0, field]]


def test_of_one_bad_item_only_what_is_wrong_is_named(employee: Person, customer: Person) -> None:
    items = [{"description_en": "x", "quantity": 0, "unit_price": 1}]

    reply = employee.client.post("/api/orders", {"user_id": customer.id, "items": items})

    assert [error["loc"] for error in reply.json["errors"]] == [["body", "items", 0, "quantity"]]


@pytest.mark.parametrize(
    ("path", "field", "values"),
    [
        ("/api/orders", "status", ["draft", "%00", "%ED%A0%80"]),
        ("/api/orders", "user_id", ["1", "%00"]),
        (
            "/api/orders",
            "created_from",
            ["yesterday", "2026-02-30", "%00", "1e400", "1", "2026-01-01T00:00:00", "0001-01-01T00:00:01%2B23:00"],
        ),
        ("/api/orders", "created_to", ["9999-12-31T23:59:59-23:00", "NaN"]),
        ("/api/orders", "q", ["%00", "a%E2%80%AEb", "x" * 101]),
        ("/api/orders", "limit", ["0", "1001", "-0.5", "1e400", "NaN", "9" * 5000]),
        ("/api/orders", "cursor", ["x", "%00", "x" * 300]),
        ("/api/orders/me", "payment_status", ["paid"]),
        ("/api/bookings", "status", ["pending", "%00"]),
        ("/api/bookings", "booking_type", ["BOAT"]),
        ("/api/bookings", "booking_source", ["STAFF"]),
        ("/api/bookings", "from", ["2026-13-01", "2026-01-01T00:00:00Z", "%00", "1e400"]),
        ("/api/bookings", "to", ["NaN"]),
        ("/api/bookings/me", "cursor", ["x"]),
        ("/api/wallet/me/transactions", "limit", ["0", "1001", "NaN"]),
        ("/api/orders/me", "offset", ["-1", "10001", "NaN"]),
        ("/api/bookings/me", "skip", ["-1", "10001"]),
        ("/api/wallet/me/transactions", "cursor", ["x", "%00"]),
        ("/api/points/me/transactions", "cursor", ["x"]),
        ("/api/cashback/me", "cursor", ["x"]),
        ("/api/admin/users", "search", ["%00", "a%E2%80%AEb", "x" * 201]),
        ("/api/admin/users", "role", ["customer", "%00"]),
        ("/api/admin/users", "status", ["CLOSED"]),
        ("/api/admin/users", "limit", ["0", "1001", "1e400", "NaN"]),
        ("/api/admin/users", "offset", ["-1", "10001"]),
        ("/api/admin/users", "skip", ["-1", "10001"]),
        ("/api/payments", "order_id", ["1"]),
        ("/api/payments", "in_review", ["perhaps"]),
        ("/api/payments/webhook-logs", "outcome", ["nothing"]),
        ("/api/payments/webhook-logs", "invoice_id", ["%00", "x" * 101]),
    ],
)
def test_a_wrong_value_in_a_query_is_422_and_named(employee: Person, path: str, field: str, values: list[str]) -> None:
    for value in values:
        reply = employee.client.get(f"{path}?{field}={value}")
        assert_problem(reply, 422)
        assert [error["loc"] for error in reply.json["errors"]] == [["query", field]]


@pytest.mark.parametrize(
    ("field", "value"), [("actor_id", "1"), ("entity_id", "%00"), ("from", "NaN"), ("to", "2026-13-01")]
)
def test_a_wrong_filter_of_the_audit_log_is_422_and_named(admin: Person, field: str, value: str) -> None:
    reply = admin.client.get(f"/api/admin/audit-log?{field}={value}")
    assert_problem(reply, 422)
    assert [error["loc"] for error in reply.json["errors"]] == [["query", field]]


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31", "2026-01-01T00:00:00%2B15:59", "2026-01-01T00:00:00-23:00"])
def test_any_moment_that_can_be_is_answered(employee: Person, moment: str) -> None:
    for field in ("created_from", "created_to"):
        assert employee.client.get(f"/api/orders?{field}={moment}").status in (200, 422)


@pytest.mark.parametrize(("method", "path", "who"), PLACES)
def test_an_id_that_can_be_nobody_s_is_not_found(callers: Callers, method: str, path: str, who: str) -> None:
    for odd in ODD_IDS:
        reply = callers[who].call(method, path.format(odd), None if method == "GET" else {"note": ""})
        assert_problem(reply, 404, 405, 422)


@pytest.mark.parametrize(("method", "path", "who"), PLACES)
def test_an_id_that_nothing_has_is_not_found(callers: Callers, method: str, path: str, who: str) -> None:
    body: object = {} if method != "GET" else None
    assert_problem(callers[who].call(method, path.format(uuid.uuid4()), body), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/orders"),
        ("POST", "/api/orders"),
        ("PUT", f"/api/orders/{NIL}"),
        ("DELETE", f"/api/orders/{NIL}"),
        ("POST", f"/api/orders/{NIL}/issue"),
        ("POST", f"/api/orders/{NIL}/cancel"),
        ("POST", f"/api/orders/{NIL}/refund"),
        ("GET", "/api/bookings"),
        ("PUT", f"/api/bookings/{NIL}"),
        ("DELETE", f"/api/bookings/{NIL}"),
        ("PATCH", f"/api/bookings/{NIL}/status"),
        ("PUT", f"/api/bookings/{NIL}/status"),
        ("GET", "/api/payments"),
        ("GET", "/api/payments/webhook-logs"),
        ("POST", f"/api/payments/{NIL}/reconcile"),
        ("POST", f"/api/payments/{NIL}/resolve"),
        ("POST", f"/api/wallet/deposit?user_id={NIL}"),
        ("POST", f"/api/wallet/withdraw?user_id={NIL}"),
        ("GET", "/api/cashback/pending"),
        ("POST", f"/api/cashback/{NIL}/approve"),
        ("POST", f"/api/cashback/{NIL}/credit"),
        ("POST", f"/api/cashback/{NIL}/reject"),
        ("GET", "/api/loyalty/rates"),
        ("PUT", "/api/loyalty/rates/USD"),
        ("DELETE", "/api/loyalty/rates/USD"),
        ("GET", "/api/admin/users"),
        ("POST", "/api/admin/users"),
        ("PUT", f"/api/admin/users/{NIL}"),
        ("DELETE", f"/api/admin/users/{NIL}"),
        ("GET", "/api/admin/audit-log"),
    ],
)
def test_a_customer_may_not_do_what_is_the_staff_s(callers: Callers, method: str, path: str) -> None:
    assert_problem(callers["customer"].call(method, path, {}), 403)
    assert_problem(callers["anyone"].call(method, path, {}), 401)


def test_an_employee_may_not_do_what_is_an_administrator_s(callers: Callers) -> None:
    assert_problem(callers["employee"].post(f"/api/payments/{NIL}/resolve", {"action": "settle", "note": "x"}), 403)
    assert_problem(callers["employee"].post(f"/api/orders/{NIL}/refund", {"destination": "wallet", "reason": "x"}), 403)
    assert_problem(callers["employee"].post(f"/api/wallet/deposit?user_id={NIL}", {"amount": 1}), 403)
    assert_problem(callers["employee"].post(f"/api/cashback/{NIL}/approve"), 403)
    assert_problem(callers["employee"].put("/api/loyalty/rates/USD", {"rate": 50}), 403)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PATCH", "/api/auth/me", "GET, HEAD, OPTIONS, PUT"),
        ("GET", "/api/auth/login", "OPTIONS, POST"),
        ("PATCH", "/api/orders", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", f"/api/bookings/{NIL}/status", "OPTIONS, PATCH, PUT"),
        ("POST", f"/api/orders/{NIL}/invoice", "GET, HEAD, OPTIONS"),
        ("GET", "/api/payments/fawaterk/webhook", "OPTIONS, POST"),
        ("DELETE", "/", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_a_path_lacks_is_405_with_those_it_has(anyone: Client, method: str, path: str, allow: str) -> None:
    reply = anyone.call(method, path)

    assert_problem(reply, 405)
    assert reply.headers["Allow"] == allow


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Idempotency-Key", b""),
        ("Idempotency-Key", b"x" * 256),
        ("Idempotency-Key", b"a\x85b"),
        ("Idempotency-Key", b"\xff"),
        ("X-Request-Id", b"\xff\xfe"),
        ("X-Request-Id", b"x" * 5000),
        ("Authorization", b"Bearer \xff"),
        ("Authorization", b"Bearer"),
        ("Authorization", b"Bearer a.b.c"),
        ("Content-Type", b"application/json; charset=\xff"),
        ("Origin", b"\xff"),
        ("traceparent", b"00-\xff"),
        ("Accept-Language", b"\xff;q=nonsense"),
        ("X-Client-Address", b"\xff"),
    ],
)
def test_odd_headers_are_refused_or_passed_over(system: System, employee: Person, name: str, value: bytes) -> None:
    headers: dict[str, Any] = {"Authorization": f"Bearer {employee.client.token}", "Content-Type": "application/json"}
    address = urlsplit(system.base_url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.request("POST", "/api/orders", b'{"user_id": 1}', {**headers, name: value})
    response = connection.getresponse()
    body = response.read()
    connection.close()

    assert response.status in (400, 401, 422), body
    assert response.headers["X-Request-Id"]


class TestWithAnOrder:
    """What needs something that exists, and leaves it as it was."""

    @pytest.fixture
    def order(self, employee: Person, customer: Person, system: System) -> Iterator[str]:
        item = {"description_en": "Tour", "quantity": 1, "unit_price": 100}
        reply = employee.client.post("/api/orders", {"user_id": customer.id, "items": [item]})
        assert reply.status == 201, reply.text
        yield str(reply.json["id"])
        database.run(system.database_url, "delete from orders where id = :id::uuid", id=reply.json["id"])

    @pytest.mark.parametrize("path", ["", "/invoice", "/invoice/download", "/invoice/base64"])
    def test_another_s_order_is_not_there(self, other_customer: Person, order: str, path: str) -> None:
        assert_problem(other_customer.client.get(f"/api/orders/{order}{path}"), 404)

    def test_neither_can_another_s_order_be_paid(self, other_customer: Person, order: str) -> None:
        assert_problem(other_customer.client.post(f"/api/orders/{order}/pay", {}), 404)

    @pytest.mark.parametrize(
        ("status", "move"),
        [("ISSUED", "issue"), ("ISSUED", "delete"), *(("CANCELLED", move) for move in ("issue", "change", "delete"))],
    )
    def test_a_move_that_the_state_does_not_allow_is_409(
        self, employee: Person, order: str, system: System, status: str, move: str
    ) -> None:
        moved = "update orders set status = :status, issued_at = now() where id = :id::uuid"
        database.run(system.database_url, moved, status=status, id=order)

        client, path = employee.client, f"/api/orders/{order}"
        moves = {
            "issue": lambda: client.post(f"{path}/issue"),
            "change": lambda: client.put(path, {"notes_en": "x"}),
            "delete": lambda: client.delete(path),
        }
        reply = moves[move]()

        assert_problem(reply, 409)
        assert reply.json["code"] == "illegal_move"

    def test_a_wrong_way_to_pay_leaves_a_draft_as_it_was(self, employee: Person, order: str) -> None:
        for method in ("99999", "-1", "1e9999999", "1e40", "NaN", '"x"', "1.5", "[]", "9" * 30, "true", '"2.0"'):
            reply = employee.client.call(
                "POST",
                f"/api/orders/{order}/pay",
                data=f'{{"payment_method_id": {method}}}',
                headers={"Content-Type": "application/json"},
            )
            assert_problem(reply, 400 if method in ("1e9999999", "NaN") else 422)
        assert employee.client.get(f"/api/orders/{order}").json["status"] == "DRAFT"
