"""Staff look after balances as the app's screens do it."""

import pytest

from tests.support.clients import System
from tests.support.currencies import as_told
from tests.support.money import Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


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
    assert (row["id"], row["transaction_type"], str(row["amount"])) == (made["transaction_id"], "DEPOSIT", as_told("40.00"))
    assert (row["description"], row["created_by_user_id"]) == ("Cash at the office", desk.admin.id)
