"""Many who spend one wallet at the same moment spend what is in it and no more, and the lock is why."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier
from uuid import UUID

import pytest
from pg8000.exceptions import DatabaseError

from functions.loyalty import changing
from functions.loyalty.schemas import DeskMovement
from lib import db, ledger
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import InsufficientBalance
from tests.support.balances import Balances, balances, give
from tests.support.clients import System
from tests.support.locks import fetch_without_lock
from tests.support.money import Desk, at_once, open_desk

RACERS = 32


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def test_of_32_withdrawals_at_once_the_ten_that_the_wallet_has_money_for_succeed(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    path = f"/api/wallet/withdraw?user_id={desk.customer.id}"
    replies = at_once(*[lambda: desk.admin.client.post(path, {"amount": 10})] * RACERS)
    assert Counter(reply.status for reply in replies) == {200: 10, 409: 22}
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"insufficient_balance"}
    assert balances(desk.customer.id).wallet == "0.00"
    assert len(desk.customer.client.get("/api/wallet/me/transactions").json) == 11


def test_of_32_payments_of_different_orders_at_once_the_ten_that_there_is_money_for_succeed(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    item = {"description_en": "Transfer", "quantity": 1, "unit_price": 10}
    orders = [desk.order(items=[item], tax_rate=0)["id"] for _ in range(RACERS)]

    def pays(order_id: str) -> Callable[[], int]:
        return lambda: desk.ask_to_pay(order_id, wallet_to_use="10").status

    assert Counter(at_once(*map(pays, orders))) == {200: 10, 409: 22}
    assert balances(desk.customer.id).wallet == "0.00"
    paid = desk.run("select count(*) from orders where user_id = :id and status = 'PAID'", id=desk.customer.id)
    assert paid == [[10]]


def test_points_redeemed_at_once_are_redeemed_once(desk: Desk) -> None:
    give(desk.customer.id, points=1000)
    redeem = lambda: desk.customer.client.post("/api/points/me/redeem", {"points": 300}).status  # noqa: E731 - a race
    assert Counter(at_once(*[redeem] * 12)) == {200: 3, 409: 9}
    assert (balances(desk.customer.id).points, balances(desk.customer.id).wallet) == (100, "9.00")


def test_points_that_are_redeemed_and_expired_at_once_have_one_end_each(desk: Desk) -> None:
    """Four lots are over and four are not: each expires, or is redeemed, whoever comes first."""
    customer = UUID(desk.customer.id)

    @db.in_transaction
    def expire(tx: Transaction) -> int:
        return ledger.expire_points(tx, ledger.lock_wallet(tx, customer))

    for _ in range(4):
        give(desk.customer.id, points=100)
    desk.run("update points_lots set expires_at = now() - interval '1 second' where user_id = :id", id=desk.customer.id)
    for _ in range(4):
        give(desk.customer.id, points=100)
    redeem = lambda: desk.customer.client.post("/api/points/me/redeem", {"points": 100}).status  # noqa: E731 - a race
    outcomes = at_once(*[redeem, expire] * 8)
    assert Counter(outcomes[::2]) == {200: 4, 409: 4}
    # A redemption that comes first takes off what is over, too.
    assert sum(outcomes[1::2]) in (0, 400)
    assert balances(desk.customer.id) == Balances("4.00", "0.00", 0)
    told = desk.customer.client.get("/api/points/me").json
    assert (told["total_earned"], told["total_redeemed"], told["total_expired"]) == (800, 400, 400)
    assert desk.run("select sum(points_left) from points_lots where user_id = :id", id=desk.customer.id) == [[0]]


def test_without_its_lock_the_same_race_is_stopped_by_the_database_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both have read the balance before either takes of it, which the lock does not let happen."""
    actor = Actor(UUID(desk.admin.id), "ADMIN", "127.0.0.1", "a-race")

    def withdraw() -> str:
        try:
            changing.withdraw(actor, UUID(desk.customer.id), DeskMovement(amount=10))  # type: ignore[arg-type] # read as a request's
        except InsufficientBalance:
            return "refused"
        except DatabaseError:
            return "stopped"
        return "done"

    give(desk.customer.id, wallet="10")
    assert Counter(at_once(withdraw, withdraw)) == {"done": 1, "refused": 1}
    give(desk.customer.id, wallet="10")
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "fetch", fetch_without_lock(Barrier(2), "select balance from ledger_accounts"))
        assert Counter(at_once(withdraw, withdraw)) == {"done": 1, "stopped": 1}
    assert balances(desk.customer.id).wallet == "0.00"
