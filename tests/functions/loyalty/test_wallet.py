"""The wallet: what moves it, what does not, and a history that adds up."""

import itertools
import uuid
from decimal import Decimal
from typing import Any

import pytest

from tests.support.balances import balances, give
from tests.support.clients import Reply
from tests.support.money import Desk


def at_the_desk(desk: Desk, way: str, body: object, user_id: str | None = None, **options: Any) -> Reply:
    return desk.admin.client.post(f"/api/wallet/{way}?user_id={user_id or desk.customer.id}", body, **options)


def pay(desk: Desk, amount: object, reference_id: str, reference_type: str = "ORDER") -> Reply:
    body = {"amount": amount, "reference_type": reference_type, "reference_id": reference_id}
    return desk.customer.client.post("/api/wallet/me/pay", body)


def history(desk: Desk) -> list[dict[str, Any]]:
    return list(desk.customer.client.get("/api/wallet/me/transactions").json)


def test_a_new_customer_has_an_empty_wallet(desk: Desk) -> None:
    told = desk.customer.client.get("/api/wallet/me").json
    assert (told["user_id"], str(told["balance"]), told["currency"], told["is_active"]) == (
        desk.customer.id,
        "0.00",
        "EGP",
        True,
    )
    assert desk.customer.client.get("/api/wallet/me/balance").text == '{"balance" : 0.00, "currency" : "EGP"}'
    assert history(desk) == []


@pytest.mark.parametrize("way", ["deposit", "withdraw"])
@pytest.mark.parametrize("amount", [0, -1, "1.001", "a lot", True, None, [1], "1e2", 10**12])
def test_a_wrong_amount_moves_nothing(desk: Desk, way: str, amount: object) -> None:
    give(desk.customer.id, wallet="100")
    reply = at_the_desk(desk, way, {"amount": amount})
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"])
    assert balances(desk.customer.id).wallet == "100.00"


@pytest.mark.parametrize("user_id", [str(uuid.uuid4()), "me"])
def test_nobody_s_wallet_takes_no_money(desk: Desk, user_id: str) -> None:
    assert at_the_desk(desk, "deposit", {"amount": 1}, user_id).status in (404, 422)


def test_staff_put_money_in_and_take_it_out_and_no_more_than_there_is(desk: Desk) -> None:
    deposited = at_the_desk(desk, "deposit", {"amount": "100.50", "description_en": "Gift", "description_ar": "هدية"})
    assert (deposited.json["status"], str(deposited.json["new_balance"])) == ("COMPLETED", "100.50")
    assert str(at_the_desk(desk, "withdraw", {"amount": 0.5}).json["new_balance"]) == "100.00"
    refused = at_the_desk(desk, "withdraw", {"amount": "100.01"})
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert [(one["transaction_type"], str(one["amount"]), one["description_ar"]) for one in history(desk)] == [
        ("WITHDRAWAL", "0.50", "سحب"),
        ("DEPOSIT", "100.50", "هدية"),
    ]
    audited = desk.run(
        "select action, after ->> 'balance' from audit_log where entity = 'wallet' and entity_id = :id order by at",
        id=desk.customer.id,
    )
    assert audited == [["deposit", "100.500"], ["withdraw", "100.000"]]


def test_the_same_request_twice_is_one_deposit(desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    replies = [at_the_desk(desk, "deposit", {"amount": 10}, headers=key) for _ in range(2)]
    assert replies[0].json == replies[1].json
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    assert balances(desk.customer.id).wallet == "10.00"


def test_an_order_is_paid_in_part_and_then_wholly(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    order_id = desk.order()["id"]
    first = pay(desk, 100, order_id).json
    assert (first["status"], str(first["new_balance"]), first["payment_status"]) == ("COMPLETED", "300.00", "PARTIALLY_PAID")
    attempt = desk.pay(order_id)
    assert str(attempt.answer["amount"]) == "242.00"
    second = pay(desk, "242.00", order_id).json
    assert (str(second["new_balance"]), second["order_status"], second["payment_status"]) == ("58.00", "PAID", "PAID")
    assert desk.payment(attempt)["status"] == "CANCELLED"
    assert history(desk)[0]["id"] == second["transaction_id"]
    assert pay(desk, 1, order_id).json["code"] == "illegal_move"


def test_a_booking_is_paid_and_confirmed(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    body = {
        "user_id": desk.customer.id,
        "booking_type": "HOTEL",
        "title_en": "Aswan",
        "guest_count": 1,
        "items": [{"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 300}],
    }
    booking = desk.employee.client.post("/api/bookings", body).json
    assert pay(desk, 342, booking["id"], "BOOKING").json["order_status"] == "PAID"
    assert desk.customer.client.get(f"/api/bookings/{booking['id']}").json["status"] == "CONFIRMED"
    (paid,) = [one for one in history(desk) if one["transaction_type"] == "PAYMENT"]
    assert (paid["reference_type"], paid["reference_id"]) == ("BOOKING", booking["id"])


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [("342.01", 422, "validation_error"), ("0.001", 422, "validation_error"), ("100.01", 409, "insufficient_balance")],
)
def test_what_can_not_be_paid_changes_nothing(desk: Desk, amount: str, status: int, code: str) -> None:
    give(desk.customer.id, wallet="100")
    order_id = desk.order()["id"]
    reply = pay(desk, amount, order_id)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "DRAFT"
    assert balances(desk.customer.id).wallet == "100.00"


def test_neither_another_s_order_is_paid_nor_one_in_another_currency(desk: Desk, other_customer: Any) -> None:
    give(desk.customer.id, wallet="1000")
    give(other_customer.id, wallet="1000")
    order_id = desk.order()["id"]
    body = {"amount": 10, "reference_type": "ORDER", "reference_id": order_id}
    assert other_customer.client.post("/api/wallet/me/pay", body).status == 404
    assert pay(desk, 10, order_id, "BOOKING").status == 404
    assert pay(desk, 10, desk.order(currency="USD")["id"]).status == 422


def test_what_is_held_shows_as_a_payment_that_is_done_or_undone_later(desk: Desk) -> None:
    give(desk.customer.id, wallet="500")
    attempt = desk.pay(desk.order()["id"], 2, wallet_to_use="100")
    assert [(one["transaction_type"], one["status"]) for one in history(desk)] == [
        ("PAYMENT", "PENDING"),
        ("DEPOSIT", "COMPLETED"),
    ]
    desk.happens(attempt.invoice_id, "failed")
    assert [(one["transaction_type"], one["status"]) for one in history(desk)][:2] == [
        ("REFUND", "COMPLETED"),
        ("PAYMENT", "REVERSED"),
    ]
    again = desk.pay(attempt.order_id, 2, wallet_to_use="100")
    desk.happens(again.invoice_id, "paid")
    assert (history(desk)[0]["transaction_type"], history(desk)[0]["status"]) == ("PAYMENT", "COMPLETED")


def test_each_entry_follows_from_the_one_before_it_page_after_page(desk: Desk) -> None:
    for amount in range(1, 8):
        at_the_desk(desk, "deposit", {"amount": amount})
        at_the_desk(desk, "withdraw", {"amount": "0.25"})
    path: str | None = "/api/wallet/me/transactions?limit=3"
    seen: list[dict[str, Any]] = []
    while path:
        reply = desk.customer.client.get(path)
        seen += reply.json
        link = reply.headers.get("Link")
        path = link[link.index("/api/") : link.index(">")] if link else None
    assert len(seen) == 14
    for newer, older in itertools.pairwise(seen):
        assert newer["balance_before"] == older["balance_after"]
    for one in seen:
        sign = -1 if one["transaction_type"] == "WITHDRAWAL" else 1
        assert one["balance_after"] - one["balance_before"] == sign * one["amount"] != Decimal(0)
    assert str(seen[0]["balance_after"]) == balances(desk.customer.id).wallet
