"""Points and cashback that staff add and remove by hand."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply
from tests.support.currencies import CURRENCY, as_told
from tests.support.money import Desk, at_once
from tests.support.refunds import paid, refund

NOBODY = "11111111-1111-4111-8111-111111111111"
POINTS, CASHBACK = "/api/admin/points", "/api/cashback/admin"


def change(desk: Desk, path: str, **query: object) -> Reply:
    return desk.admin.client.post(f"{path}?{urlencode({'user_id': desk.customer.id, **query})}")


def account(desk: Desk) -> dict[str, Any]:
    return dict(desk.customer.client.get("/api/points/me").json)


def test_points_are_added_in_a_lot_of_their_own(desk: Desk) -> None:
    give(desk.customer.id, points=10)
    reply = change(desk, f"{POINTS}/add", points=100, reason="Sorry for the wait")
    assert (reply.status, reply.json["status"], reply.json["new_balance"]) == (200, "success", 110)
    assert reply.json["message"] == "100 points added"
    (added, _) = desk.customer.client.get("/api/points/me/transactions").json
    assert (added["id"], added["transaction_type"], added["points"]) == (reply.json["transaction_id"], "BONUS", 100)
    assert (added["description_en"], added["description_ar"]) == ("Sorry for the wait", "Sorry for the wait")
    days = desk.run("select (expires_at::date - now()::date) from points_lots where transaction_id = :id", id=added["id"])
    assert days == [[365]]


def test_points_that_were_added_count_as_earned_and_for_no_tier(desk: Desk) -> None:
    change(desk, f"{POINTS}/add", points=60_000)
    told = account(desk)
    assert (told["balance"], told["total_earned"]) == (60_000, 60_000)
    assert (told["tier"], told["tier_points"]) == ("CLASSIC", 0)
    assert desk.customer.client.get("/api/auth/me").json["points"] == {"current_balance": 60_000, "total_earned": 60_000}


def test_points_are_removed_from_the_oldest_lot(desk: Desk) -> None:
    give(desk.customer.id, points=30)
    change(desk, f"{POINTS}/add", points=100)
    reply = change(desk, f"{POINTS}/remove", points=40, reason="By mistake")
    assert (reply.status, reply.json["new_balance"], reply.json["message"]) == (200, 90, "40 points removed")
    left = desk.run("select points_left from points_lots where user_id = :id order by expires_at, id", id=desk.customer.id)
    assert left == [[0], [90]]
    (removed, *_) = desk.customer.client.get("/api/points/me/transactions").json
    assert (removed["transaction_type"], removed["points"]) == ("ADJUSTED", -40)
    assert (account(desk)["total_adjusted"], account(desk)["total_earned"]) == (-40, 130)


@pytest.mark.parametrize("points", [0, -1, "1.5", "many", 10**12, ""])
@pytest.mark.parametrize("way", ["add", "remove"])
def test_a_wrong_number_changes_nothing(desk: Desk, way: str, points: object) -> None:
    give(desk.customer.id, points=100)
    reply = change(desk, f"{POINTS}/{way}", points=points)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["query", "points"])
    assert balances(desk.customer.id).points == 100


@pytest.mark.parametrize("amount", [0, -1, "1.0001", "a lot", 10**12, ""])
@pytest.mark.parametrize("way", ["add", "remove"])
def test_a_wrong_amount_changes_nothing(desk: Desk, way: str, amount: object) -> None:
    give(desk.customer.id, cashback="100")
    reply = change(desk, f"{CASHBACK}/{way}", amount=amount)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["query", "amount"])
    assert balances(desk.customer.id).cashback == as_told("100.00")


@pytest.mark.parametrize(
    ("path", "query"), [(f"{POINTS}/remove", {"points": 11}), (f"{CASHBACK}/remove", {"amount": as_told("10.01")})]
)
def test_no_more_is_removed_than_is_free(desk: Desk, path: str, query: dict[str, object]) -> None:
    give(desk.customer.id, points=10, cashback="10")
    refused = change(desk, path, **query)
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert balances(desk.customer.id) == Balances(cashback=as_told("10.00"), points=10)


@pytest.mark.parametrize(("path", "query"), [(f"{POINTS}/remove", {"points": 10}), (f"{CASHBACK}/remove", {"amount": 10})])
def test_removing_all_at_once_removes_it_once(desk: Desk, path: str, query: dict[str, object]) -> None:
    give(desk.customer.id, points=10, cashback="10")
    replies = at_once(*[lambda: change(desk, path, **query)] * 4)
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((f"{POINTS}/{way}", {"points": 1}) for way in ("add", "remove")),
        *((f"{CASHBACK}/{way}", {"amount": 1}) for way in ("add", "remove")),
    ],
)
@pytest.mark.parametrize(("user_id", "status"), [(NOBODY, 404), ("me", 422), ("", 422)])
def test_nobody_s_balance_is_not_changed(desk: Desk, path: str, query: dict[str, object], user_id: str, status: int) -> None:
    reply = desk.admin.client.post(f"{path}?{urlencode({'user_id': user_id, **query})}")
    assert reply.status == status


def test_cashback_is_added_and_can_be_used_at_once(desk: Desk) -> None:
    reply = change(desk, f"{CASHBACK}/add", amount=as_told("12.50"), reason="Welcome")
    assert (reply.status, reply.json["status"], str(reply.json["amount"])) == (200, "added", as_told("12.50"))
    assert (str(reply.json["new_balance"]), reply.json["currency"]) == (as_told("12.50"), CURRENCY)
    (record,) = desk.customer.client.get("/api/cashback/me/records").json
    assert record["id"] == reply.json["cashback_id"]
    assert (record["reference_type"], record["status"], str(record["amount"])) == (
        "ADMIN_BONUS",
        "CREDITED",
        as_told("12.50"),
    )
    assert record["description"] == "Welcome"
    told = desk.customer.client.get("/api/cashback/me/summary").json
    assert (str(told["credited"]), str(told["available"])) == (as_told("12.50"), as_told("12.50"))


def test_cashback_that_is_removed_stands_below_zero(desk: Desk) -> None:
    change(desk, f"{CASHBACK}/add", amount=10)
    reply = change(desk, f"{CASHBACK}/remove", amount="2.5", reason="By mistake")
    assert (reply.json["status"], str(reply.json["remaining_balance"])) == ("deducted", as_told("7.50"))
    (removed, _) = desk.customer.client.get("/api/cashback/me").json
    assert (removed["reference_type"], removed["status"]) == ("ADMIN_DEDUCTION", "REDEEMED")
    assert (str(removed["amount"]), str(removed["cashback_amount"])) == (as_told("-2.50"), as_told("-2.50"))
    assert str(desk.customer.client.get("/api/auth/me").json["cashback_balance"]) == as_told("7.50")


def test_what_is_added_pays_a_debt_first(desk: Desk) -> None:
    order_id = paid(desk).order_id
    assert desk.customer.client.post("/api/points/me/redeem", {"points": 300}).status == 200
    refund(desk, order_id)
    debt = account(desk)["debt"]
    assert debt > 0
    assert change(desk, f"{POINTS}/add", points=debt + 7).json["new_balance"] == 7
    assert (account(desk)["debt"], account(desk)["balance"]) == (0, 7)


def test_the_same_request_twice_is_one(desk: Desk) -> None:
    key = {"Idempotency-Key": f"add-points-{desk.customer.id}"}
    path = f"{POINTS}/add?user_id={desk.customer.id}&points=5"
    first, second = (desk.admin.client.post(path, headers=key) for _ in range(2))
    assert (first.json, second.headers["Idempotent-Replayed"]) == (second.json, "true")
    assert balances(desk.customer.id).points == 5
