"""Orders as staff make them and customers see them."""

import re
import secrets as randomness
import uuid
from decimal import Decimal
from typing import Any

import pytest

from tests.support.clients import Client, System
from tests.support.money import SERVICE, Desk, at_once, open_desk
from tests.support.people import Person, make_person

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def item(quantity: object, unit_price: object) -> dict[str, Any]:
    return SERVICE | {"quantity": quantity, "unit_price": unit_price}


def raw_number(text: str, name: str) -> str:
    """The digits of a number as they stood on the wire."""
    found = re.search(rf'"{name}" ?: ?([0-9.]+)[,}} ]', text)
    assert found, text
    return found[1]


def issued_numbers(desk: Desk) -> list[int]:
    rows = desk.run("select split_part(invoice_number, '-', 3)::integer from invoices order by 1")
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("currency", "items", "rate", "discount", "expected"),
    [
        ("EGP", [item(3, 100)], 14, 0, ("300.00", "42.00", "342.00")),
        ("EGP", [item("0.5", "0.01"), item("0.5", "0.01")], 0, 0, ("0.02", "0.00", "0.02")),
        ("EGP", [item("1.005", 1)], 0, 0, ("1.01", "0.00", "1.01")),
        ("EGP", [item(1, "10.50")], "14.55", "0.50", ("10.50", "1.46", "11.46")),
        ("KWD", [item("0.333", "1.005")], 14, 0, ("0.335", "0.047", "0.382")),
        ("JPY", [item("1.5", 333)], 10, 0, ("500", "50", "550")),
        ("USD", [item(1, "0.1"), item(1, "0.2")], 0, 0, ("0.30", "0.00", "0.30")),
        ("EGP", [item(1, 99999999999)], 0, 0, ("99999999999.00", "0.00", "99999999999.00")),
    ],
)
def test_totals_are_rounded_half_up_line_by_line_in_the_currencys_decimals(
    desk: Desk, currency: str, items: list[object], rate: object, discount: object, expected: tuple[str, str, str]
) -> None:
    order = desk.order(currency=currency, items=items, tax_rate=rate, discount_amount=discount)
    text = desk.customer.client.get(f"/api/orders/{order['id']}").text
    assert tuple(raw_number(text, name) for name in ("subtotal", "tax_amount", "total_amount")) == expected
    lines = sum((line["total_price"] for line in order["items"]), Decimal(0))
    assert lines == order["subtotal"]


def test_an_order_reads_as_the_contract_has_it(desk: Desk) -> None:
    order = desk.order(notes_en="Two\nlines", due_date="2026-12-31", items=[item(2, "10.25"), item(1, 5)])
    assert (order["status"], order["payment_status"], order["order_type"]) == ("DRAFT", "UNPAID", "MANUAL_INVOICE")
    assert re.fullmatch(r"ORD-\d{4}-\d{6,}", order["order_number"])
    assert (order["notes_en"], order["notes_ar"], order["due_date"]) == ("Two\nlines", None, "2026-12-31")
    assert order["created_by_user_id"] == desk.employee.id
    assert order["user"]["email"] == desk.customer.email
    assert [str(line["unit_price"]) for line in order["items"]] == ["10.25", "5.00"]
    assert (order["issued_at"], order["paid_at"], order["invoice_number"]) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"items": []}, ["body", "items"]),
        ({"items": [item(0, 1)]}, ["body", "items", 0, "quantity"]),
        ({"items": [item("1.0001", 1)]}, ["body", "items", 0, "quantity"]),
        ({"items": [item(1, -1)]}, ["body", "items", 0, "unit_price"]),
        ({"items": [item(1, "1.001")]}, ["body", "items", 0, "unit_price"]),
        ({"items": [item(1, "1.5")], "currency": "JPY"}, ["body", "items", 0, "unit_price"]),
        ({"items": [item(999_999_999, 99_999_999_999)] * 200}, ["body", "items"]),
        ({"items": [{"quantity": 1, "unit_price": 1}]}, ["body", "items", 0]),
        ({"items": [SERVICE | {"description_en": "x" * 2001}]}, ["body", "items", 0, "description_en"]),
        ({"discount_amount": "300.01"}, ["body", "discount_amount"]),
        ({"tax_rate": "100.01"}, ["body", "tax_rate"]),
        ({"currency": "XXX"}, ["body", "currency"]),
        ({"order_type": "GIFT"}, ["body", "order_type"]),
        ({"user_id": NOBODY}, ["body", "user_id"]),
        ({"user_id": "me"}, ["body", "user_id"]),
        ({"due_date": "31/12/2026"}, ["body", "due_date"]),
        ({"wallet_to_use": -1}, ["body", "wallet_to_use"]),
        ({"payment_status": "REFUNDED"}, ["body", "payment_status"]),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(desk: Desk, fields: dict[str, Any], place: list[object]) -> None:
    body = {"user_id": desk.customer.id, "items": [SERVICE], **fields}
    reply = desk.employee.client.post("/api/orders", body)
    assert (reply.status, reply.json["code"], reply.json["errors"][0]["loc"]) == (422, "validation_error", place)
    assert desk.customer.client.get("/api/orders/me").json == []


@pytest.mark.parametrize("number", ["NaN", "1e40", "-0", "-0.0", "Infinity", '"1e5"', "true", "[]", '"٣"'])
def test_numbers_that_are_no_amounts_are_refused(desk: Desk, number: str) -> None:
    body = (
        f'{{"user_id": "{desk.customer.id}", "items": [{{"description_en": "x", "quantity": 1, "unit_price": {number}}}]}}'
    )
    reply = desk.employee.client.call("POST", "/api/orders", data=body, headers={"Content-Type": "application/json"})
    assert reply.status in {400, 422}
    assert desk.customer.client.get("/api/orders/me").json == []


def test_two_hundred_items_are_taken_and_one_more_is_not(desk: Desk) -> None:
    assert len(desk.order(items=[item(1, 1)] * 200)["items"]) == 200
    body = {"user_id": desk.customer.id, "items": [item(1, 1)] * 201}
    assert desk.employee.client.post("/api/orders", body).json["errors"][0]["loc"] == ["body", "items"]


def described(text: str, arabic: str | None = None) -> dict[str, Any]:
    """An item with this description in English, and in Arabic where that is not another one."""
    return item(1, 1) | {"description_en": text, "description_ar": text if arabic is None else arabic}


FULL, LONE = described("x" * 2_000), described("x" * 2_000, arabic="")
NOTES = {"notes_en": "x" * 2_000, "notes_ar": "x" * 2_000}


@pytest.mark.parametrize(
    ("fits", "too_much", "limit"),
    [
        ({"items": [FULL] * 50}, {"items": [*[FULL] * 50, described("x")]}, "200000 characters"),
        ({"items": [FULL] * 49, **NOTES}, {"items": [FULL] * 50, "notes_ar": "x"}, "200000 characters"),
        ({"items": [LONE] * 50}, {"items": [LONE] * 51}, "200000 characters"),
        ({"items": [described("x\n" * 24 + "x")] * 100}, {"items": [described("x\n" * 25 + "x")] * 100}, "5000 lines"),
    ],
    ids=["descriptions", "notes", "printed twice", "lines"],
)
def test_an_orders_text_is_limited_in_all_when_it_is_made_and_when_it_is_changed(
    desk: Desk, fits: dict[str, Any], too_much: dict[str, Any], limit: str
) -> None:
    made = desk.order(**fits)
    path = f"/api/orders/{made['id']}"
    for reply in (
        desk.employee.client.post("/api/orders", {"user_id": desk.customer.id, **too_much}),
        desk.employee.client.put(path, too_much),
    ):
        assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "items"])
        assert limit in reply.json["detail"]
    assert len(desk.customer.client.get(path).json["items"]) == len(made["items"])


def test_an_order_from_before_the_limit_is_still_changed_issued_and_drawn(desk: Desk) -> None:
    order_id = desk.order(items=[item(1, 1)] * 6)["id"]
    path = f"/api/orders/{order_id}"
    desk.run("update order_items set description_en = repeat(E'x\\n', 999) || 'x' where order_id = :id", id=order_id)
    assert desk.employee.client.put(path, {"due_date": "2030-01-31"}).status == 200
    assert desk.employee.client.put(path, {"notes_en": "more"}).status == 422
    assert desk.employee.client.post(f"{path}/issue").status == 200
    assert desk.customer.client.get(f"{path}/invoice/download").content.startswith(b"%PDF-")


@pytest.mark.parametrize("role", ["EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN"])
def test_every_staff_role_makes_and_issues_orders(desk: Desk, role: str) -> None:
    staff = make_person(desk.system, role).client
    made = staff.post("/api/orders", {"user_id": desk.customer.id, "items": [SERVICE]})
    assert made.status == 201
    assert staff.post(f"/api/orders/{made.json['id']}/issue").status == 200
    assert staff.get("/api/orders?limit=1").status == 200


def test_customers_are_kept_from_what_is_for_staff_and_strangers_from_everything(desk: Desk) -> None:
    path = f"/api/orders/{desk.order()['id']}"
    calls = [
        ("POST", "/api/orders"),
        ("GET", "/api/orders"),
        ("PUT", path),
        ("DELETE", path),
        ("POST", f"{path}/issue"),
        ("POST", f"{path}/cancel"),
    ]
    nobody = Client(desk.system.base_url)
    assert [desk.customer.client.call(method, to).status for method, to in calls] == [403] * 6
    signed_out = [*calls, ("GET", path), ("GET", "/api/orders/me"), ("POST", f"{path}/pay")]
    assert [nobody.call(method, to).status for method, to in signed_out] == [401] * 9
    assert desk.customer.client.get(path).json["status"] == "DRAFT"


def test_another_customers_order_is_not_there(desk: Desk) -> None:
    path = f"/api/orders/{desk.order()['id']}"
    stranger = make_person(desk.system, "CUSTOMER").client
    assert (stranger.get(path).status, stranger.get("/api/orders/me").json) == (404, [])
    assert desk.customer.client.get(path).status == 200
    for unknown in (NOBODY, "nonsense", "1", "%00"):
        assert desk.employee.client.get(f"/api/orders/{unknown}").status in {400, 404, 422}


def test_lists_filter_by_state_customer_time_and_text(desk: Desk) -> None:
    draft, paid = desk.order(), desk.order(is_free=True)
    mine = f"user_id={desk.customer.id}"

    def listed(query: str, person: Person = desk.employee, path: str = "/api/orders") -> list[str]:
        return [one["id"] for one in person.client.get(f"{path}?{query}").json]

    assert listed(mine) == [paid["id"], draft["id"]]
    assert listed(f"{mine}&status=DRAFT") == [draft["id"]]
    assert listed(f"{mine}&payment_status=PAID") == [paid["id"]]
    assert listed("status=PAID", desk.customer, "/api/orders/me") == [paid["id"]]
    assert listed("payment_status=UNPAID", desk.customer, "/api/orders/me") == [draft["id"]]
    assert listed(f"{mine}&created_to=2020-01-01") == []
    assert listed(f"{mine}&created_from=2020-01-01&created_to=2100-01-01T00:00:00Z") == [paid["id"], draft["id"]]
    assert listed(f"q={draft['order_number'].lower()}") == [draft["id"]]
    assert listed(f"q={desk.customer.email.upper()}") == [paid["id"], draft["id"]]
    assert listed(f"{mine}&q=%25") == []
    assert listed(f"q={randomness.token_hex(12)}") == []
    assert listed(f"user_id={uuid.uuid4()}") == []
    assert desk.employee.client.get("/api/orders?status=LOST").status == 422
    assert desk.employee.client.get("/api/orders?limit=1001").status == 422


def test_pages_follow_the_link_header_and_meet_every_order_once(desk: Desk) -> None:
    made = [desk.order()["id"] for _ in range(5)]
    address, seen, pages = f"/api/orders?user_id={desk.customer.id}&limit=2", [], 0
    while address:
        reply = desk.employee.client.get(address)
        seen += [one["id"] for one in reply.json]
        link = re.fullmatch(r'<(.+)>; rel="next"', reply.headers.get("Link", ""))
        address, pages = link[1] if link else "", pages + 1
    assert (seen, pages) == (made[::-1], 3)


def test_a_draft_is_changed_and_what_is_not_sent_stays(desk: Desk) -> None:
    order = desk.order(notes_en="before", tax_rate=10)
    path = f"/api/orders/{order['id']}"
    changed = desk.employee.client.put(path, {"items": [item(1, 50)], "notes_en": None}).json
    assert (str(changed["total_amount"]), changed["notes_en"], len(changed["items"])) == ("55.00", None, 1)
    assert desk.employee.client.put(path, {"discount_amount": "50.01"}).status == 422
    assert desk.employee.client.put(path, {"tax_rate": None}).status == 422
    assert desk.employee.client.put(path, {"currency": "KWD"}).json["currency"] == "KWD"
    assert raw_number(desk.customer.client.get(path).text, "total_amount") == "55.000"


def test_only_a_draft_is_changed_deleted_or_issued(desk: Desk) -> None:
    draft = f"/api/orders/{desk.order()['id']}"
    reply = desk.employee.client.delete(draft)
    assert (reply.status, reply.content) == (204, b"")
    assert desk.employee.client.get(draft).status == 404
    issued = f"/api/orders/{desk.order()['id']}"
    desk.employee.client.post(f"{issued}/issue")
    calls = [("PUT", issued, {"items": [item(1, 1)]}), ("DELETE", issued, None), ("POST", f"{issued}/issue", None)]
    replies = [desk.employee.client.call(*call) for call in calls]
    assert [reply.status for reply in replies] == [409] * 3


def test_an_order_is_cancelled_until_it_is_paid_and_its_open_payment_with_it(desk: Desk) -> None:
    attempt = desk.attempt()
    path = f"/api/orders/{attempt.order_id}/cancel"
    assert desk.employee.client.post(path, {"reason": "changed plans"}).json["status"] == "CANCELLED"
    assert desk.payment(attempt)["status"] == "CANCELLED"
    assert desk.employee.client.post(path, {}).status == 409
    paid, partly = desk.attempt(), desk.attempt()
    desk.happens(paid.invoice_id, "paid")
    desk.happens(partly.invoice_id, "paid", amount="100")
    desk.resolve(partly, "settle")
    for one in (paid, partly):
        assert desk.employee.client.post(f"/api/orders/{one.order_id}/cancel", {}).status == 409


def test_invoice_numbers_have_no_gaps_under_issues_at_once_some_of_which_fail(desk: Desk) -> None:
    orders = [desk.order()["id"] for _ in range(10)]
    # Paying from the wallet issues a draft and then finds that too little would be left: its number must come back.
    tiny = [desk.order(items=[item(1, 1)])["id"] for _ in range(5)]
    issues = [lambda order_id=order_id: desk.employee.client.post(f"/api/orders/{order_id}/issue") for order_id in orders]
    about = [{"amount": "0.50", "reference_type": "ORDER", "reference_id": order_id} for order_id in tiny]
    failures = [lambda body=body: desk.customer.client.post("/api/wallet/me/pay", body) for body in about]
    replies = at_once(*issues, *failures, *issues[:5])
    assert sorted(reply.status for reply in replies) == [200] * 10 + [409] * 5 + [422] * 5
    numbers = issued_numbers(desk)
    assert numbers == list(range(1, len(numbers) + 1))


def test_what_staff_do_to_an_order_is_in_the_audit_log(desk: Desk) -> None:
    order_id = desk.order()["id"]
    desk.employee.client.put(f"/api/orders/{order_id}", {"notes_en": "after"})
    desk.employee.client.post(f"/api/orders/{order_id}/issue")
    desk.employee.client.post(f"/api/orders/{order_id}/cancel", {"reason": "changed plans"})
    audited = desk.run(
        "select action, actor_id::text, after ->> 'reason' from audit_log where entity_id = :id order by at", id=order_id
    )
    expected = [("create", None), ("change", None), ("issue", None), ("cancel", "changed plans")]
    assert audited == [[action, desk.employee.id, reason] for action, reason in expected]
