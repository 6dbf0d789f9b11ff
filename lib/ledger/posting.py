"""Accounts and transactions: what is posted under a key is posted once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib.db import Transaction

# The unit of points; no ISO 4217 code, so that it never meets money.
POINTS = "PTS"

Account = Literal[
    "WALLET",
    "WALLET_HELD",
    "CASHBACK",
    "CASHBACK_HELD",
    "POINTS",
    "POINTS_HELD",
    "UNAPPLIED",
    "POINTS_DEBT",
    "CASHBACK_DEBT",
    "GATEWAY",
    "DESK",
    "SALES",
    "EXCHANGE",
    "REDEMPTIONS",
    "CASHBACK_COST",
    "POINTS_ISSUED",
    "POINTS_REDEEMED",
    "POINTS_EXPIRED",
]
Kind = Literal[
    "DEPOSIT",
    "WITHDRAWAL",
    "RECEIVE",
    "APPLY",
    "HOLD",
    "SPEND",
    "RELEASE",
    "REFUND",
    "EARN_POINTS",
    "TAKE_BACK_POINTS",
    "REDEEM_POINTS",
    "EXPIRE_POINTS",
    "CREDIT_CASHBACK",
    "TAKE_BACK_CASHBACK",
    "WITHDRAW_CASHBACK",
]


@dataclass(frozen=True)
class Words:
    """What a transaction says of itself to its customer."""

    english: str
    arabic: str


@dataclass(frozen=True)
class Move:
    """So much from one account to another, in major units of `currency` (or points); nothing moves by an amount of 0."""

    source: Account
    target: Account
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Posting:
    """A transaction to post. `key`: its cause; `reference`: what the customer is told it is about.

    `order_id` and `payment_id` are what verifying proves it against.
    """

    key: str
    kind: Kind
    user_id: UUID
    moves: Sequence[Move]
    words: Words
    reference: tuple[str, UUID] | None = None
    order_id: UUID | None = None
    payment_id: UUID | None = None
    multiplier: Decimal | None = field(default=None)


def lock_wallet(tx: Transaction, user_id: UUID) -> None:
    """Hold all accounts of a customer until the transaction ends. Raises LookupError for nobody's."""
    tx.value("select id from wallets where user_id = :user_id for update", user_id=user_id)


def balance(tx: Transaction, user_id: UUID, account: Account, currency: str) -> Decimal:
    """What an account holds, 0 where it was never moved. It stays so only while the wallet is locked."""
    row = tx.row(
        "select balance from ledger_accounts where user_id = :user_id and kind = :account and currency = :currency",
        user_id=user_id,
        account=account,
        currency=currency,
    )
    return Decimal(str(row[0])) if row else Decimal(0)


def post(tx: Transaction, posting: Posting) -> UUID | None:
    """Post once: the transaction's id, or None where its key was posted before or nothing moves."""
    legs = _legs(posting.moves)
    if not legs:
        return None
    lock_wallet(tx, posting.user_id)
    about_type, about_id = posting.reference or (None, None)
    posted = tx.value(
        """
        select post_transaction(:key, :kind, :user_id, :about_type, :about_id, :order_id, :payment_id, :english, :arabic,
                                :multiplier, :legs::jsonb)
        """,
        key=posting.key,
        kind=posting.kind,
        user_id=posting.user_id,
        about_type=about_type,
        about_id=about_id,
        order_id=posting.order_id,
        payment_id=posting.payment_id,
        english=posting.words.english,
        arabic=posting.words.arabic,
        multiplier=posting.multiplier,
        legs=json.dumps(legs),
    )
    return None if posted is None else UUID(str(posted))


def _legs(moves: Sequence[Move]) -> list[dict[str, str]]:
    """The moves as one entry for each account, those that come to nothing left out."""
    sums: dict[tuple[str, str], Decimal] = {}
    for move in moves:
        for account, amount in ((move.source, -move.amount), (move.target, move.amount)):
            place = (account, move.currency)
            sums[place] = sums.get(place, Decimal(0)) + amount
    return [
        {"account": account, "currency": currency, "amount": str(amount)}
        for (account, currency), amount in sums.items()
        if amount != 0
    ]
