"""The customers of row history, made through the real triggers: each has a hundred entries, and the first 50,000 more."""

import json
import sys
import time
from dataclasses import dataclass
from typing import Annotated

from lib import db
from lib.db import Transaction

NAME = "bench_history"  # of the database
CUSTOMERS = 10_000
BATCH = 50
# The first customer has a long history, so that a late page of it has many rows before it.
LONG_HISTORY = 25_000

_USERS = """
    insert into users (id, email, password_hash, first_name, last_name, language)
    select md5('seed-customer-' || n)::uuid, 'customer' || n || '@seed.example', '!', 'Customer', n::text, 'en'
    from generate_series(:first::integer, :last::integer) n
"""
_TRANSACTIONS = """
    select count(post_transaction(
        case when :is_of_hold::boolean then 'hold:' || md5('seed-hold-' || n || '-' || i)::uuid || ':' || :key::text
             else 'seed:' || n || ':' || :key::text || ':' || i end,
        :kind::text, md5('seed-customer-' || n)::uuid, null, null,
        case when :is_of_order::boolean then md5('seed-order-' || n || '-' || i)::uuid end,
        case when :is_of_hold::boolean then md5('seed-payment-' || n || '-' || i)::uuid end,
        :kind::text, :kind::text, null, :legs::jsonb))
    from generate_series(:first::integer, :last::integer) n, generate_series(:low::integer, :high::integer) i
"""
_POINTS_LOTS = """
    insert into points_lots (user_id, transaction_id, points, points_left, expires_at)
    select md5('seed-customer-' || n)::uuid, t.id, 50, 50, now() + make_interval(days => 365 + i)
    from generate_series(:first::integer, :last::integer) n cross join generate_series(1, 8) i
    join ledger_transactions t on t.key = 'seed:' || n || ':points:' || i
"""
_ORDERS = """
    insert into orders (id, order_number, user_id, created_by_user_id, order_type, status, payment_status, currency,
                        subtotal, discount_amount, tax_rate, tax_amount, total_amount, amount_paid, issued_at, paid_at)
    select md5('seed-order-' || n || '-' || i)::uuid, 'SEED-' || n || '-' || i, md5('seed-customer-' || n)::uuid,
           md5('seed-customer-' || n)::uuid, 'SERVICE', 'PAID', 'PAID', 'EGP', 200, 0, 0, 0, 200, 200, now(), now()
    from generate_series(:first::integer, :last::integer) n, generate_series(1, 2) i
"""
_PAYMENTS = """
    insert into payments (id, payment_number, order_id, user_id, payment_type, payment_method, amount, currency, status,
                          return_token, paid_at, check_due_at, wallet_to_use)
    select md5('seed-payment-' || n || '-' || i)::uuid, 'SEED-' || n || '-' || i,
           md5('seed-order-' || n || '-' || i)::uuid, md5('seed-customer-' || n)::uuid, 'ORDER', 'BALANCE', 200, 'EGP',
           'PAID', 'seed-' || n || '-' || i, now(), null, 200
    from generate_series(:first::integer, :last::integer) n, generate_series(1, 2) i
"""
_HOLDS = """
    insert into holds (id, order_id, payment_id, user_id, source, amount, state)
    select md5('seed-hold-' || n || '-' || i)::uuid, md5('seed-order-' || n || '-' || i)::uuid,
           md5('seed-payment-' || n || '-' || i)::uuid, md5('seed-customer-' || n)::uuid, 'WALLET', 200, 'SPENT'
    from generate_series(:first::integer, :last::integer) n, generate_series(1, 2) i
"""
_EARNED_LOTS = """
    insert into points_lots (user_id, transaction_id, order_id, points, points_left, expires_at)
    select md5('seed-customer-' || n)::uuid, t.id, t.order_id, 200, 200, now() + interval '365 days'
    from generate_series(:first::integer, :last::integer) n cross join generate_series(1, 2) i
    join ledger_transactions t on t.key = 'seed:' || n || ':earned:' || i
"""


_AUDIT_ROWS = """
    insert into audit_log (action, entity, entity_id, after)
    select 'deposit', 'wallet', t.user_id, jsonb_build_object('transaction_id', t.id, 'amount', e.amount)
    from ledger_transactions t join ledger_entries e on e.transaction_id = t.id and e.amount > 0
    where t.key = any(:keys::text[])
"""


@dataclass(frozen=True, kw_only=True)
class _Users:
    others: Annotated[int, db.Column("count(*) filter (where email not like '%@seed.example')")]
    seeded: Annotated[int, db.Column("count(*) filter (where email like 'customer%@seed.example')")]


@dataclass(frozen=True)
class _Transfer:
    """Transactions of one kind, one for each of `numbers`, which move an amount from one account to another."""

    key: str
    kind: str
    numbers: range
    source: str
    target: str
    amount: str
    currency: str = "EGP"
    is_of_order: bool = False
    is_of_hold: bool = False


_HISTORY = (
    _Transfer("deposit", "DEPOSIT", range(1, 25), "DESK", "WALLET", "100"),
    _Transfer("withdrawal", "WITHDRAWAL", range(1, 13), "WALLET", "DESK", "10"),
    _Transfer("points", "EARN_POINTS", range(1, 9), "POINTS_ISSUED", "POINTS", "50", "PTS"),
)
_OF_ORDERS = (
    _Transfer("hold", "HOLD", range(1, 3), "WALLET", "WALLET_HELD", "200", is_of_order=True, is_of_hold=True),
    _Transfer("spend", "SPEND", range(1, 3), "WALLET_HELD", "SALES", "200", is_of_order=True, is_of_hold=True),
    _Transfer("earned", "EARN_POINTS", range(1, 3), "POINTS_ISSUED", "POINTS", "200", "PTS", is_of_order=True),
)


def _post(tx: Transaction, customers: range, transfer: _Transfer) -> None:
    legs = [
        {"account": transfer.source, "currency": transfer.currency, "amount": f"-{transfer.amount}"},
        {"account": transfer.target, "currency": transfer.currency, "amount": transfer.amount},
    ]
    tx.run(
        _TRANSACTIONS,
        first=customers[0],
        last=customers[-1],
        low=transfer.numbers[0],
        high=transfer.numbers[-1],
        key=transfer.key,
        kind=transfer.kind,
        is_of_order=transfer.is_of_order,
        is_of_hold=transfer.is_of_hold,
        legs=json.dumps(legs),
    )
    if not transfer.is_of_order:
        tx.run(
            _AUDIT_ROWS,
            keys=[f"seed:{n}:{transfer.key}:{i}" for n in customers for i in transfer.numbers],
        )


@db.in_transaction
def _seed(tx: Transaction, customers: range) -> None:
    """Add these customers, each with a hundred entries, two orders, and what belongs to them."""
    bounds = {"first": customers[0], "last": customers[-1]}
    tx.run(_USERS, **bounds)
    for transfer in _HISTORY:
        _post(tx, customers, transfer)
    for statement in (_POINTS_LOTS, _ORDERS, _PAYMENTS, _HOLDS):
        tx.run(statement, **bounds)
    for transfer in _OF_ORDERS:
        _post(tx, customers, transfer)
    tx.run(_EARNED_LOTS, **bounds)


@db.in_transaction
def _lengthen(tx: Transaction, numbers: range) -> None:
    """Add one deposit for each number to the first customer's history."""
    _post(tx, range(1, 2), _Transfer("long", "DEPOSIT", numbers, "DESK", "WALLET", "0.01"))


def seed() -> None:
    """Fill the database that `lib.db` uses. Exits if it has other customers, so that no real database is filled."""
    users = db.read.one(_Users, "select :row from users")
    if users.others:
        sys.exit(f"This database has {users.others} users of its own; give an empty one.")
    began = time.monotonic()
    for first in range(users.seeded + 1, CUSTOMERS + 1, BATCH):
        _seed(range(first, first + BATCH))
        if first % 1000 == 1:
            print(f"{first - 1:6} customers, {time.monotonic() - began:4.0f} s", flush=True)
    done = db.read.value(int, "select count(*) from ledger_transactions where key like 'seed:1:long:%'")
    for first in range(done + 1, LONG_HISTORY + 1, 1000):
        _lengthen(range(first, first + 1000))
    entries = db.read.value(int, "select count(*) from ledger_entries")
    print(f"{CUSTOMERS} customers, {entries} entries, {time.monotonic() - began:.0f} s")
