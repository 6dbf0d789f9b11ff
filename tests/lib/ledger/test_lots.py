"""Points by their expiry: the oldest are spent first, come back to where they were, and are gone once their time is over."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from pg8000.exceptions import DatabaseError

from lib import ledger
from lib.db import Transaction
from lib.ledger import POINTS, Kind, Posting
from lib.ledger.transactions import LotChange
from tests.support.balances import balances
from tests.support.scenes import a_customer, disagreements_of


def move(tx: Transaction, wallet: ledger.Wallet, kind: Kind, posting: Posting, lots: LotChange) -> str:
    """Post a transaction that moves points; its key."""
    moved = ledger.Transaction(
        key=str(uuid4()), kind=kind, postings=[posting], description=ledger.Description("Points", "نقاط"), lots=lots
    )
    ledger.post_one(tx, wallet, moved)
    return moved.key


def earn(tx: Transaction, wallet: ledger.Wallet, points: int, days: int, order_id: UUID | None = None) -> None:
    """Give points that expire in so many days."""
    posting = Posting("POINTS_ISSUED", "POINTS", Decimal(points), POINTS)
    key = move(tx, wallet, "EARN_POINTS", posting, ledger.OpenLot(points, order_id))
    tx.run(
        """
        update points_lots set expires_at = now() + make_interval(days => :days::integer)
        where transaction_id = (select id from ledger_transactions where key = :key)
        """,
        key=key,
        days=days,
    )


def take(tx: Transaction, wallet: ledger.Wallet, points: int, first_order_id: UUID | None = None) -> str:
    posting = Posting("POINTS", "POINTS_HELD", Decimal(points), POINTS)
    return move(tx, wallet, "HOLD", posting, ledger.TakePoints(points, first_order_id))


def give_back(tx: Transaction, wallet: ledger.Wallet, points: int, taken_by: str, already: int = 0) -> None:
    posting = Posting("POINTS_HELD", "POINTS", Decimal(points), POINTS)
    move(tx, wallet, "RELEASE", posting, ledger.ReturnPoints(taken_by, points, already))


def lots(tx: Transaction, customer: UUID) -> list[int]:
    """What is left in each lot, the one that expires first before the others."""
    sql = "select points_left from points_lots where user_id = :id order by expires_at, id"
    return tx.column(int, sql, id=customer)


def test_more_points_than_are_left_can_t_be_taken(tx: Transaction, wallet: ledger.Wallet) -> None:
    earn(tx, wallet, 100, 10)
    with pytest.raises(DatabaseError, match="never_below_zero"):
        take(tx, wallet, 101)


def test_points_whose_lots_are_used_up_can_t_be_taken_whatever_the_account_says(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    earn(tx, wallet, 100, 10)
    tx.run("set local session_replication_role = replica")
    tx.run("update points_lots set points_left = 60 where user_id = :id", id=customer)
    tx.run("set local session_replication_role = origin")
    with pytest.raises(DatabaseError, match="only 60 points are left in lots"):
        take(tx, wallet, 61)


def test_the_lot_that_expires_first_is_taken_first(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    for points, days in ((100, 30), (50, 10), (70, 20)):
        earn(tx, wallet, points, days)
    take(tx, wallet, 60)
    assert lots(tx, customer) == [0, 60, 100]
    take(tx, wallet, 60)
    assert lots(tx, customer) == [0, 0, 100]
    take(tx, wallet, 100)
    assert (lots(tx, customer), balances(str(customer)).points) == ([0, 0, 0], 0)
    assert ledger.balance(tx, wallet, "POINTS_HELD", POINTS) == 220


def test_points_that_no_order_earned_are_not_taken_before_those_that_expire_sooner(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    earn(tx, wallet, 100, 30)
    earn(tx, wallet, 50, 10, uuid4())
    take(tx, wallet, 60)
    assert lots(tx, customer) == [0, 90]


def test_the_points_of_an_order_are_taken_before_older_ones(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    order_id = uuid4()
    earn(tx, wallet, 50, 10, uuid4())
    earn(tx, wallet, 40, 15)
    earn(tx, wallet, 100, 20, order_id)
    take(tx, wallet, 120, order_id)
    assert lots(tx, customer) == [30, 40, 0]


def test_points_come_back_to_the_very_lots_that_they_came_from(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    earn(tx, wallet, 50, 40)
    earn(tx, wallet, 100, 50)
    first, second = take(tx, wallet, 30), take(tx, wallet, 50)
    assert lots(tx, customer) == [0, 70]
    give_back(tx, wallet, 50, second)
    assert lots(tx, customer) == [20, 100]
    give_back(tx, wallet, 30, first)
    assert (lots(tx, customer), balances(str(customer)).points) == ([50, 100], 150)


def test_points_whose_time_is_over_are_taken_off_before_anybody_counts_on_them(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    earn(tx, wallet, 50, -1)
    earn(tx, wallet, 100, 0)
    earn(tx, wallet, 70, 20)
    assert balances(str(customer)).points == 220
    assert ledger.available_points(tx, wallet) == 70
    assert ledger.balance(tx, wallet, "POINTS_EXPIRED", POINTS) == 150
    assert lots(tx, customer) == [0, 0, 70]
    assert {one.what for one in disagreements_of(customer)} == {"what staff moved by hand is not in the audit log"}


def test_points_expire_once(tx: Transaction, wallet: ledger.Wallet) -> None:
    earn(tx, wallet, 50, -1)
    assert ledger.expire_points(tx, wallet) == 50
    assert ledger.expire_points(tx, wallet) == 0


def days_left(tx: Transaction, customer: UUID) -> list[tuple[int, int]]:
    """The points that are left in each lot that is not empty, and the days that they have."""
    sql = """
        select points_left, round(extract(epoch from expires_at - now()) / 86400)::integer from points_lots
        where user_id = :id and points_left > 0 order by expires_at, id
        """
    return [(points, days) for points, days in tx.run(sql, id=customer)]


def test_points_that_come_back_keep_their_expiry_and_have_30_days_at_least(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    earn(tx, wallet, 50, 10)
    earn(tx, wallet, 100, 200)
    key = take(tx, wallet, 70)
    give_back(tx, wallet, 70, key)
    assert days_left(tx, customer) == [(50, 30), (100, 200)]


def test_what_was_not_taken_of_a_lot_expires_when_it_should(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    earn(tx, wallet, 50, 10)
    give_back(tx, wallet, 30, take(tx, wallet, 30))
    assert days_left(tx, customer) == [(20, 10), (30, 30)]


def test_points_that_come_back_after_their_time_can_be_used_for_30_days(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    earn(tx, wallet, 50, 10)
    key = take(tx, wallet, 30)
    tx.run("update points_lots set expires_at = now() where user_id = :id", id=customer)
    assert ledger.expire_points(tx, wallet) == 20
    give_back(tx, wallet, 30, key)
    assert (ledger.available_points(tx, wallet), days_left(tx, customer)) == (30, [(30, 30)])


def test_points_that_came_back_are_still_those_of_their_order(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    order_id = uuid4()
    earn(tx, wallet, 50, 10, order_id)
    give_back(tx, wallet, 50, take(tx, wallet, 50))
    earn(tx, wallet, 40, 20)
    take(tx, wallet, 50, order_id)
    assert days_left(tx, customer) == [(40, 20)]


@pytest.mark.parametrize("parts", [(70, 50, 30), (30, 50, 70), (150,), (1, 149)])
def test_points_that_come_back_in_parts_come_back_as_they_would_at_once(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet, parts: tuple[int, ...]
) -> None:
    for points, days in ((50, 10), (60, 100), (40, 300)):
        earn(tx, wallet, points, days)
    key = take(tx, wallet, 150)
    for number, points in enumerate(parts):
        give_back(tx, wallet, points, key, already=sum(parts[:number]))
    by_days: dict[int, int] = {}
    for points, days in days_left(tx, customer):
        by_days[days] = by_days.get(days, 0) + points
    assert by_days == {30: 50, 100: 60, 300: 40}


def test_no_more_points_come_back_than_were_taken(tx: Transaction, wallet: ledger.Wallet) -> None:
    earn(tx, wallet, 50, 100)
    earn(tx, wallet, 50, 200)
    first, _ = take(tx, wallet, 50), take(tx, wallet, 50)
    with pytest.raises(DatabaseError, match="only 20 points can come back"):
        give_back(tx, wallet, 50, first, already=30)


def test_another_customer_s_points_stay_theirs(tx: Transaction, wallet: ledger.Wallet) -> None:
    neighbour = a_customer(points=100)
    earn(tx, wallet, 50, 10)
    earn(tx, wallet, 20, -1)
    assert ledger.expire_points(tx, wallet) == 20
    take(tx, wallet, 50)
    assert (lots(tx, neighbour), balances(str(neighbour)).points) == ([100], 100)
