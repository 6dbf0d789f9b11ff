"""Each verb that changes cashback starts from its own states and refuses all others; it is earned and credited once."""

from decimal import Decimal
from typing import get_args
from uuid import UUID, uuid4

import pytest

from lib import ledger
from lib.db import Transaction
from lib.errors import NotFound
from lib.loyalty import records
from lib.loyalty.crediting import credit
from lib.loyalty.earning import earn
from lib.loyalty.records import CashbackStatus, LockedCashback, NewCashback, cashback_of_order, lock_cashback
from lib.loyalty.taking_back import take_back
from lib.orders import records as orders
from lib.orders.locks import LockedOrder
from tests.support.balances import balances
from tests.support.scenes import (
    a_booked_order,
    a_customer,
    a_settled_payment,
    an_order,
    disagreements_of,
    order_now,
)
from tests.support.verbs import Verb, try_verb

WAITING: set[CashbackStatus] = {"PENDING", "APPROVED"}
KEPT: tuple[CashbackStatus, ...] = tuple(status for status in get_args(CashbackStatus) if status != "PENDING_WITHDRAWAL")


VERBS: dict[str, Verb[LockedCashback]] = {
    "mark_approved": Verb(
        lambda tx, record: records.mark_approved(tx, record, by_user_id=record.user_id), {"PENDING"}, "APPROVED"
    ),
    "mark_credited": Verb(records.mark_credited, WAITING, "CREDITED"),
    "mark_rejected": Verb(lambda tx, record: records.mark_rejected(tx, record, "no"), WAITING, "REJECTED"),
    "take_back": Verb(lambda tx, record: records.take_back(tx, record, Decimal(1)), {*WAITING, "CREDITED"}, None),
}


@pytest.fixture
def customer(tx: Transaction) -> UUID:
    assert tx
    return a_customer()


@pytest.fixture
def order(customer: UUID) -> LockedOrder:
    """A paid order, which has earned 3.42 of cashback."""
    paid = an_order(customer)
    a_settled_payment(paid)
    return order_now(paid)


def cashback_of(tx: Transaction, order: LockedOrder) -> LockedCashback:
    found = cashback_of_order(tx, order)
    assert found is not None
    return found


def cashback_that_is(tx: Transaction, order: LockedOrder, status: CashbackStatus) -> LockedCashback:
    """The cashback of an order in this state."""
    record = cashback_of(tx, order)
    match status:
        case "APPROVED":
            return records.mark_approved(tx, record, by_user_id=order.user_id)
        case "CREDITED":
            return records.mark_credited(tx, record)
        case "REJECTED":
            return records.mark_rejected(tx, record, "no")
        case "CANCELLED":
            return records.take_back(tx, record, record.amount)
    return record


@pytest.mark.parametrize("status", KEPT)
@pytest.mark.parametrize("name", VERBS)
def test_a_verb_starts_from_its_own_states_alone(
    tx: Transaction, order: LockedOrder, name: str, status: CashbackStatus
) -> None:
    record = cashback_that_is(tx, order, status)
    assert record.status == status
    try_verb(VERBS[name], record, lambda: cashback_of(tx, order))


def test_cashback_that_nobody_knows_is_not_found(tx: Transaction) -> None:
    with pytest.raises(NotFound, match="no such cashback"):
        lock_cashback(tx, UUID(int=0))


def test_an_order_that_is_not_paid_has_no_cashback(tx: Transaction, customer: UUID) -> None:
    assert cashback_of_order(tx, an_order(customer)) is None


def test_an_order_earns_cashback_once(tx: Transaction, order: LockedOrder) -> None:
    record = cashback_of(tx, order)
    assert (record.status, record.amount, record.currency) == ("PENDING", Decimal("3.42"), "EGP")
    new = NewCashback(total=Decimal(1), rate=Decimal(1), amount=Decimal(1), currency="EGP", due_in_days=0)
    records.insert(tx, order, new)
    assert cashback_of(tx, order) == record


def test_earning_again_gives_no_more_points(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    wallet = ledger.lock_wallet(tx, customer)
    assert ledger.post(tx, wallet, earn(tx, order, wallet)) == {}
    assert balances(str(customer)).points == 342


def test_cashback_is_about_the_booking_where_there_is_one(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    booked = a_booked_order(customer)
    a_settled_payment(booked)
    sql = "select reference_type from cashback_records where order_id = :id"
    assert [tx.column(str, sql, id=one.id) for one in (order, booked)] == [["ORDER"], ["BOOKING"]]


def test_cashback_is_locked_with_its_customer_s_wallet(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    record = cashback_of(tx, order)
    assert lock_cashback(tx, record.id) == (ledger.Wallet(customer), record)


def test_all_of_what_waits_being_taken_back_cancels_it(tx: Transaction, order: LockedOrder) -> None:
    record = records.take_back(tx, cashback_of(tx, order), Decimal(3))
    assert (record.status, record.amount) == ("PENDING", Decimal("0.42"))
    record = records.take_back(tx, record, Decimal("0.42"))
    assert (record.status, record.amount) == ("CANCELLED", Decimal(0))


def test_credited_cashback_is_the_customer_s_and_is_credited_once(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    wallet, record = lock_cashback(tx, cashback_of(tx, order).id)
    credit(tx, wallet, record)
    assert balances(str(customer)).cashback == "3.42"
    with pytest.raises(LookupError):
        credit(tx, wallet, cashback_of(tx, order))
    assert balances(str(customer)).cashback == "3.42"
    assert disagreements_of(customer) == []


def spend(tx: Transaction, wallet: ledger.Wallet, *postings: ledger.Posting, points: int = 0) -> None:
    """Let a customer have spent something elsewhere."""
    spent = ledger.Transaction(
        key=f"spent:{uuid4()}",
        kind="WITHDRAWAL",
        postings=postings,
        description=ledger.Description("Spent", "صُرف"),
        lots=ledger.TakePoints(points) if points else None,
    )
    ledger.post_one(tx, wallet, spent)


def test_what_was_spent_before_it_is_taken_back_becomes_a_debt_that_the_next_earning_pays(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    wallet, record = lock_cashback(tx, cashback_of(tx, order).id)
    credit(tx, wallet, record)
    spend(tx, wallet, ledger.Posting("CASHBACK", "DESK", Decimal(3), "EGP"))
    spend(tx, wallet, ledger.Posting("POINTS", "POINTS_REDEEMED", Decimal(300), ledger.POINTS), points=300)
    taken = take_back(tx, orders.apply_refund(tx, order, Decimal(342)), wallet, uuid4())
    assert (taken.points, taken.cashback) == (342, Decimal("3.42"))
    assert ledger.balance(tx, wallet, "POINTS_DEBT", ledger.POINTS) == -300
    assert ledger.balance(tx, wallet, "CASHBACK_DEBT", "EGP") == -3
    assert (balances(str(customer)).points, balances(str(customer)).cashback) == (0, "0.00")

    another = an_order(customer, "400")
    a_settled_payment(another)
    credit(tx, *lock_cashback(tx, cashback_of(tx, another).id))
    assert (balances(str(customer)).points, balances(str(customer)).cashback) == (100, "1.00")
    assert ledger.balance(tx, wallet, "POINTS_DEBT", ledger.POINTS) == 0


def test_a_refund_takes_back_nothing_where_nothing_was_earned(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer, "0.40")
    a_settled_payment(order)
    assert cashback_of_order(tx, order_now(order)) is None
    refunded = orders.apply_refund(tx, order_now(order), Decimal("0.40"))
    taken = take_back(tx, refunded, ledger.lock_wallet(tx, customer), uuid4())
    assert (taken.points, taken.cashback) == (0, Decimal(0))
