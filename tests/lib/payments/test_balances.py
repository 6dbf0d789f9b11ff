"""Paying from balances: at once, within limits, and what is held for the order itself stays held."""

from decimal import Decimal
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import IllegalMove, InsufficientBalance, Invalid
from lib.holds.records import lock_holds
from lib.holds.splitting import BalanceLimits, Split
from lib.orders.locks import LockedOrder
from lib.payments.balances import hold_for_order, pay_from_balances, wanted_split
from tests.support.balances import Balances, balances
from tests.support.scenes import (
    ALL_THREE,
    a_booked_order,
    a_customer,
    a_draft,
    an_attempt,
    an_order,
    booking_status,
    call_off,
    disagreements_of,
    flagged,
    order_now,
    payment_now,
)
from tests.support.undoing import UndoneSession

WALLET_100 = Split(wallet=Decimal(100))


@pytest.fixture
def customer(undone: UndoneSession) -> UUID:
    assert undone
    return a_customer(wallet="400", cashback="20", points=4000)


def test_balances_pay_only_orders_in_their_own_currency(tx: Transaction, customer: UUID) -> None:
    with pytest.raises(Invalid, match="balances are kept in EGP and can't pay an order in KWD"):
        wanted_split(tx, an_order(customer, currency="KWD"), BalanceLimits(wallet=Decimal(1)))


def test_what_is_held_already_is_wanted_where_nothing_else_is_said(tx: Transaction, order: LockedOrder) -> None:
    assert wanted_split(tx, order, None) == Split()
    an_attempt(order, ALL_THREE)
    assert wanted_split(tx, order, None) == ALL_THREE
    assert wanted_split(tx, order, BalanceLimits()) == Split()


def test_no_more_is_wanted_than_the_order_has_room_for(tx: Transaction, order: LockedOrder) -> None:
    pay_from_balances(tx, order, WALLET_100)
    assert wanted_split(tx, order_now(order), BalanceLimits(wallet=Decimal(1000))) == Split(wallet=Decimal(242))


@pytest.mark.parametrize(
    ("split", "short"),
    [
        (Split(wallet=Decimal("400.01")), "in the wallet"),
        (Split(cashback=Decimal("20.01")), "of cashback"),
        (Split(points=4001, points_value=Decimal("40.01")), "points"),
    ],
)
def test_a_balance_pays_no_more_than_it_has(tx: Transaction, customer: UUID, split: Split, short: str) -> None:
    order = an_order(customer, "1000")
    with pytest.raises(InsufficientBalance, match=short):
        pay_from_balances(tx, order, split)
    assert order_now(order) == order


def test_an_order_takes_no_more_from_balances_than_is_left(tx: Transaction, order: LockedOrder) -> None:
    with pytest.raises(IllegalMove, match="can't be paid with so much"):
        pay_from_balances(tx, order, Split(wallet=Decimal("342.01")))


def test_a_draft_and_a_booking_that_was_called_off_take_nothing(tx: Transaction, customer: UUID) -> None:
    with pytest.raises(IllegalMove, match="is DRAFT"):
        pay_from_balances(tx, a_draft(customer), WALLET_100)
    booked = a_booked_order(customer)
    call_off(booked)
    with pytest.raises(IllegalMove):
        pay_from_balances(tx, booked, WALLET_100)


def test_the_whole_price_is_paid_at_once(tx: Transaction, customer: UUID) -> None:
    order = a_booked_order(customer)
    split = Split(points=4000, points_value=Decimal(40), cashback=Decimal(20), wallet=Decimal(282))
    payment = payment_now(pay_from_balances(tx, order, split))
    assert (payment.status, payment.amount, payment.split) == ("PAID", Decimal(342), split)
    assert (order_now(order).status, booking_status(order)) == ("PAID", "CONFIRMED")
    assert balances(str(customer)) == Balances(wallet="118.00", points=342)
    assert disagreements_of(customer) == []


def test_an_open_attempt_is_closed_by_it_and_what_it_held_can_be_used(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    attempt = an_attempt(order, Split(wallet=Decimal(300)))
    pay_from_balances(tx, order, Split(wallet=Decimal(342)))
    assert (payment_now(attempt.id).status, order_now(order).status) == ("CANCELLED", "PAID")
    assert balances(str(customer)).wallet == "58.00"
    assert disagreements_of(customer) == []


def test_an_attempt_that_a_person_looks_at_stays_open(tx: Transaction, order: LockedOrder) -> None:
    attempt = flagged(an_attempt(order))
    pay_from_balances(tx, order, Split(wallet=Decimal(342)))
    assert payment_now(attempt.id) == attempt


def test_a_part_that_is_paid_leaves_the_rest_of_what_was_promised_held(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    hold_for_order(tx, order, Split(wallet=Decimal(200)))
    pay_from_balances(tx, order, WALLET_100)
    partly, held = order_now(order), lock_holds(tx, order)
    assert (partly.status, partly.remaining) == ("ISSUED", Decimal(242))
    assert held.split_for_order == Split(wallet=Decimal(200))
    assert balances(str(customer)) == Balances(wallet="100.00", cashback="20.00", points=4000, held="200.00")
    assert disagreements_of(customer) == []


def test_what_was_promised_is_held_no_further_than_there_is_something_to_pay(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    hold_for_order(tx, order, Split(wallet=Decimal(200)))
    pay_from_balances(tx, order, Split(cashback=Decimal(20), wallet=Decimal(200)))
    assert lock_holds(tx, order).split_for_order == Split(wallet=Decimal(122))
    assert balances(str(customer)) == Balances(wallet="78.00", points=4000, held="122.00")


def test_a_promise_that_has_nothing_left_behind_it_is_let_go(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    hold_for_order(tx, order, Split(wallet=Decimal(200)))
    pay_from_balances(tx, order, Split(wallet=Decimal(300)))
    # 100.00 are left and 42.00 are still to be paid.
    assert lock_holds(tx, order).split_for_order == Split(wallet=Decimal(42))
    poorer = an_order(customer, "200")
    hold_for_order(tx, poorer, Split(cashback=Decimal(20)))
    pay_from_balances(tx, poorer, Split(cashback=Decimal(20)))
    assert lock_holds(tx, poorer).holds == []
    assert disagreements_of(customer) == []


def test_an_order_that_is_paid_wholly_holds_nothing_any_more(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    hold_for_order(tx, order, ALL_THREE)
    pay_from_balances(tx, order, Split(wallet=Decimal(342)))
    assert lock_holds(tx, order).holds == []
    assert balances(str(customer)) == Balances(wallet="58.00", cashback="20.00", points=4342)


def test_a_promise_wants_balances_that_are_there(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    with pytest.raises(InsufficientBalance):
        hold_for_order(tx, order, Split(wallet=Decimal("400.01")))
    hold_for_order(tx, order, Split(wallet=Decimal(400)))
    assert balances(str(customer)).held == "400.00"
    # What the order holds itself counts as there.
    hold_for_order(tx, order, Split(wallet=Decimal(300)))
    assert balances(str(customer)).held == "300.00"
    assert disagreements_of(customer) == []
