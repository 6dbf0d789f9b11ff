"""Gives balances to a customer directly through the ledger, and reads them."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import audit, db, ledger
from lib.config import config
from lib.db import Transaction
from lib.ledger import POINTS, Account, Kind, Posting
from lib.money import rounded
from tests.support.currencies import CURRENCY, as_told


@dataclass(frozen=True)
class Balances:
    """Free and held balances. Points are whole."""

    wallet: str = as_told("0")
    cashback: str = as_told("0")
    points: int = 0
    held: str = as_told("0")
    points_held: int = 0


@db.in_transaction
def give(tx: Transaction, user_id: str, *, wallet: str = "0", cashback: str = "0", points: int = 0) -> None:
    """Give a customer these amounts, in the currency of balances, with the audit rows that a deposit by staff has."""
    currency = config().loyalty.currency
    given = [
        _given("DEPOSIT", Posting("DESK", "WALLET", Decimal(wallet), currency)),
        _given("DEPOSIT", Posting("DESK", "CASHBACK", Decimal(cashback), currency)),
        _given("EARN_POINTS", Posting("POINTS_ISSUED", "POINTS", Decimal(points), POINTS), ledger.OpenLot(points)),
    ]
    posted = ledger.post(tx, ledger.lock_wallet(tx, UUID(user_id)), given)
    for one in given:
        if one.key in posted:
            after = {"amount": one.postings[0].amount, "transaction_id": posted[one.key]}
            audit.record(tx, None, "deposit", "wallet", UUID(user_id), after=after)


def _given(kind: Kind, posting: Posting, lots: ledger.OpenLot | None = None) -> ledger.Transaction:
    return ledger.Transaction(
        key=f"given:{uuid.uuid4()}",
        kind=kind,
        postings=[posting],
        description=ledger.Description("Given", "منحة"),
        lots=lots,
    )


def balances(user_id: str) -> Balances:
    """The balances of a customer now."""
    accounts = db.read.run("select kind, balance from ledger_accounts where user_id = :id", id=UUID(user_id))
    by_kind = {kind: Decimal(balance) for kind, balance in accounts}

    def of(account: Account) -> Decimal:
        balance = by_kind.get(account, Decimal(0))
        shown = rounded(balance, CURRENCY)
        # A test may keep balances in a currency with more decimals than this run's.
        return shown if shown == balance else balance

    return Balances(
        wallet=str(of("WALLET")),
        cashback=str(of("CASHBACK")),
        points=int(of("POINTS")),
        held=str(of("WALLET_HELD") + of("CASHBACK_HELD")),
        points_held=int(of("POINTS_HELD")),
    )
