"""What a paid order earns: points by tier, cashback that waits, and nothing that nobody can price."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support import database
from tests.support.balances import give
from tests.support.clients import System
from tests.support.money import Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def buy(desk: Desk, price: object, **fields: Any) -> str:
    """An order of this price that was paid at the desk."""
    item = {"description_en": "Tour", "quantity": 1, "unit_price": price}
    return str(desk.order(items=[item], tax_rate=0, payment_status="PAID", **fields)["id"])


def points_of(desk: Desk) -> int:
    """What a customer has earned; what was paid at the desk waits."""
    account = desk.customer.client.get("/api/points/me").json
    return int(account["balance"] + account["pending"])


def cashback_of(desk: Desk, order_id: str) -> list[list[Any]]:
    return desk.run(
        """
        select status, cashback_rate::text, cashback_amount::text, booking_amount::text,
               round(extract(epoch from credit_due_at - created_at) / 86400)::integer
        from cashback_records where order_id = :id
        """,
        id=order_id,
    )


@pytest.mark.parametrize(("price", "earned"), [("0.99", 0), ("1", 1), ("342.99", 342)])
def test_an_order_earns_a_point_for_each_whole_unit(desk: Desk, price: str, earned: int) -> None:
    buy(desk, price)
    assert points_of(desk) == earned


@pytest.mark.parametrize(
    ("before", "earned", "rate", "cashback"),
    [
        (4_999, 101, "1.00", "1.010"),
        (5_000, 126, "2.00", "2.020"),
        (19_999, 126, "2.00", "2.020"),
        (20_000, 151, "3.00", "3.030"),
        (50_000, 202, "5.00", "5.050"),
    ],
)
def test_the_tier_that_a_customer_has_reached_decides(
    desk: Desk, before: int, earned: int, rate: str, cashback: str
) -> None:
    give(desk.customer.id, points=before)
    order_id = buy(desk, 101)
    assert points_of(desk) == before + earned
    assert cashback_of(desk, order_id) == [["PENDING", rate, cashback, "101.000", 14]]


def test_points_earned_more_than_a_year_ago_make_no_tier(desk: Desk) -> None:
    give(desk.customer.id, points=5_000)
    with database.connected(desk.system.database_url) as clock:
        # What was posted can't be changed, unless the triggers sleep.
        clock.run("set session_replication_role = replica")
        clock.run(
            """
            update ledger_entries set created_at = now() - interval '366 days'
            where account_id in (select id from ledger_accounts where user_id = :id and kind = 'POINTS_ISSUED')
            """,
            id=desk.customer.id,
        )
    buy(desk, 100)
    assert points_of(desk) == 5_100


def test_an_order_that_costs_nothing_earns_nothing(desk: Desk) -> None:
    order_id = desk.order(is_free=True)["id"]
    assert (points_of(desk), cashback_of(desk, order_id)) == (0, [])


def test_an_order_in_another_currency_earns_by_the_rate_that_staff_keep_and_nothing_without_one(desk: Desk) -> None:
    desk.run("delete from exchange_rates where currency in ('KWD', 'USD')")
    without = buy(desk, "10.005", currency="KWD")
    assert (points_of(desk), cashback_of(desk, without)) == (0, [])
    desk.run("insert into exchange_rates (currency, rate) values ('KWD', 160.25)")
    order_id = buy(desk, "10.005", currency="KWD")
    assert points_of(desk) == 1603
    assert cashback_of(desk, order_id) == [["PENDING", "1.00", "16.030", "1603.300", 14]]


def test_money_that_comes_twice_earns_once(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", times=5)
    assert points_of(desk) == 342
    assert len(cashback_of(desk, attempt.order_id)) == 1


def test_an_order_earns_nothing_before_it_is_paid_wholly(desk: Desk) -> None:
    give(desk.customer.id, wallet="300")
    order_id = desk.order()["id"]
    desk.pay(order_id, 2, wallet_to_use="300")
    assert points_of(desk) == 0
    assert desk.ask_to_pay(order_id, wallet_to_use="342").status == 409
    give(desk.customer.id, wallet="42")
    assert desk.ask_to_pay(order_id, wallet_to_use=Decimal(342)).json["status"] == "PAID"
    assert points_of(desk) == 342


@pytest.mark.parametrize(("price", "cashback"), [("0.50", []), ("0.99", []), ("1", ["0.010"]), ("1.50", ["0.020"])])
def test_cashback_below_the_smallest_unit_is_not_rounded_up_to_it(desk: Desk, price: str, cashback: list[str]) -> None:
    assert [row[2] for row in cashback_of(desk, buy(desk, price))] == cashback
