"""Points, cashback and wallet pay an order: held while the gateway's part is open, spent with it, or given back."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.balances import Balances, balances, give
from tests.support.clients import System
from tests.support.money import Attempt, Desk, Statuses, at_once, open_desk

# An order comes to 342.00; 4,000 points are worth 40.00.
ALL_THREE: dict[str, Any] = {"points_to_use": 4000, "cashback_to_use": "20", "wallet_to_use": "100"}
FULL = Balances("500.00", "30.00", 4500)
HELD = Balances("400.00", "10.00", 500, "120.00", 4000)
# What the paid order has earned stands beside what is left: 342 points.
SPENT = Balances("400.00", "10.00", 842)
PAID = Statuses("PAID", "PAID", "PAID", "342.00")


@pytest.fixture
def desk(system: System) -> Desk:
    opened = open_desk(system)
    give(opened.customer.id, wallet="500", cashback="30", points=4500)
    return opened


def has(desk: Desk) -> Balances:
    return balances(desk.customer.id)


def order_of(desk: Desk, order_id: str) -> dict[str, Any]:
    return dict(desk.customer.client.get(f"/api/orders/{order_id}").json)


def review_of(desk: Desk, attempt: Attempt) -> str | None:
    reason: str | None = desk.payment(attempt)["review_reason"]
    return reason


def settled_once(desk: Desk, attempt: Attempt) -> None:
    assert desk.statuses(attempt) == PAID
    assert has(desk) == SPENT


@pytest.mark.parametrize(
    ("using", "code"),
    [
        ({"wallet_to_use": "-1"}, "validation_error"),
        ({"wallet_to_use": True}, "validation_error"),
        ({"wallet_to_use": "ten"}, "validation_error"),
        ({"wallet_to_use": "1.001"}, "validation_error"),
        ({"cashback_to_use": "1e3"}, "validation_error"),
        ({"points_to_use": 1.5}, "validation_error"),
        ({"points_to_use": -1}, "validation_error"),
        ({"points_to_use": 2**31}, "validation_error"),
        ({"wallet_to_use": "340"}, "validation_error"),
    ],
)
def test_what_can_not_be_used_is_refused_and_the_draft_stays_a_draft(desk: Desk, using: dict[str, Any], code: str) -> None:
    order_id = desk.order()["id"]
    reply = desk.ask_to_pay(order_id, **using)
    assert (reply.status, reply.json["code"]) == (422, code), reply.text
    assert order_of(desk, order_id)["status"] == "DRAFT"
    assert has(desk) == FULL


@pytest.mark.parametrize(
    "using", [{"wallet_to_use": "200", "cashback_to_use": "30.01"}, {"points_to_use": 4501}, {"wallet_to_use": "500.01"}]
)
def test_more_than_there_is_is_refused_and_nothing_is_held(desk: Desk, using: dict[str, Any]) -> None:
    order_id = desk.order(items=[{"description_en": "Tour", "quantity": 1, "unit_price": 1000}])["id"]
    reply = desk.ask_to_pay(order_id, **using)
    assert (reply.status, reply.json["code"]) == (409, "insufficient_balance"), reply.text
    assert order_of(desk, order_id)["status"] == "DRAFT"
    assert has(desk) == FULL


def test_balances_pay_no_order_in_another_currency(desk: Desk) -> None:
    reply = desk.ask_to_pay(desk.order(currency="USD")["id"], wallet_to_use="10")
    assert (reply.status, "EGP" in reply.json["detail"]) == (422, True)


def test_nobody_uses_the_balances_of_another_for_their_own_order(desk: Desk, other_customer: Any) -> None:
    order_id = desk.order()["id"]
    assert desk.ask_to_pay(order_id, None, other_customer, wallet_to_use="10").status == 404
    assert has(desk) == FULL


def test_points_then_cashback_then_wallet_are_held_and_the_gateway_is_asked_for_the_rest(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    told = attempt.answer
    assert (told["amount"], told["points_used"], told["cashback_used"], told["wallet_used"]) == (
        Decimal("182.00"),
        4000,
        Decimal("20.00"),
        Decimal("100.00"),
    )
    order = order_of(desk, attempt.order_id)
    assert (order["amount_held"], order["points_held"], order["amount_paid"]) == (Decimal("160.00"), 4000, 0)
    assert has(desk) == HELD


def test_no_more_is_used_than_the_order_has_room_for(desk: Desk) -> None:
    reply = desk.ask_to_pay(desk.order()["id"], points_to_use=4500, cashback_to_use="30", wallet_to_use="500")
    assert (reply.json["status"], reply.json["amount"], reply.json["wallet_used"]) == (
        "PAID",
        Decimal("342.00"),
        Decimal("267.00"),
    )
    assert has(desk) == Balances("233.00", "0.00", 342)


def test_what_is_held_is_spent_when_the_gateway_s_part_is_paid(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    settled_once(desk, attempt)
    assert desk.outcome(attempt.invoice_id, "paid") == "already_processed"
    settled_once(desk, attempt)


def test_an_order_that_balances_cover_is_paid_at_once_while_the_gateway_is_out(desk: Desk) -> None:
    order_id = desk.order()["id"]
    with desk.outage("error"):
        reply = desk.ask_to_pay(order_id, 99, wallet_to_use="400")
    assert (reply.status, reply.json["status"]) == (200, "PAID")
    assert "/payment/success" in reply.json["payment_url"]
    assert order_of(desk, order_id)["status"] == "PAID"
    assert has(desk) == Balances("158.00", "30.00", 4842)
    assert desk.ask_to_pay(order_id, wallet_to_use="400").status == 409
    (listed,) = desk.customer.client.get(f"/api/payments/my-payments?order_id={order_id}").json["items"]
    assert (listed["payment_method"], listed["amount"], listed["status"]) == ("BALANCE", Decimal("342.00"), "PAID")


@pytest.mark.parametrize("end", ["failed", "expired", "cancelled"])
def test_what_is_held_comes_back_when_the_attempt_ends(desk: Desk, end: str) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    assert desk.outcome(attempt.invoice_id, end) == "processed"
    assert has(desk) == FULL
    assert order_of(desk, attempt.order_id)["amount_held"] == 0


def test_what_is_held_comes_back_when_the_time_to_pay_is_over(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    desk.run("update payments set expires_at = now() - interval '1 second' where id = :id", id=attempt.payment_id)
    desk.job("expire-payments")
    assert has(desk) == FULL


def test_what_is_held_comes_back_when_the_order_is_cancelled(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    assert desk.employee.client.post(f"/api/orders/{attempt.order_id}/cancel", {}).status == 200
    assert has(desk) == FULL


def test_what_is_held_comes_back_when_staff_reject_the_payment(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    assert desk.outcome(attempt.invoice_id, "paid", amount="100") == "review"
    assert has(desk) == HELD
    assert desk.resolve(attempt, "reject").status == 200
    assert has(desk) == FULL


def test_a_short_payment_that_staff_settle_spends_what_is_held(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    desk.happens(attempt.invoice_id, "paid", amount="100")
    assert desk.resolve(attempt, "settle").status == 200
    assert desk.statuses(attempt) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", "260.00")
    assert has(desk) == Balances("400.00", "10.00", 500)


def test_what_is_held_for_an_attempt_that_the_gateway_never_answered_comes_back(desk: Desk) -> None:
    order_id = desk.order()["id"]
    with desk.outage("garbage"):
        assert desk.ask_to_pay(order_id, 2, **ALL_THREE).status == 503
    assert has(desk) == HELD
    desk.run("update payments set created_at = now() - interval '1 hour' where order_id = :id", id=order_id)
    desk.job("expire-payments")
    assert has(desk) == FULL


def test_the_same_request_again_gives_the_attempt_that_is_open(desk: Desk) -> None:
    order_id = desk.order()["id"]
    assert desk.pay(order_id, 2, **ALL_THREE).answer == desk.pay(order_id, 2, **ALL_THREE).answer
    assert desk.pay(order_id, 2).answer == desk.pay(order_id, 2, **ALL_THREE).answer
    assert has(desk) == HELD


def test_another_split_replaces_the_attempt_and_its_holds(desk: Desk) -> None:
    first = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    second = desk.pay(first.order_id, 2, wallet_to_use="150")
    assert (desk.payment(first)["status"], second.answer["amount"]) == ("CANCELLED", Decimal("192.00"))
    assert has(desk) == Balances("350.00", "30.00", 4500, "150.00")


def test_another_method_moves_the_holds_to_the_new_attempt(desk: Desk) -> None:
    first = desk.pay(desk.order()["id"], 2, **ALL_THREE)
    second = desk.pay(first.order_id, 3)
    assert (desk.payment(first)["status"], second.answer["amount"]) == ("CANCELLED", Decimal("182.00"))
    assert has(desk) == HELD
    assert desk.outcome(second.invoice_id, "paid") == "processed"
    settled_once(desk, second)


def test_late_money_takes_its_balances_again(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 3, **ALL_THREE)
    desk.happens(attempt.invoice_id, "expired")
    assert has(desk) == FULL
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    settled_once(desk, attempt)


def test_late_money_of_a_replaced_attempt_takes_its_own_split(desk: Desk) -> None:
    first = desk.pay(desk.order()["id"], 3, **ALL_THREE)
    second = desk.pay(first.order_id, 2, wallet_to_use="300")
    assert desk.outcome(first.invoice_id, "paid") == "processed"
    settled_once(desk, first)
    assert desk.payment(second)["status"] == "CANCELLED"
    assert desk.outcome(second.invoice_id, "paid") == "review"
    assert (review_of(desk, second), has(desk)) == ("SECOND_PAYMENT", SPENT)


def test_late_money_without_its_balances_leaves_the_order_partly_paid_and_a_person_looks(desk: Desk) -> None:
    attempt = desk.pay(desk.order()["id"], 3, **ALL_THREE)
    desk.happens(attempt.invoice_id, "expired")
    assert desk.ask_to_pay(desk.order()["id"], points_to_use=4500, wallet_to_use="500").json["status"] == "PAID"
    assert desk.outcome(attempt.invoice_id, "paid") == "review"
    assert desk.statuses(attempt) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", "182.00")
    assert review_of(desk, attempt) == "BALANCE_SHORT"
    assert has(desk) == Balances("203.00", "30.00", 342)
    assert desk.ask_to_pay(attempt.order_id).json["code"] == "payment_in_review"
    assert desk.resolve(attempt, "settle").status == 200
    assert desk.statuses(attempt) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", "182.00")
    rest = desk.pay(attempt.order_id, 2, wallet_to_use="60")
    assert rest.answer["amount"] == Decimal("100.00")
    assert desk.outcome(rest.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt) == PAID


@pytest.mark.parametrize("end", ["failed", "cancelled", "nothing"])
def test_what_staff_promise_with_an_order_outlives_its_attempts(desk: Desk, end: str) -> None:
    order = desk.order(**ALL_THREE)
    assert (order["amount_held"], has(desk)) == (Decimal("160.00"), HELD)
    if end != "nothing":
        desk.happens(desk.pay(order["id"], 2).invoice_id, end)
    assert has(desk) == HELD
    attempt = desk.pay(order["id"], 2)
    assert attempt.answer["amount"] == Decimal("182.00")
    desk.happens(attempt.invoice_id, "paid")
    settled_once(desk, attempt)


@pytest.mark.parametrize("paid", ["wallet", "points"])
def test_a_promise_stays_when_a_part_is_paid_at_once(desk: Desk, paid: str) -> None:
    order_id = desk.order(points_to_use=4000, wallet_to_use="50")["id"]
    about = {"reference_type": "ORDER", "reference_id": order_id}
    client = desk.customer.client
    if paid == "wallet":
        assert client.post("/api/wallet/me/pay", {"amount": 10, **about}).status == 200
        assert has(desk) == Balances("440.00", "30.00", 500, "50.00", 4000)
    else:
        assert client.post("/api/points/me/redeem", {"points": 500, **about}).status == 200
        assert has(desk) == Balances("450.00", "30.00", 0, "50.00", 4000)
    assert order_of(desk, order_id)["amount_held"] == Decimal("90.00")


def test_staff_promise_no_more_than_there_is_and_nothing_for_a_free_order(desk: Desk) -> None:
    body = {"user_id": desk.customer.id, "items": [{"description_en": "Tour", "quantity": 1, "unit_price": 9000}]}
    reply = desk.admin.client.post("/api/orders", {**body, "wallet_to_use": "500.01"})
    assert (reply.status, reply.json["code"]) == (409, "insufficient_balance")
    assert desk.admin.client.post("/api/orders", {**body, "is_free": True, "wallet_to_use": "1"}).status == 422
    assert desk.employee.client.get(f"/api/orders?user_id={desk.customer.id}").json == []
    assert has(desk) == FULL


def test_a_promise_ends_with_its_draft_and_when_the_draft_becomes_another(desk: Desk) -> None:
    deleted, smaller, in_dollars = (desk.order(wallet_to_use="100")["id"] for _ in range(3))
    assert has(desk).wallet == "200.00"
    assert desk.employee.client.delete(f"/api/orders/{deleted}").status == 204
    assert has(desk).wallet == "300.00"
    tour = {"description_en": "Tour", "quantity": 1, "unit_price": 50}
    assert desk.employee.client.put(f"/api/orders/{smaller}", {"items": [tour]}).status == 200
    assert has(desk).wallet == "400.00"
    assert desk.employee.client.put(f"/api/orders/{in_dollars}", {"currency": "USD"}).status == 200
    assert has(desk) == FULL


def test_paying_from_two_devices_at_once_holds_once(desk: Desk) -> None:
    order_id = desk.order()["id"]
    replies = at_once(*[lambda: desk.ask_to_pay(order_id, 2, **ALL_THREE)] * 8)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.json["payment_id"] for reply in replies}) == 1
    assert has(desk) == HELD


def test_covering_an_order_from_two_devices_at_once_spends_once(desk: Desk) -> None:
    order_id = desk.order(items=[{"description_en": "Tour", "quantity": 1, "unit_price": 100}])["id"]
    replies = at_once(*[lambda: desk.ask_to_pay(order_id, wallet_to_use="500")] * 8)
    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
    assert has(desk).wallet == "386.00"
