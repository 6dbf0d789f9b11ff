"""Staff look after balances, and a customer has their cashback paid into the wallet, as the app's screens do it."""

import pytest

from tests.support.clients import System
from tests.support.money import Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def test_a_withdrawal_is_asked_approved_and_seen(desk: Desk) -> None:
    """Club gifts: staff add cashback, the customer asks for all of it, the admin's withdrawals screen approves it."""
    customer, admin = desk.customer.client, desk.admin.client
    added = admin.post(f"/api/cashback/admin/add?user_id={desk.customer.id}&amount=25&reason=Welcome")
    assert (added.json["status"], str(added.json["new_balance"])) == ("added", "25.00")
    available = customer.get("/api/cashback/me/balance").json["available"]
    asked = customer.post("/api/cashback/withdraw", {"amount": available}).json
    assert asked["status"] == "pending_approval"
    assert str(customer.get("/api/auth/me").json["cashback_balance"]) == "0.00"

    rows = admin.get("/api/cashback/admin/withdrawal-requests?status=PENDING").json
    (row,) = [row for row in rows if row["id"] == asked["request_id"]]
    assert (str(row["amount"]), row["status"], row["user_name"]) == ("25.00", "PENDING", "Mona El-Sayed")
    approved = admin.post(f"/api/cashback/admin/requests/{row['id']}/approve", {}).json
    assert (approved["status"], str(approved["new_balance"])) == ("approved", "25.00")

    seen = {record["reference_type"]: record for record in customer.get("/api/cashback/me/records").json}
    assert seen["CLUB_GIFT_WITHDRAWAL_REQUEST"]["status"] == "WITHDRAWN"
    assert str(seen["ADMIN_BONUS"]["amount"]) == "25.00"
    assert str(customer.get("/api/wallet/me").json["balance"]) == "25.00"


def test_the_points_screen_adds_removes_and_shows_who_did_it(desk: Desk) -> None:
    admin = desk.admin.client
    added = admin.post(f"/api/admin/points/add?user_id={desk.customer.id}&points=500&reason=Goodwill").json
    removed = admin.post(f"/api/admin/points/remove?user_id={desk.customer.id}&points=120").json
    assert (added["new_balance"], removed["new_balance"]) == (500, 380)
    history = admin.get(f"/api/admin/points/history/{desk.customer.id}?limit=20").json["transactions"]
    assert [(row["transaction_type"], row["description_en"], row["points"]) for row in history] == [
        ("ADJUSTED", "Points removed", -120),
        ("BONUS", "Goodwill", 500),
    ]
    assert {row["created_by_user_id"] for row in history} == {desk.admin.id}
    assert desk.customer.client.get("/api/points/me").json["current_balance"] == 380


def test_the_wallets_screen_deposits_and_shows_it(desk: Desk) -> None:
    admin = desk.admin.client
    body = {"amount": 40, "description_en": "Cash at the office", "description_ar": "نقدًا في المكتب"}
    made = admin.post(f"/api/wallet/deposit?user_id={desk.customer.id}", body).json
    (row,) = admin.get(f"/api/wallet/transactions/{desk.customer.id}?limit=20").json["transactions"]
    assert (row["id"], row["transaction_type"], str(row["amount"])) == (made["transaction_id"], "DEPOSIT", "40.00")
    assert (row["description"], row["created_by_user_id"]) == ("Cash at the office", desk.admin.id)
