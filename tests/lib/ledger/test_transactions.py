"""Transactions: their entries sum to zero, a key is posted once, and what moves nothing is not posted."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pg8000.exceptions import DatabaseError

from lib import ledger
from lib.db import Transaction
from lib.errors import BalanceTooLarge
from lib.ledger import Account, Posting
from lib.loyalty.adding import Change, add_points
from tests.support.balances import balances
from tests.support.scenes import an_actor, disagreements_of, ledger_of

currencies = st.sampled_from(["EGP", "KWD"])
accounts = st.sampled_from(get_args(Account))
postings = st.lists(st.builds(Posting, accounts, accounts, st.decimals(-1000, 1000, places=3), currencies), max_size=8)


def transaction(*moves: Posting, key: str | None = None, lots: ledger.OpenLot | None = None) -> ledger.Transaction:
    return ledger.Transaction(
        key=key or str(uuid4()),
        kind="DEPOSIT",
        postings=moves,
        description=ledger.Description("Given", "منحة"),
        lots=lots,
    )


def deposit(amount: str, key: str | None = None) -> ledger.Transaction:
    return transaction(Posting("DESK", "WALLET", Decimal(amount), "EGP"), key=key)


@given(postings)
def test_entries_sum_to_zero_in_each_currency_and_none_of_them_is_nothing(moves: list[Posting]) -> None:
    entries = transaction(*moves).entries()
    for currency in ("EGP", "KWD"):
        assert sum(Decimal(entry["amount"]) for entry in entries if entry["currency"] == currency) == 0
    assert all(Decimal(entry["amount"]) != 0 for entry in entries)
    places = [(entry["account"], entry["currency"]) for entry in entries]
    assert len(places) == len(set(places))


def test_postings_of_one_account_are_one_entry() -> None:
    moves = [Posting("UNAPPLIED", "SALES", Decimal(100), "EGP"), Posting("GATEWAY", "UNAPPLIED", Decimal(100), "EGP")]
    assert transaction(*moves).entries() == [
        {"account": "SALES", "currency": "EGP", "amount": "100"},
        {"account": "GATEWAY", "currency": "EGP", "amount": "-100"},
    ]


def test_points_beyond_what_an_account_holds_are_not_given(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    # Lots hold less, but what was given to a customer is one sum.
    most = Decimal(999_999_999_999_999)
    ledger.post(tx, wallet, [transaction(Posting("POINTS_GIVEN", "POINTS_REMOVED", most, "PTS"))])
    with pytest.raises(BalanceTooLarge):
        add_points(tx, an_actor(), Change(user_id=customer, reason=None), 1)


def test_a_customer_s_balance_never_goes_below_zero(tx: Transaction, wallet: ledger.Wallet) -> None:
    with pytest.raises(DatabaseError, match="never_below_zero"):
        ledger.post(tx, wallet, [deposit("-0.01")])


def test_nobody_s_wallet_can_be_locked_who_is_not_there(tx: Transaction) -> None:
    with pytest.raises(LookupError):
        ledger.lock_wallet(tx, UUID(int=0))


def test_a_key_is_posted_once(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    key = str(uuid4())
    first = ledger.post(tx, wallet, [deposit("100", key)])
    assert set(first) == {key}
    assert ledger.post(tx, wallet, [deposit("100", key)]) == {}
    assert balances(str(customer)).wallet == "100.00"
    with pytest.raises(LookupError):
        ledger.post_one(tx, wallet, deposit("100", key))


def test_a_key_that_stands_twice_among_those_posted_together_is_posted_once(
    tx: Transaction, customer: UUID, wallet: ledger.Wallet
) -> None:
    key = str(uuid4())
    assert set(ledger.post(tx, wallet, [deposit("100", key), deposit("100", key)])) == {key}
    assert balances(str(customer)).wallet == "100.00"


def test_what_is_new_is_posted_beside_what_was_posted_before(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    before, new = deposit("100"), deposit("50")
    ledger.post(tx, wallet, [before])
    assert set(ledger.post(tx, wallet, [before, new])) == {new.key}
    assert balances(str(customer)).wallet == "150.00"


def test_what_moves_nothing_is_not_posted_and_its_key_stays_free(tx: Transaction, wallet: ledger.Wallet) -> None:
    key = str(uuid4())
    there_and_back = [Posting("DESK", "WALLET", Decimal(5), "EGP"), Posting("WALLET", "DESK", Decimal(5), "EGP")]
    nothing = [transaction(key=key), deposit("0", key), transaction(*there_and_back, key=key)]
    assert ledger.post(tx, wallet, nothing) == {}
    assert ledger.post(tx, wallet, []) == {}
    with pytest.raises(LookupError):
        ledger.post_one(tx, wallet, nothing[0])
    assert ledger.post_one(tx, wallet, deposit("1", key))


def test_transactions_are_posted_in_their_order(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    withdrawal = replace(deposit("-100"), kind="WITHDRAWAL")
    ledger.post(tx, wallet, [deposit("100"), withdrawal, deposit("30")])
    sql = """
        select e.balance_after from ledger_entries e join ledger_accounts a on a.id = e.account_id
        where a.user_id = :id and a.kind = 'WALLET' order by e.number
    """
    assert tx.column(Decimal, sql, id=customer) == [Decimal(100), Decimal(0), Decimal(30)]
    assert {one.what for one in disagreements_of(customer)} == {"what staff moved by hand is not in the audit log"}


def test_a_transaction_says_what_it_is_about(tx: Transaction, wallet: ledger.Wallet) -> None:
    order_id = uuid4()
    posted = ledger.post_one(
        tx,
        wallet,
        ledger.Transaction(
            key=str(uuid4()),
            kind="EARN_POINTS",
            postings=[Posting("POINTS_ISSUED", "POINTS", Decimal(5), ledger.POINTS)],
            description=ledger.Description("Earned", "نقاط"),
            reference=ledger.Reference("ORDER", order_id),
            order_id=order_id,
            multiplier=Decimal("1.25"),
            lots=ledger.OpenLot(5, order_id),
        ),
    )
    rows = tx.run(
        """
        select kind, reference_type, reference_id, order_id, payment_id, description_en, description_ar, multiplier
        from ledger_transactions where id = :id
        """,
        id=posted,
    )
    assert rows == [["EARN_POINTS", "ORDER", order_id, order_id, None, "Earned", "نقاط", Decimal("1.250")]]


def test_balances_are_those_of_the_accounts_that_ever_moved(tx: Transaction, customer: UUID, wallet: ledger.Wallet) -> None:
    assert ledger.balances(tx, wallet) == {}
    ledger.post(tx, wallet, [deposit("100"), deposit("-100")])
    assert ledger.balances(tx, wallet) == {("WALLET", "EGP"): Decimal(0), ("DESK", "EGP"): Decimal(0)}
    assert ledger_of(customer) == {}
    assert ledger.balance(tx, wallet, "WALLET", "EGP") == 0
    assert ledger.balance(tx, wallet, "CASHBACK", "EGP") == 0
