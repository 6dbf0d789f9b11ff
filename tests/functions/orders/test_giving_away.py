"""What comes to nothing, or is paid by a customer's balances alone, is an administrator's to decide."""

from typing import Any

import pytest

from tests.support.balances import balances, give
from tests.support.clients import Reply
from tests.support.money import Desk


def item(**fields: Any) -> dict[str, Any]:
    return {"description_en": "Tour", "quantity": 1, "unit_price": 1000, **fields}


NOTHING: list[dict[str, Any]] = [
    {"items": [item()], "discount_amount": 1000},
    {"items": [item(unit_price=0)]},
    # Each line rounds to 0.
    {"items": [item(quantity="0.001", unit_price="0.01")]},
    {"items": [item(), item()], "discount_amount": "2000.00", "tax_rate": 0},
]


def assert_refused(reply: Reply, words: str) -> None:
    assert (reply.status, reply.json["code"]) == (403, "forbidden"), reply.text
    assert words in reply.json["detail"]


@pytest.mark.parametrize("contents", NOTHING)
def test_only_an_administrator_makes_an_order_that_comes_to_nothing(desk: Desk, contents: dict[str, Any]) -> None:
    body = {"user_id": desk.customer.id, **contents}
    assert_refused(desk.employee.client.post("/api/orders", body), "total is 0")
    assert desk.customer.client.get("/api/orders/me").json == []
    assert str(desk.admin.client.post("/api/orders", body).json["total_amount"]) == "0.00"


@pytest.mark.parametrize("contents", NOTHING)
def test_no_edit_of_a_draft_makes_it_come_to_nothing_either(desk: Desk, contents: dict[str, Any]) -> None:
    path = f"/api/orders/{desk.order()['id']}"
    assert_refused(desk.employee.client.put(path, contents), "total is 0")
    assert str(desk.customer.client.get(path).json["total_amount"]) == "342.00"
    assert str(desk.admin.client.put(path, contents).json["total_amount"]) == "0.00"


def test_what_an_administrator_gave_away_takes_notes_from_anybody_and_no_other_contents(desk: Desk) -> None:
    body = {"user_id": desk.customer.id, **NOTHING[0], "notes_en": "A gift"}
    path = f"/api/orders/{desk.admin.client.post('/api/orders', body).json['id']}"
    assert desk.employee.client.put(path, {**NOTHING[0], "notes_en": "With our thanks"}).status == 200
    assert_refused(desk.employee.client.put(path, {"items": [item(unit_price=5000)], "discount_amount": 5000}), "total is 0")
    assert desk.employee.client.post(f"{path}/issue").json["status"] == "PAID"


def costing(price: int) -> dict[str, Any]:
    return {"items": [item(unit_price=price)], "tax_rate": 0}


@pytest.mark.parametrize(
    ("promise", "changes"),
    [
        ({"wallet_to_use": 50}, costing(50)),
        ({"wallet_to_use": 50}, {"items": [item(unit_price=342)], "tax_rate": 0, "discount_amount": 292}),
        # It gives up a part of the promise, and the rest of it covers what is left.
        ({"wallet_to_use": 50, "points_to_use": 2000}, {**costing(50), "points_to_use": 0}),
    ],
)
def test_no_edit_makes_a_promise_pay_all_of_an_order_without_an_administrator(
    desk: Desk, promise: dict[str, Any], changes: dict[str, Any]
) -> None:
    give(desk.customer.id, wallet="50", points=2000)
    path = f"/api/orders/{desk.order(**promise)['id']}"
    promised = balances(desk.customer.id)
    assert_refused(desk.employee.client.put(path, changes), "balances")
    order = desk.customer.client.get(path).json
    assert (order["status"], str(order["total_amount"])) == ("DRAFT", "342.00")
    assert balances(desk.customer.id) == promised
    assert desk.admin.client.put(path, changes).json["status"] == "PAID"
    assert (balances(desk.customer.id).wallet, balances(desk.customer.id).held) == ("0.00", "0.00")
