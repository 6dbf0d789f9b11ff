"""What an order holds of balances is free for nothing else until it is spent or released, each once."""

from decimal import Decimal
from uuid import UUID

import pytest

from lib import ledger
from lib.db import Transaction
from lib.errors import InsufficientBalance
from lib.holds import holding, records
from lib.holds.records import Hold, OrderHolds, held_by_order, lock_holds
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment
from tests.support.balances import Balances, balances
from tests.support.scenes import ALL_THREE, an_attempt, an_order

ALL_FREE = Balances(wallet="100.00", cashback="20.00", points=4000)
ALL_HELD = Balances(held="120.00", points_held=4000)
WALLET_50 = Split(wallet=Decimal(50))


@pytest.fixture
def attempt(order: LockedOrder) -> LockedPayment:
    return an_attempt(order)


def hold(
    tx: Transaction, order: LockedOrder, split: Split, payment: LockedPayment | None = None, *, is_for_order: bool = False
) -> OrderHolds:
    """Let an order hold a split, and post what follows."""
    payment_id = payment.id if payment else None
    held, transactions = holding.hold_split(
        tx, order, lock_holds(tx, order), split, payment_id=payment_id, is_for_order=is_for_order
    )
    ledger.post(tx, held.wallet, transactions)
    return held


@pytest.mark.parametrize(
    ("split", "source", "available"),
    [
        (Split(points=4001, points_value=Decimal("40.01")), "points", "4000"),
        (Split(cashback=Decimal("20.01")), "EGP of cashback", "20"),
        (Split(wallet=Decimal("100.01")), "EGP in the wallet", "100"),
    ],
)
def test_what_is_not_there_can_t_be_held(
    tx: Transaction, customer: UUID, order: LockedOrder, split: Split, source: str, available: str
) -> None:
    with pytest.raises(InsufficientBalance) as short:
        hold(tx, order, split)
    assert (short.value.source, short.value.available) == (source, Decimal(available))
    assert (held_by_order(tx, order.id), balances(str(customer))) == ([], ALL_FREE)


def test_what_one_order_holds_is_not_there_for_another(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    hold(tx, order, ALL_THREE)
    other = an_order(customer)
    for split in (Split(points=100, points_value=Decimal(1)), Split(cashback=Decimal(1)), Split(wallet=Decimal(1))):
        with pytest.raises(InsufficientBalance):
            hold(tx, other, split)


def test_points_that_have_expired_can_t_be_held(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    tx.run("update points_lots set expires_at = now() where user_id = :id", id=customer)
    with pytest.raises(InsufficientBalance, match="0 points"):
        hold(tx, order, Split(points=100, points_value=Decimal(1)))
    assert balances(str(customer)).points == 0


def test_a_split_is_held_for_its_attempt(
    tx: Transaction, customer: UUID, order: LockedOrder, attempt: LockedPayment
) -> None:
    held = hold(tx, order, ALL_THREE, attempt)
    assert (held.split, held.split_for_order) == (ALL_THREE, Split())
    assert {one.id for one in lock_holds(tx, order).holds} == {one.id for one in held.holds}
    assert {one.payment_id for one in held.holds} == {attempt.id}
    assert balances(str(customer)) == ALL_HELD


def test_the_same_split_again_is_kept_and_goes_to_the_new_attempt(
    tx: Transaction, order: LockedOrder, attempt: LockedPayment
) -> None:
    first = hold(tx, order, WALLET_50)
    again, transactions = holding.hold_split(tx, order, first, WALLET_50, payment_id=attempt.id)
    (held,) = again.holds
    assert (held.id, held.payment_id) == (first.holds[0].id, attempt.id)
    assert (held_by_order(tx, order.id), transactions) == ([held], [])


def test_another_split_replaces_what_is_held_and_may_use_it(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    hold(tx, order, ALL_THREE)
    held = hold(tx, order, Split(wallet=Decimal(100)))
    assert held.split == Split(wallet=Decimal(100))
    assert balances(str(customer)) == Balances(cashback="20.00", points=4000, held="100.00")
    assert hold(tx, order, Split()).holds == []
    assert balances(str(customer)) == ALL_FREE


def test_what_is_spent_pays_the_order_and_is_held_no_longer(
    tx: Transaction, customer: UUID, order: LockedOrder, attempt: LockedPayment
) -> None:
    held = hold(tx, order, ALL_THREE, attempt)
    spent = holding.spend(tx, order, held.holds, attempt.id)
    ledger.post(tx, held.wallet, spent)
    assert [one.kind for one in spent] == ["SPEND"] * 3
    assert (balances(str(customer)), held_by_order(tx, order.id)) == (Balances(), [])
    assert ledger.balance(tx, held.wallet, "SALES", "EGP") == ALL_THREE.value
    assert ledger.balance(tx, held.wallet, "POINTS_REDEEMED", "PTS") == 4000


def test_what_is_released_is_free_again(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    held = hold(tx, order, ALL_THREE)
    ledger.post(tx, held.wallet, holding.release(tx, order, held.holds))
    assert (balances(str(customer)), held_by_order(tx, order.id)) == (ALL_FREE, [])


def test_nothing_is_spent_or_released_twice(tx: Transaction, order: LockedOrder, attempt: LockedPayment) -> None:
    held = hold(tx, order, ALL_THREE, attempt)
    holding.release(tx, order, held.holds)
    with pytest.raises(LookupError, match=r"no longer HELD can.t become SPENT"):
        holding.spend(tx, order, held.holds, attempt.id)
    with pytest.raises(LookupError, match=r"no longer HELD can.t become RELEASED"):
        holding.release(tx, order, held.holds)


def test_points_that_are_released_come_back_to_their_lot(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    sql = "select points_left from points_lots where user_id = :id"
    held = hold(tx, order, Split(points=1000, points_value=Decimal(10)))
    assert tx.column(int, sql, id=customer) == [3000]
    ledger.post(tx, held.wallet, holding.release(tx, order, held.holds))
    assert tx.column(int, sql, id=customer) == [4000]


def test_an_attempt_that_ends_releases_its_own_and_leaves_what_was_promised(
    tx: Transaction, customer: UUID, order: LockedOrder, attempt: LockedPayment
) -> None:
    promised = hold(tx, order, WALLET_50, is_for_order=True)
    assert (promised.split_for_order, promised.split) == (WALLET_50, WALLET_50)
    hold(tx, order, WALLET_50, attempt)
    held = lock_holds(tx, order)
    assert [one.payment_id for one in held.holds] == [attempt.id]
    left, released = holding.release_of_payment(tx, order, held, attempt.id)
    assert (left.split, released) == (WALLET_50, [])
    (still_held,) = held_by_order(tx, order.id)
    assert (still_held.payment_id, still_held.is_for_order) == (None, True)
    assert balances(str(customer)).held == "50.00"


def test_another_attempt_s_end_leaves_what_is_held_alone(
    tx: Transaction, customer: UUID, order: LockedOrder, attempt: LockedPayment
) -> None:
    held = hold(tx, order, WALLET_50, attempt)
    assert holding.release_of_payment(tx, order, held, UUID(int=0)) == (held, [])
    assert balances(str(customer)).held == "50.00"


def test_the_wallet_is_locked_although_nothing_is_held(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    assert lock_holds(tx, order) == OrderHolds(ledger.Wallet(customer), [])
    # A locked row carries the transaction that locks it.
    assert tx.value(str, "select xmax::text from wallets where user_id = :id", id=customer) != "0"


def test_holds_come_to_a_split_and_without_some_of_them_to_less() -> None:
    def one(number: int, source: records.Source, amount: int, *, promised: bool) -> Hold:
        points = amount * 100 if source == "POINTS" else 0
        return Hold(
            id=UUID(int=number),
            source=source,
            amount=Decimal(amount),
            points=points,
            payment_id=None,
            is_for_order=promised,
        )

    holds = [one(1, "POINTS", 40, promised=True), one(2, "CASHBACK", 20, promised=False)]
    held = OrderHolds(ledger.Wallet(UUID(int=9)), [*holds, one(3, "WALLET", 100, promised=True)])
    assert held.split == ALL_THREE
    assert held.split_for_order == Split(points=4000, points_value=Decimal(40), wallet=Decimal(100))
    assert held.without(holds).split == Split(wallet=Decimal(100))
