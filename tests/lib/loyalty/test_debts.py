"""What was taken back after it had been spent is paid first, by whatever brings something back, in whatever order."""

import itertools
import random
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from lib import db, ledger
from lib.db import Transaction
from lib.ledger import POINTS, Account, Posting
from lib.loyalty.taking_back import take_back
from lib.orders import records as orders
from lib.orders.locks import LockedOrder
from tests.support.balances import balances
from tests.support.scenes import a_customer, a_settled_payment, an_order, disagreements_of, ledger_of, order_now


@pytest.fixture
def customer(tx: Transaction) -> UUID:
    assert tx
    return a_customer()


@pytest.fixture
def wallet(tx: Transaction, customer: UUID) -> ledger.Wallet:
    return ledger.lock_wallet(tx, customer)


def move(
    tx: Transaction,
    wallet: ledger.Wallet,
    source: Account,
    destination: Account,
    amount: int,
    lots: ledger.TakePoints | ledger.OpenLot | ledger.ReturnPoints | None = None,
) -> str:
    """Post a movement of one balance; its key."""
    key = f"moved:{uuid4()}"
    currency = POINTS if "POINTS" in source else "EGP"
    moved = ledger.Transaction(
        key=key,
        kind="REFUND",
        postings=[Posting(source, destination, Decimal(amount), currency)],
        description=ledger.Description("Moved", "حركة"),
        lots=lots,
    )
    ledger.post_one(tx, wallet, moved)
    return key


def owe(tx: Transaction, wallet: ledger.Wallet, points: int = 0, cashback: int = 0) -> None:
    if points:
        move(tx, wallet, "POINTS_DEBT", "POINTS_ISSUED", points)
    if cashback:
        move(tx, wallet, "CASHBACK_DEBT", "CASHBACK_COST", cashback)


def hold(tx: Transaction, wallet: ledger.Wallet, points: int) -> str:
    return move(tx, wallet, "POINTS", "POINTS_HELD", points, ledger.TakePoints(points))


def age(tx: Transaction, customer: UUID) -> None:
    tx.run("update points_lots set expires_at = now() - interval '1 second' where user_id = :id", id=customer)


WAYS: dict[str, Callable[[Transaction, ledger.Wallet], object]] = {
    "an earning": lambda tx, wallet: move(tx, wallet, "POINTS_ISSUED", "POINTS", 100, ledger.OpenLot(100)),
    "a refund": lambda tx, wallet: move(tx, wallet, "POINTS_REDEEMED", "POINTS", 100, ledger.OpenLot(100)),
    "a correction": lambda tx, wallet: move(tx, wallet, "POINTS_EXPIRED", "POINTS", 100, ledger.OpenLot(100)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_debt_is_paid_by(tx: Transaction, customer: UUID, wallet: ledger.Wallet, way: str) -> None:
    owe(tx, wallet, points=70)
    WAYS[way](tx, wallet)
    assert balances(str(customer)).points == 30
    assert ledger.balance(tx, wallet, "POINTS_DEBT", POINTS) == 0


def test_points_that_a_hold_gives_back_pay_a_debt_also_those_whose_lot_has_expired(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    WAYS["an earning"](tx, wallet)
    held = hold(tx, wallet, 100)
    owe(tx, wallet, points=40)
    move(tx, wallet, "POINTS_HELD", "POINTS", 100, ledger.ReturnPoints(held, 100))
    assert (balances(str(customer)).points, ledger.balance(tx, wallet, "POINTS_DEBT", POINTS)) == (60, Decimal(0))

    held = hold(tx, wallet, 60)
    owe(tx, wallet, points=10)
    age(tx, customer)
    move(tx, wallet, "POINTS_HELD", "POINTS", 60, ledger.ReturnPoints(held, 60))
    assert ledger.available_points(tx, wallet) == 50
    assert ledger.balance(tx, wallet, "POINTS_DEBT", POINTS) == 0


@pytest.mark.parametrize("source", ["CASHBACK_HELD", "CASHBACK_COST", "SALES"])
def test_cashback_that_comes_back_from_anywhere_pays_a_debt(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet, source: Account
) -> None:
    move(tx, wallet, "CASHBACK_COST", "CASHBACK", 100)
    move(tx, wallet, "CASHBACK", "CASHBACK_HELD", 100)
    owe(tx, wallet, cashback=30)
    move(tx, wallet, source, "CASHBACK", 100)
    assert (balances(str(customer)).cashback, ledger.balance(tx, wallet, "CASHBACK_DEBT", "EGP")) == ("70.00", Decimal(0))


def earned_order(customer: UUID, price: int) -> LockedOrder:
    order = an_order(customer, str(price))
    a_settled_payment(order)
    return order_now(order)


def refund(tx: Transaction, wallet: ledger.Wallet, order: LockedOrder, share: Decimal, paid_in_points: int) -> None:
    """Refund a part of an order as completing does: what it was paid with comes back, what it earned is taken back."""
    refunded = orders.apply_refund(tx, order_now(order), share)
    if paid_in_points:
        move(tx, wallet, "POINTS_REDEEMED", "POINTS", paid_in_points, ledger.OpenLot(paid_in_points))
        move(tx, wallet, "SALES", "CASHBACK", paid_in_points)
    take_back(tx, refunded, wallet, uuid4())


def end_of(seed: int, order_of_refunds: tuple[int, ...]) -> dict[tuple[str, str], Decimal]:
    """The balances of a new customer after the refunds of this seed, in this order."""

    @db.in_transaction
    def work(tx: Transaction) -> dict[tuple[str, str], Decimal]:
        chance = random.Random(seed)  # noqa: S311 - a test's own
        customer = a_customer()
        wallet = ledger.lock_wallet(tx, customer)
        bought = [earned_order(customer, chance.randint(50, 500)) for _ in range(2)]
        for order in bought:
            tx.run("update cashback_records set status = 'CREDITED', credited_at = now() where order_id = :id", id=order.id)
            move(tx, wallet, "CASHBACK_COST", "CASHBACK", 1)
        spent = chance.randint(0, ledger.available_points(tx, wallet))
        if spent:
            move(tx, wallet, "POINTS", "POINTS_REDEEMED", spent, ledger.TakePoints(spent))
        move(tx, wallet, "CASHBACK", "SALES", chance.randint(1, 2))
        refunds = []
        for order in bought:
            first = Decimal(chance.randint(1, int(order.total_amount) - 1))
            # Two refunds of one order are equal, so that either may come first.
            refunds += [(order, first, chance.choice([0, 60])), (order, order.total_amount - first, chance.choice([0, 30]))]
        for number in order_of_refunds:
            refund(tx, wallet, *refunds[number])
            owing = ledger_of(customer)
            assert not (owing.get(("POINTS", POINTS)) and owing.get(("POINTS_DEBT", POINTS)))
            assert not (owing.get(("CASHBACK", "EGP")) and owing.get(("CASHBACK_DEBT", "EGP")))
        return {account: amount for account, amount in ledger_of(customer).items() if amount}

    return work()


@pytest.mark.parametrize("seed", range(6))
def test_the_balances_in_the_end_do_not_depend_on_the_order_of_refunds(tx: Transaction, seed: int) -> None:
    assert tx
    permutations = list(itertools.permutations(range(4)))
    ends = [end_of(seed, permutation) for permutation in random.Random(seed).sample(permutations, 8)]  # noqa: S311 - as above
    assert all(end == ends[0] for end in ends)


def test_points_that_have_expired_are_not_taken_a_second_time(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    order = earned_order(customer, 300)
    move(tx, wallet, "POINTS", "POINTS_REDEEMED", 100, ledger.TakePoints(100))
    age(tx, customer)
    for _ in range(2):
        taken = take_back(tx, orders.apply_refund(tx, order_now(order), Decimal(150)), wallet, uuid4())
        assert taken.points == 150
    # 200 had expired and 100 were spent.
    assert ledger.balance(tx, wallet, "POINTS_DEBT", POINTS) == -100
    assert ledger.balance(tx, wallet, "POINTS_EXPIRED", POINTS) == 0
    assert not [one for one in disagreements_of(customer) if "points" in one.what or "lot" in one.what]


def test_a_refund_of_an_old_order_costs_nobody_this_year_s_tier(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    old = earned_order(customer, 6000)
    tx.run("set constraints all immediate")
    tx.run("alter table ledger_entries disable trigger ledger_entries_append_only")
    tx.run(
        """
        update ledger_entries set created_at = created_at - interval '400 days'
        where account_id in (select id from ledger_accounts where user_id = :id and kind = 'POINTS_ISSUED')
        """,
        id=customer,
    )
    tx.run("alter table ledger_entries enable trigger ledger_entries_append_only")
    tx.run("set constraints all deferred")
    earned_order(customer, 5000)
    take_back(tx, orders.apply_refund(tx, order_now(old), Decimal(6000)), wallet, uuid4())
    assert tx.value(int, "select tier_points from customer_tiers where user_id = :id", id=customer) == 5000
    assert tx.value(Decimal, "select cashback_rate from customer_tiers where user_id = :id", id=customer) == 2


def test_totals_of_points_add_up_and_each_earning_has_its_row(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    order = earned_order(customer, 300)
    move(tx, wallet, "POINTS", "POINTS_REDEEMED", 250, ledger.TakePoints(250))
    take_back(tx, orders.apply_refund(tx, order, Decimal(300)), wallet, uuid4())
    earned_order(customer, 400)
    hold(tx, wallet, 50)
    totals = tx.run("select free, held, debt, earned, redeemed, expired, adjusted from points_totals(:id)", id=customer)[0]
    assert totals == [100, 50, 0, 700, 250, 0, -300]
    rows = tx.column(
        int,
        """
        select (d.document ->> 'points')::integer from points_transaction_documents d
        join ledger_accounts a on a.id = d.account_id where a.user_id = :id order by d.created_at
        """,
        id=customer,
    )
    assert rows == [300, -250, -50, 400, -250, -50]
    assert sum(rows) == 100
