"""The app's form of an order: every field that it sends is applied, or refused by name."""

from typing import Any

import pytest

from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply, System
from tests.support.currencies import CURRENCY, OTHER_CURRENCY, as_told
from tests.support.money import Desk, open_desk
from tests.support.people import make_person

# As the edit screen sends it: it fills in no discount, tax rate or balances.
UNASKED: dict[str, Any] = {
    "points_to_use": 0,
    "wallet_to_use": 0,
    "cashback_to_use": 0,
    "tax_rate": 14,
    "discount_amount": 0,
    "is_free": False,
}
TOUR = {"description_en": "Tour\nto Luxor", "description_ar": "Tour\nto Luxor", "quantity": 3, "unit_price": 100}


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def form(desk: Desk, **fields: Any) -> dict[str, Any]:
    given = {"user_id": desk.customer.id, "items": [TOUR], "notes_en": "", "currency": CURRENCY, "payment_status": "UNPAID"}
    return {**given, **UNASKED, **fields}


def make(desk: Desk, **fields: Any) -> dict[str, Any]:
    reply = desk.admin.client.post("/api/orders", form(desk, **fields))
    assert reply.status == 201, reply.text
    return dict(reply.json)


def edit(desk: Desk, order: dict[str, Any], **fields: Any) -> Reply:
    return desk.admin.client.put(f"/api/orders/{order['id']}", form(desk, **fields))


def issue(desk: Desk, order: dict[str, Any]) -> None:
    assert desk.admin.client.post(f"/api/orders/{order['id']}/issue").status == 200


def stands(order: dict[str, Any]) -> tuple[str, str, str, str, str]:
    amounts = (str(order[name]) for name in ("total_amount", "amount_paid", "amount_held"))
    return (order["status"], order["payment_status"], *amounts)


def methods_of(desk: Desk, order: dict[str, Any]) -> list[tuple[str, str]]:
    rows = desk.run(
        "select payment_method, trim_scale(amount)::text from payments where order_id = :id order by payment_number",
        id=order["id"],
    )
    return [(method, amount) for method, amount in rows]


def test_balances_pay_first_and_the_rest_was_paid_elsewhere(desk: Desk) -> None:
    give(desk.customer.id, wallet="100", cashback="20", points=1000)
    order = make(desk, payment_status="PAID", wallet_to_use=100, cashback_to_use=20, points_to_use=1000)
    assert stands(order) == ("PAID", "PAID", as_told("342.00"), as_told("342.00"), as_told("0.00"))
    assert methods_of(desk, order) == [("BALANCE", "130"), ("MANUAL", "212")]
    left = balances(desk.customer.id)
    assert (left.wallet, left.cashback, left.held) == (as_told("0.00"), as_told("0.00"), as_told("0.00"))


def test_balances_that_cover_all_settle_the_order_at_once(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    order = make(desk, wallet_to_use=400)
    assert stands(order) == ("PAID", "PAID", as_told("342.00"), as_told("342.00"), as_told("0.00"))
    assert (methods_of(desk, order), balances(desk.customer.id).wallet) == ([("BALANCE", "342")], as_told("58.00"))


def test_balances_pay_only_their_own_currency(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    refused = desk.admin.client.post("/api/orders", form(desk, currency=OTHER_CURRENCY, wallet_to_use=10))
    assert refused.status == 422
    assert CURRENCY in refused.json["errors"][0]["msg"]


def test_a_draft_takes_all_that_is_sent(desk: Desk) -> None:
    order = make(desk, notes_en="before", discount_amount=10, tax_rate=5)
    changed = edit(desk, order, items=[{**TOUR, "quantity": 2}], currency=OTHER_CURRENCY, notes_en="after").json
    assert (str(changed["total_amount"]), changed["currency"], changed["notes_en"]) == ("228.00", OTHER_CURRENCY, "after")
    assert (str(changed["discount_amount"]), str(changed["tax_rate"])) == ("0.00", "14")
    assert changed["items"][0]["description_ar"] == "Tour\nto Luxor"


def test_balances_that_are_sent_replace_those_that_were_promised(desk: Desk) -> None:
    give(desk.customer.id, wallet="200", cashback="20")
    order = make(desk, wallet_to_use=100)
    more = edit(desk, order, wallet_to_use=150, cashback_to_use=20).json
    assert stands(more) == ("DRAFT", "PARTIALLY_PAID", as_told("342.00"), as_told("0.00"), as_told("170.00"))
    assert balances(desk.customer.id) == Balances(wallet=as_told("50.00"), held=as_told("170.00"))
    none = edit(desk, order).json
    assert stands(none) == ("DRAFT", "UNPAID", as_told("342.00"), as_told("0.00"), as_told("0.00"))
    assert balances(desk.customer.id) == Balances(wallet=as_told("200.00"), cashback=as_told("20.00"))


def test_a_draft_becomes_free_and_gives_back_what_it_held(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    order = make(desk, wallet_to_use=100)
    freed = edit(desk, order, is_free=True).json
    assert stands(freed) == ("PAID", "PAID", as_told("0.00"), as_told("0.00"), as_told("0.00"))
    assert balances(desk.customer.id) == Balances(wallet=as_told("100.00"))


def test_a_draft_is_marked_as_paid(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    order = make(desk, wallet_to_use=100)
    paid = desk.admin.client.put(f"/api/orders/{order['id']}", {"payment_status": "PAID"}).json
    assert stands(paid) == ("PAID", "PAID", as_told("342.00"), as_told("342.00"), as_told("0.00"))
    assert methods_of(desk, order) == [("BALANCE", "100"), ("MANUAL", "242")]


def test_an_issued_order_takes_notes_due_date_and_that_it_is_paid(desk: Desk) -> None:
    order = make(desk, discount_amount=10, tax_rate=5)
    issue(desk, order)
    noted = edit(desk, order, notes_en="Bring a hat", due_date="2047-01-01").json
    assert (noted["notes_en"], noted["due_date"], noted["status"]) == ("Bring a hat", "2047-01-01", "ISSUED")
    assert (str(noted["discount_amount"]), str(noted["tax_rate"])) == (as_told("10.00"), "5")
    paid = edit(desk, order, payment_status="PAID").json
    assert stands(paid) == ("PAID", "PAID", as_told("304.50"), as_told("304.50"), as_told("0.00"))
    assert methods_of(desk, order) == [("MANUAL", "304.5")]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"items": [{**TOUR, "unit_price": 99}]}, "items"),
        ({"items": [TOUR, TOUR]}, "items"),
        ({"currency": OTHER_CURRENCY}, "currency"),
        ({"discount_amount": 11}, "discount_amount"),
        ({"tax_rate": 6}, "tax_rate"),
        ({"is_free": True}, "is_free"),
        ({"wallet_to_use": 5}, "balances"),
        ({"order_type": "EXTRA"}, "order_type"),
    ],
)
def test_an_issued_order_says_by_name_what_of_it_can_not_change(desk: Desk, fields: dict[str, Any], name: str) -> None:
    order = make(desk, discount_amount=10, tax_rate=5)
    issue(desk, order)
    refused = edit(desk, order, **fields)
    assert refused.status == 409
    assert name in refused.json["detail"]
    assert "make a new one" in refused.json["detail"]
    assert desk.admin.client.get(f"/api/orders/{order['id']}").json["payment_status"] == "UNPAID"


def test_the_rest_of_a_part_paid_order_is_marked_as_paid(desk: Desk) -> None:
    give(desk.customer.id, wallet="42")
    order = make(desk)
    body = {"amount": 42, "reference_type": "ORDER", "reference_id": order["id"]}
    assert desk.customer.client.post("/api/wallet/me/pay", body).status == 200
    assert edit(desk, order, payment_status="PARTIALLY_PAID").json["payment_status"] == "PARTIALLY_PAID"
    assert stands(edit(desk, order, payment_status="PAID").json)[:2] == ("PAID", "PAID")
    assert methods_of(desk, order) == [("BALANCE", "42"), ("MANUAL", "300")]


def test_marking_as_paid_ends_the_open_attempt(desk: Desk) -> None:
    give(desk.customer.id, wallet="42")
    order = make(desk)
    attempt = desk.pay(order["id"], 2, wallet_to_use=42)
    assert stands(edit(desk, order, payment_status="PAID").json) == (
        "PAID",
        "PAID",
        as_told("342.00"),
        as_told("342.00"),
        as_told("0.00"),
    )
    assert desk.statuses(attempt).payment == "CANCELLED"
    assert balances(desk.customer.id).wallet == as_told("42.00")


@pytest.mark.parametrize("status", ["REFUNDED", "CANCELLED", "PARTIALLY_PAID"])
@pytest.mark.parametrize("issued", [True, False])
def test_a_status_that_no_form_can_bring_about_is_refused_by_name(desk: Desk, status: str, issued: bool) -> None:  # noqa: FBT001 - a parameter of the test
    order = make(desk)
    if issued:
        issue(desk, order)
    refused = edit(desk, order, payment_status=status)
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "payment_status"])


def test_another_customer_is_refused_by_name(desk: Desk) -> None:
    other = make_person(desk.system, "CUSTOMER")
    refused = edit(desk, make(desk), user_id=other.id)
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "user_id"])


@pytest.mark.parametrize("fields", [{"is_free": True}, {"payment_status": "PAID"}, {"wallet_to_use": 1}])
def test_only_administrators_free_mark_as_paid_or_use_balances(desk: Desk, fields: dict[str, Any]) -> None:
    give(desk.customer.id, wallet="100")
    order = make(desk)
    refused = desk.employee.client.put(f"/api/orders/{order['id']}", form(desk, **fields))
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert desk.employee.client.put(f"/api/orders/{order['id']}", form(desk)).status == 200


@pytest.mark.parametrize("way", ["pay", "cancel"])
def test_what_is_over_does_not_change(desk: Desk, way: str) -> None:
    order = make(desk, payment_status="PAID" if way == "pay" else "UNPAID")
    if way == "cancel":
        desk.admin.client.post(f"/api/orders/{order['id']}/cancel", {})
    refused = edit(desk, order, notes_en="late")
    assert (refused.status, refused.json["code"]) == (409, "illegal_move")
