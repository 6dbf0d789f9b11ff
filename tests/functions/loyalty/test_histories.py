"""The histories of balances as staff read them: of one customer, and of everybody."""

from typing import Any

import pytest

from tests.functions.loyalty.wallets import pages
from tests.support.balances import give
from tests.support.currencies import CURRENCY, as_told
from tests.support.money import Desk
from tests.support.people import make_person

NOBODY = "11111111-1111-4111-8111-111111111111"


def read(desk: Desk, path: str) -> Any:
    reply = desk.admin.client.get(path)
    assert reply.status == 200, reply.text
    return reply.json


def mine(desk: Desk, path: str) -> list[dict[str, Any]]:
    """The rows of the desk's customer in a list of everybody's."""
    return [row for row in read(desk, f"{path}?limit=100") if row["user_id"] == desk.customer.id]


@pytest.fixture
def moved(desk: Desk) -> Desk:
    """A desk whose customer has had everything that staff do."""
    customer = desk.customer.id
    assert desk.admin.client.post(f"/api/wallet/deposit?user_id={customer}", {"amount": 90}).status == 200
    assert desk.admin.client.post(f"/api/wallet/withdraw?user_id={customer}", {"amount": "2.5"}).status == 200
    for path in ("add?points=100&reason=Gift", "remove?points=10&reason=Error"):
        assert desk.admin.client.post(f"/api/admin/points/{path}&user_id={customer}").status == 200
    for path in ("add?amount=9&reason=Gift", "remove?amount=1.25&reason=Error"):
        assert desk.admin.client.post(f"/api/cashback/admin/{path}&user_id={customer}").status == 200
    assert desk.customer.client.post("/api/cashback/withdraw", {"amount": 2}).status == 200
    return desk


def test_a_customer_s_points_say_who_gave_them(moved: Desk) -> None:
    give(moved.customer.id, points=5)
    told = read(moved, f"/api/admin/points/history/{moved.customer.id}")
    assert told["user_id"] == moved.customer.id
    assert [
        (row["type"], row["transaction_type"], row["points"], row["balance_after"], row["description"])
        for row in told["transactions"]
    ] == [
        ("EARNED", "EARNED", 5, 95, "Given"),
        ("ADJUSTED", "ADJUSTED", -10, 90, "Error"),
        ("BONUS", "BONUS", 100, 100, "Gift"),
    ]
    assert [row["created_by_user_id"] for row in told["transactions"]] == [None, moved.admin.id, moved.admin.id]


def test_everybody_s_points_name_the_customer(moved: Desk) -> None:
    rows = mine(moved, "/api/admin/points/history/all")
    assert [(row["type"], row["points"]) for row in rows] == [("ADJUSTED", -10), ("BONUS", 100)]
    assert {(row["user_name"], row["user_avatar"]) for row in rows} == {("Mona El-Sayed", None)}


def test_a_customer_s_wallet_has_positive_amounts(moved: Desk) -> None:
    told = read(moved, f"/api/wallet/transactions/{moved.customer.id}")
    assert [
        (row["type"], str(row["amount"]), str(row["balance_before"]), str(row["balance_after"]), row["status"])
        for row in told["transactions"]
    ] == [
        ("WITHDRAWAL", as_told("2.50"), as_told("90.00"), as_told("87.50"), "COMPLETED"),
        ("DEPOSIT", as_told("90.00"), as_told("0.00"), as_told("90.00"), "COMPLETED"),
    ]
    assert {row["created_by_user_id"] for row in told["transactions"]} == {moved.admin.id}


def test_everybody_s_wallets_have_signed_amounts(moved: Desk) -> None:
    rows = mine(moved, "/api/wallet/transactions/all")
    assert [(row["type"], str(row["amount"])) for row in rows] == [
        ("WITHDRAWAL", as_told("-2.50")),
        ("DEPOSIT", as_told("90.00")),
    ]


def test_cashback_has_what_was_earned_added_removed_and_withdrawn(moved: Desk) -> None:
    moved.order(payment_status="PAID")
    expected = [
        ("ORDER", as_told("3.42"), "PENDING"),
        ("CLUB_GIFT_WITHDRAWAL_REQUEST", as_told("-2.00"), "PENDING_WITHDRAWAL"),
        ("ADMIN_DEDUCTION", as_told("-1.25"), "REDEEMED"),
        ("ADMIN_BONUS", as_told("9.00"), "CREDITED"),
    ]
    told = read(moved, f"/api/cashback/admin/history/{moved.customer.id}")
    for rows in (told["records"], mine(moved, "/api/admin/cashback/history/all")):
        assert [(row["reference_type"], str(row["amount"]), row["status"]) for row in rows] == expected
    assert [(row["reason"], row["created_by_user_id"]) for row in told["records"]] == [
        (None, None),
        (None, None),
        ("Error", moved.admin.id),
        ("Gift", moved.admin.id),
    ]


@pytest.mark.parametrize("path", ["/api/admin/points/history", "/api/wallet/transactions", "/api/cashback/admin/history"])
def test_a_customer_with_nothing_has_an_empty_history_and_nobody_has_none(desk: Desk, path: str) -> None:
    told = read(desk, f"{path}/{desk.customer.id}")
    assert (told["user_id"], told.get("transactions", told.get("records"))) == (desk.customer.id, [])
    assert desk.admin.client.get(f"{path}/{NOBODY}").status == 404
    assert desk.admin.client.get(f"{path}/everybody").status in (404, 422)


def test_twenty_rows_are_answered_unless_more_are_asked_for(desk: Desk) -> None:
    for _ in range(22):
        give(desk.customer.id, points=1)
    path = f"/api/admin/points/history/{desk.customer.id}"
    assert len(read(desk, path)["transactions"]) == 20
    assert len(read(desk, f"{path}?limit=22")["transactions"]) == 22
    assert len(read(desk, "/api/admin/points/history/all")) == 20


def test_all_wallets_are_listed_page_by_page(desk: Desk) -> None:
    give(desk.customer.id, wallet="12.5")
    newest = make_person(desk.system, "CUSTOMER")
    told = read(desk, "/api/wallet?limit=2")
    assert told["items"][0]["user_id"] == newest.id
    assert told["total"] >= 5
    listed = [row for page in pages(desk.admin.client, "/api/wallet?limit=100") for row in page["items"]]  # type: ignore[call-overload] # pages of an envelope
    assert len(listed) == told["total"]
    (own,) = [row for row in listed if row["user_id"] == desk.customer.id]
    assert (str(own["balance"]), own["currency"], own["user_name"]) == (as_told("12.50"), CURRENCY, "Mona El-Sayed")
