"""The response to a change of balances can be read again and is the same to the byte."""

from typing import Any
from uuid import UUID

import pytest

from functions.loyalty import queries
from tests.functions.loyalty.wallets import pay
from tests.support.balances import give
from tests.support.clients import Reply
from tests.support.money import Desk


def transaction_of(reply: Reply) -> UUID:
    assert reply.status == 200, reply.text
    return UUID(reply.json["transaction_id"])


@pytest.mark.parametrize(("move", "amount"), [("deposit", "12.5"), ("withdraw", 30)])
def test_a_movement_at_the_desk(desk: Desk, move: str, amount: object) -> None:
    give(desk.customer.id, wallet="100")
    reply = desk.admin.client.post(f"/api/wallet/{move}?user_id={desk.customer.id}", {"amount": amount})
    give(desk.customer.id, wallet="1")
    assert queries.wallet_moved(transaction_of(reply)) == reply.content


def test_a_withdrawal_that_was_approved(desk: Desk) -> None:
    give(desk.customer.id, cashback="10", wallet="3")
    request_id = desk.customer.client.post("/api/cashback/withdraw", {"amount": "2.25"}).json["request_id"]
    reply = desk.admin.client.post(f"/api/cashback/admin/requests/{request_id}/approve", {})
    give(desk.customer.id, wallet="1", cashback="1")
    assert queries.withdrawal_approved(UUID(reply.json["wallet_transaction_id"])) == reply.content


@pytest.mark.parametrize("amount", [342, "41.75"])
def test_an_order_paid_from_the_wallet(desk: Desk, amount: object) -> None:
    give(desk.customer.id, wallet="500")
    reply = pay(desk, amount, desk.order()["id"])
    assert reply.status == 200, reply.text
    assert queries.paid_from_wallet(UUID(reply.json["payment_id"])) == reply.content


def test_points_redeemed_into_the_wallet(desk: Desk) -> None:
    give(desk.customer.id, points=1000)
    reply = desk.customer.client.post("/api/points/me/redeem", {"points": 333})
    assert queries.points_redeemed(transaction_of(reply)) == reply.content


@pytest.mark.parametrize("points", [333, 50_000])
def test_points_redeemed_off_an_order(desk: Desk, points: int) -> None:
    give(desk.customer.id, points=50_000)
    about: dict[str, Any] = {"reference_type": "ORDER", "reference_id": desk.order()["id"]}
    reply = desk.customer.client.post("/api/points/me/redeem", {"points": points, **about})
    assert queries.points_redeemed(transaction_of(reply)) == reply.content


def test_a_cashback_record(desk: Desk) -> None:
    desk.order(payment_status="PAID")
    (record,) = desk.customer.client.get("/api/cashback/me").json
    for move in ("approve", "credit"):
        reply = desk.admin.client.post(f"/api/cashback/{record['id']}/{move}", {})
        assert queries.cashback_record(UUID(record["id"])) == reply.content


def test_an_exchange_rate(desk: Desk) -> None:
    reply = desk.admin.client.put("/api/loyalty/rates/OMR", {"rate": "130.50"})
    assert queries.exchange_rate("OMR") == reply.content
    desk.admin.client.delete("/api/loyalty/rates/OMR")
    with pytest.raises(LookupError):
        queries.exchange_rate("OMR")
