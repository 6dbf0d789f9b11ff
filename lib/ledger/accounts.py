"""The accounts of a customer: what they have, where it came from and where it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import db

# The currency of points. It is not an ISO 4217 code, so it can't be mistaken for money.
POINTS = "PTS"

Account = Literal[
    "WALLET",
    "WALLET_HELD",
    "CASHBACK",
    "CASHBACK_HELD",
    "POINTS",
    "POINTS_HELD",
    "POINTS_PENDING",
    "UNAPPLIED",
    "POINTS_DEBT",
    "CASHBACK_DEBT",
    "GATEWAY",
    "DESK",
    "SALES",
    "EXCHANGE",
    "LOSSES",
    "REDEMPTIONS",
    "CASHBACK_COST",
    "CASHBACK_GIVEN",
    "POINTS_ISSUED",
    "POINTS_GIVEN",
    "POINTS_REDEEMED",
    "POINTS_REMOVED",
    "POINTS_EXPIRED",
]


@dataclass(frozen=True)
class Wallet:
    """All accounts of a customer, locked until the transaction ends."""

    user_id: UUID


def lock_wallet(tx: db.Transaction, user_id: UUID) -> Wallet:
    """Lock all accounts of a customer by their row in `wallets`. Raises LookupError if there is no such customer."""
    tx.value(UUID, "select id from wallets where user_id = :user_id for update", user_id=user_id)
    return Wallet(user_id)


def lock_wallets(tx: db.Transaction, user_ids: Sequence[UUID]) -> list[Wallet]:
    """Lock all accounts of several customers, always in the same order."""
    sql = "select user_id from wallets where user_id = any(:user_ids::uuid[]) order by user_id for update"
    return [Wallet(user_id) for user_id in tx.column(UUID, sql, user_ids=list(user_ids))]


def other_currency_of_balances(currency: str) -> str | None:
    """A currency other than this one in which somebody has something in their wallet or of cashback; None if nobody does."""
    sql = """
        select currency from ledger_accounts
        where kind in ('WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD') and balance <> 0 and currency <> :currency
        limit 1
        """
    return db.read.first_value(str, sql, currency=currency)


@dataclass(frozen=True, kw_only=True)
class _Balance:
    kind: Account
    currency: str
    balance: Decimal


def balances(tx: db.Transaction, wallet: Wallet) -> dict[tuple[Account, str], Decimal]:
    """The balance of each account of a customer, by kind and currency. An account without entries is missing."""
    rows = tx.all(
        _Balance, "select kind, currency, balance from ledger_accounts where user_id = :user_id", user_id=wallet.user_id
    )
    return {(row.kind, row.currency): row.balance for row in rows}


def balance(tx: db.Transaction, wallet: Wallet, account: Account, currency: str) -> Decimal:
    """The balance of one account of a customer, in major units of `currency` (or in points); 0 if it has no entries."""
    amount = tx.first_value(
        Decimal,
        "select balance from ledger_accounts where user_id = :user_id and kind = :account and currency = :currency",
        user_id=wallet.user_id,
        account=account,
        currency=currency,
    )
    return Decimal(0) if amount is None else amount
