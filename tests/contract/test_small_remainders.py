"""The gateway takes more than 5 EGP. So no balance may pay an order but for a remainder that nobody could pay there."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply, System
from tests.support.money import SERVICE, Desk, at_once, open_desk

FULL = Balances("500.00", "400.00", 40000)


@pytest.fixture
def desk(system: System) -> Desk:
    opened = open_desk(system)
    give(opened.customer.id, wallet="500", cashback="400", points=40000)
    return opened


def priced(desk: Desk, price: str, **fields: Any) -> str:
    """A draft of this total."""
    item = SERVICE | {"quantity": 1, "unit_price": price}
    return str(desk.order(items=[item], tax_rate=0, **fields)["id"])


def from_wallet(desk: Desk, order_id: str, amount: str) -> Reply:
    about = {"reference_type": "ORDER", "reference_id": order_id}
    return desk.customer.client.post("/api/wallet/me/pay", {"amount": amount, **about})


def redeemed(desk: Desk, order_id: str, points: int) -> Reply:
    about = {"reference_type": "ORDER", "reference_id": order_id}
    return desk.customer.client.post("/api/points/me/redeem", {"points": points, **about})


def order_of(desk: Desk, order_id: str) -> dict[str, Any]:
    return dict(desk.customer.client.get(f"/api/orders/{order_id}").json)


def is_refused(reply: Reply, usable: str = "use at most 336.99 EGP of balances (33699 points)") -> bool:
    return reply.status == 422 and reply.json["errors"][0]["type"] == "below_minimum" and usable in reply.json["detail"]


@pytest.mark.parametrize(
    "using",
    [
        {"wallet_to_use": "337"},
        {"wallet_to_use": "341.99"},
        {"cashback_to_use": "340"},
        {"points_to_use": 34000},
        {"points_to_use": 10000, "cashback_to_use": "100", "wallet_to_use": "139.99"},
    ],
)
def test_balances_that_leave_too_little_are_refused_at_once_with_what_may_be_used(desk: Desk, using: dict[str, Any]) -> None:
    order_id = desk.order()["id"]
    with desk.outage("error"):
        reply = desk.ask_to_pay(order_id, 2, **using)
    assert is_refused(reply), reply.text
    assert "or enough for all of 342.00 EGP" in reply.json["detail"]
    assert order_of(desk, order_id)["status"] == "DRAFT"
    assert balances(desk.customer.id) == FULL


@pytest.mark.parametrize("using", [{"wallet_to_use": "336.99"}, {"points_to_use": 33699}])
def test_what_the_refusal_names_can_be_used(desk: Desk, using: dict[str, Any]) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **using)
    assert attempt.answer["amount"] == Decimal("5.01")
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt).order == "PAID"


def test_a_payment_from_the_wallet_that_leaves_too_little_is_refused(desk: Desk) -> None:
    order_id = desk.order()["id"]
    reply = from_wallet(desk, order_id, "341.95")
    assert is_refused(reply), reply.text
    assert order_of(desk, order_id)["status"] == "DRAFT"
    assert balances(desk.customer.id) == FULL
    assert from_wallet(desk, order_id, "336.99").status == 200
    assert desk.pay(order_id, 2).answer["amount"] == Decimal("5.01")


def test_points_that_leave_too_little_are_refused(desk: Desk) -> None:
    order_id = desk.order()["id"]
    assert is_refused(redeemed(desk, order_id, 34199))
    assert balances(desk.customer.id) == FULL
    assert redeemed(desk, order_id, 33699).status == 200
    assert redeemed(desk, desk.order()["id"], 1).status == 200


def test_a_promise_that_leaves_too_little_is_refused_and_makes_no_order(desk: Desk) -> None:
    body = {"user_id": desk.customer.id, "items": [SERVICE], "notes_en": "promised"}
    assert is_refused(desk.admin.client.post("/api/orders", {**body, "wallet_to_use": "340"}))
    assert desk.employee.client.get(f"/api/orders?user_id={desk.customer.id}").json == []
    assert balances(desk.customer.id) == FULL
    assert desk.admin.client.post("/api/orders", {**body, "wallet_to_use": "336.99"}).status == 201


def test_a_promise_ends_when_its_draft_shrinks_so_that_too_little_is_left(desk: Desk) -> None:
    order_id = priced(desk, "342", wallet_to_use="100")
    for price, held in (("105.01", "100.00"), ("105", "0.00")):
        items = [SERVICE | {"quantity": 1, "unit_price": price}]
        assert desk.employee.client.put(f"/api/orders/{order_id}", {"items": items}).status == 200
        assert balances(desk.customer.id).held == held
    assert desk.pay(order_id, 2).answer["amount"] == Decimal("105.00")


def test_a_promise_beside_a_part_payment_leaves_enough_for_the_gateway(desk: Desk) -> None:
    order_id = desk.order(wallet_to_use="100")["id"]
    assert from_wallet(desk, order_id, "240").status == 200
    attempt = desk.pay(order_id, 2)
    assert (attempt.answer["amount"], attempt.answer["wallet_used"]) == (Decimal("5.01"), Decimal("96.99"))


def test_two_part_payments_at_once_do_not_leave_too_little_together(desk: Desk) -> None:
    order_id = desk.order()["id"]
    replies = at_once(*[lambda: from_wallet(desk, order_id, "168.50")] * 2)
    assert sorted(reply.status for reply in replies) == [200, 422]
    assert str(order_of(desk, order_id)["amount_paid"]) == "168.50"


def test_an_order_under_the_minimum_says_how_it_can_be_paid(desk: Desk) -> None:
    order_id = priced(desk, "3")
    for reply in (desk.ask_to_pay(order_id), desk.ask_to_pay(order_id, wallet_to_use="1"), from_wallet(desk, order_id, "2")):
        assert is_refused(reply, "pay all of 3.00 EGP from wallet, points or cashback, or let our staff"), reply.text


@pytest.mark.parametrize("using", [{"wallet_to_use": "3"}, {"cashback_to_use": "500"}, {"points_to_use": 300}])
def test_an_order_under_the_minimum_can_be_paid_from_balances(desk: Desk, using: dict[str, Any]) -> None:
    order_id = priced(desk, "3")
    assert desk.ask_to_pay(order_id, **using).json["status"] == "PAID"
    assert order_of(desk, order_id)["status"] == "PAID"


def test_an_order_under_the_minimum_can_be_paid_from_the_wallet_by_points_or_by_hand(desk: Desk) -> None:
    by_wallet, by_points = priced(desk, "3"), priced(desk, "0.05")
    assert from_wallet(desk, by_wallet, "3").status == 200
    assert redeemed(desk, by_points, 5).status == 200
    for order_id in (by_wallet, by_points, priced(desk, "3", payment_status="PAID")):
        assert order_of(desk, order_id)["payment_status"] == "PAID"


def test_in_another_currency_the_minimum_is_what_five_pounds_come_to(desk: Desk) -> None:
    # So the gateway tells what one comes to: 12.8 EGP.
    desk.attempt(currency="SAR")
    refused = desk.ask_to_pay(priced(desk, "0.41", currency="SAR"), 2)
    assert is_refused(refused, "the payment gateway's minimum of 0.42 SAR; our staff can take it by hand"), refused.text
    assert desk.ask_to_pay(priced(desk, "0.42", currency="SAR"), 2).status == 200
