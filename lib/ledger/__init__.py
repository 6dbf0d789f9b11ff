"""The double-entry ledger. Balances move here and nowhere else.

    accounts       accounts and their balances, and the lock for all accounts of a customer
    transactions   transactions, made of postings from one account to another
    lots           points by their expiry; those that expire first are spent first
    verifying      checks that the ledger and the other tables agree

A trigger changes an account's balance when an entry is inserted; nothing else can. The database refuses a transaction that
does not sum to zero, a customer's balance below zero and any change of what was posted: migrations/versions/0005_ledger.sql.
"""

from lib.ledger.accounts import (
    POINTS,
    Account,
    Wallet,
    balance,
    balances,
    lock_wallet,
    lock_wallets,
    other_currency_of_balances,
)
from lib.ledger.lots import (
    ExpireLot,
    OpenLot,
    ReturnPoints,
    TakePoints,
    available_points,
    expire_points,
    expire_points_of_many,
)
from lib.ledger.transactions import Description, Kind, Posting, Reference, Transaction, post, post_of_many, post_one

__all__ = [
    "POINTS",
    "Account",
    "Description",
    "ExpireLot",
    "Kind",
    "OpenLot",
    "Posting",
    "Reference",
    "ReturnPoints",
    "TakePoints",
    "Transaction",
    "Wallet",
    "available_points",
    "balance",
    "balances",
    "expire_points",
    "expire_points_of_many",
    "lock_wallet",
    "lock_wallets",
    "other_currency_of_balances",
    "post",
    "post_of_many",
    "post_one",
]
