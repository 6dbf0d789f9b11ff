"""One order paid from two devices, and points that two jobs expire: once, and the lock is why."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from threading import Barrier
from uuid import UUID

import pytest
from pg8000.exceptions import DatabaseError

from lib import db, ledger
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import IllegalMove
from lib.holds.splitting import BalanceLimits
from lib.payments import opening
from tests.support.balances import Balances, balances, give
from tests.support.clients import System
from tests.support.locks import fetch_without_lock
from tests.support.money import Desk, at_once, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def test_two_devices_pay_an_order_once_and_without_the_lock_only_the_move_s_own_guard_stops_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(desk.customer.id, wallet="2000")
    caller = Actor(UUID(desk.customer.id), "CUSTOMER", "192.0.2.1", "race")

    def pays(order_id: str) -> Callable[[], str]:
        def pay() -> str:
            try:
                opening.pay(UUID(order_id), caller, 2, BalanceLimits(wallet=Decimal(400)))
            except IllegalMove as refused:
                # The guard speaks of an order that was still ISSUED when it was read.
                return "stopped" if "ISSUED" in refused.detail else "refused"
            return "paid"

        return pay

    locked, unlocked = (desk.order()["id"] for _ in range(2))
    for order_id in (locked, unlocked):
        desk.employee.client.post(f"/api/orders/{order_id}/issue")
    assert Counter(at_once(*[pays(locked)] * 2)) == {"paid": 1, "refused": 1}
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "fetch", fetch_without_lock(Barrier(2), "from orders where id"))
        assert Counter(at_once(*[pays(unlocked)] * 2)) == {"paid": 1, "stopped": 1}
    assert balances(desk.customer.id).wallet == "1316.00"


def test_two_who_expire_points_at_once_expire_them_once_and_without_the_lock_one_of_them_breaks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    @db.in_transaction
    def expire(tx: Transaction) -> object:
        return ledger.expire_points(tx, ledger.lock_wallet(tx, UUID(desk.customer.id)))

    def try_expire() -> object:
        try:
            return expire()
        except (LookupError, DatabaseError):
            return "broken"

    def overdue() -> None:
        give(desk.customer.id, points=100)
        desk.run("update points_lots set expires_at = now() - interval '1 second' where user_id = :id", id=desk.customer.id)

    overdue()
    assert Counter(at_once(try_expire, try_expire)) == {100: 1, 0: 1}
    overdue()
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "fetch", fetch_without_lock(Barrier(2), "from overdue_lots l where"))
        assert Counter(at_once(try_expire, try_expire)) == {100: 1, "broken": 1}
    assert balances(desk.customer.id) == Balances()
