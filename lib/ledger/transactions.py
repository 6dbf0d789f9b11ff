"""Transactions: postings from one account to another. Each has a key, and a key is posted only once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from lib import db
from lib.errors import BalanceTooLarge
from lib.ledger.accounts import Account, Wallet

Kind = Literal[
    "DEPOSIT",
    "WITHDRAWAL",
    "RECEIVE",
    "APPLY",
    "HOLD",
    "SPEND",
    "RELEASE",
    "REFUND",
    "LOSS",
    "EARN_POINTS",
    "TAKE_BACK_POINTS",
    "REDEEM_POINTS",
    "EXPIRE_POINTS",
    "CREDIT_POINTS",
    "CREDIT_CASHBACK",
    "TAKE_BACK_CASHBACK",
    "ADD_POINTS",
    "REMOVE_POINTS",
    "ADD_CASHBACK",
    "REMOVE_CASHBACK",
    "REQUEST_WITHDRAWAL",
    "APPROVE_WITHDRAWAL",
    "REJECT_WITHDRAWAL",
    # Only `post_transactions` itself posts these: what is free pays what is owed, whatever brought it.
    "PAY_DEBT",
]


@dataclass(frozen=True)
class Reference:
    """What a transaction is about. The customer sees it."""

    type: Literal["ORDER", "BOOKING", "PAYMENT", "REFUND", "CASHBACK"]
    id: UUID


@dataclass(frozen=True)
class Description:
    """What the customer reads about a transaction."""

    english: str
    arabic: str


@dataclass(frozen=True)
class Posting:
    """An amount from one account to another, in major units of `currency` (or in points). An amount of 0 moves nothing."""

    source: Account
    destination: Account
    amount: Decimal
    currency: str


class LotChange(Protocol):
    """How a transaction changes lots of points (lib/ledger/lots.py)."""

    def as_json(self) -> dict[str, object]:
        """Its field in `post_transactions` (migrations/versions/0009_money_core.sql)."""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """Postings that are written together. `key`: unique, made from what caused it.

    `order_id` and `payment_id`: verifying.py compares the order and the payment with the entries.
    """

    key: str
    kind: Kind
    postings: Sequence[Posting]
    description: Description
    reference: Reference | None = None
    order_id: UUID | None = None
    payment_id: UUID | None = None
    multiplier: Decimal | None = None
    lots: LotChange | None = None

    def entries(self) -> list[dict[str, str]]:
        """One entry for each account and currency of the postings; an entry of 0 is left out."""
        sums: dict[tuple[str, str], Decimal] = {}
        for posting in self.postings:
            for account, amount in ((posting.source, -posting.amount), (posting.destination, posting.amount)):
                key = (account, posting.currency)
                sums[key] = sums.get(key, Decimal(0)) + amount
        return [
            {"account": account, "currency": currency, "amount": str(amount)}
            for (account, currency), amount in sums.items()
            if amount != 0
        ]


@dataclass(frozen=True, kw_only=True)
class _Posted:
    key: str
    id: UUID | None


def post(tx: db.Transaction, wallet: Wallet, transactions: Sequence[Transaction]) -> dict[str, UUID]:
    """Post transactions of one customer with one statement, in this order; the id of each new one by its key.

    A transaction is skipped if its key was posted before or if it moves nothing. Raises BalanceTooLarge.
    """
    moving = [(transaction, entries) for transaction in transactions if (entries := transaction.entries())]
    if not moving:
        return {}
    try:
        rows = tx.all(
            _Posted,
            "select key, id from post_transactions(:user_id, :transactions::jsonb)",
            user_id=wallet.user_id,
            transactions=json.dumps([_as_json(transaction, entries) for transaction, entries in moving], default=str),
        )
    except db.OutOfRange as error:
        raise BalanceTooLarge from error
    return {row.key: row.id for row in rows if row.id is not None}


def post_of_many(tx: db.Transaction, transactions: Sequence[tuple[Wallet, Transaction]]) -> int:
    """Post transactions of several customers, whose wallets are locked, with one statement; how many were new."""
    by_user: dict[UUID, list[dict[str, object]]] = {}
    for wallet, transaction in transactions:
        if entries := transaction.entries():
            by_user.setdefault(wallet.user_id, []).append(_as_json(transaction, entries))
    return tx.value(
        int,
        "select count(id) from post_transactions_of_many(:batches::jsonb)",
        batches=json.dumps([{"user_id": user, "transactions": posted} for user, posted in by_user.items()], default=str),
    )


def post_one(tx: db.Transaction, wallet: Wallet, transaction: Transaction) -> UUID:
    """Post one transaction with a new key; its id. Raises LookupError if the key was posted before or it moves nothing."""
    return post(tx, wallet, [transaction])[transaction.key]


def _as_json(transaction: Transaction, entries: list[dict[str, str]]) -> dict[str, object]:
    reference = transaction.reference
    return {
        "key": transaction.key,
        "kind": transaction.kind,
        "reference_type": reference.type if reference else None,
        "reference_id": reference.id if reference else None,
        "order_id": transaction.order_id,
        "payment_id": transaction.payment_id,
        "description_en": transaction.description.english,
        "description_ar": transaction.description.arabic,
        "multiplier": transaction.multiplier,
        "entries": entries,
        **(transaction.lots.as_json() if transaction.lots else {}),
    }
