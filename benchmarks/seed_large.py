"""`make seed-large`: 10,000 customers with a hundred entries each, and one with 50,000 more, through the real triggers."""

import sys
import time

from benchmarks.server import large_database
from lib import db
from lib.db import Transaction

CUSTOMERS = 10_000
BATCH = 50
# The first customer's history is long, so that a page deep in it has something to skip.
LONG_HISTORY = 25_000

_USER = "md5('seed-customer-' || n)::uuid"
_ORDER = "md5('seed-order-' || n || '-' || i)::uuid"
_PAYMENT = "md5('seed-payment-' || n || '-' || i)::uuid"
_HOLD = "md5('seed-hold-' || n || '-' || i)::uuid"
_CUSTOMERS = "generate_series(:first::integer, :last::integer) n"


def _posted(key: str, kind: str, times: str, legs: str, order: str = "null") -> str:
    """A select that posts one transaction for each customer and each of `times`; `legs`: account, currency, amount."""
    pairs = ", ".join(
        f"jsonb_build_object('account', '{account}', 'currency', '{currency}', 'amount', {amount})"
        for account, currency, amount in (leg.split() for leg in legs.split(","))
    )
    return f"""
        select count(post_transaction('seed:' || n || ':{key}:' || i, '{kind}', {_USER}, null, null, {order}, null,
                                      '{kind}', '{kind}', null, jsonb_build_array({pairs})))
        from {_CUSTOMERS}, {times} i
    """  # noqa: S608 - constants


_STATEMENTS = (
    f"""
    insert into users (id, email, password_hash, first_name, last_name, language)
    select {_USER}, 'customer' || n || '@seed.example', '!', 'Customer', n::text, 'en' from {_CUSTOMERS}
    """,  # noqa: S608 - constants
    _posted("deposit", "DEPOSIT", "generate_series(1, 24)", "DESK EGP -100,WALLET EGP 100"),
    _posted("withdrawal", "WITHDRAWAL", "generate_series(1, 12)", "WALLET EGP -10,DESK EGP 10"),
    _posted("points", "EARN_POINTS", "generate_series(1, 8)", "POINTS_ISSUED PTS -50,POINTS PTS 50"),
    f"""
    insert into points_lots (user_id, transaction_id, points, points_left, expires_at)
    select {_USER}, t.id, 50, 50, now() + make_interval(days => 365 + i)
    from {_CUSTOMERS} cross join generate_series(1, 8) i
    join ledger_transactions t on t.key = 'seed:' || n || ':points:' || i
    """,  # noqa: S608 - constants
    f"""
    insert into orders (id, order_number, user_id, created_by_user_id, order_type, status, payment_status, currency,
                        subtotal, discount_amount, tax_rate, tax_amount, total_amount, amount_paid, issued_at, paid_at)
    select {_ORDER}, 'SEED-' || n || '-' || i, {_USER}, {_USER}, 'SERVICE', 'PAID', 'PAID', 'EGP', 200, 0, 0, 0, 200, 200,
           now(), now()
    from {_CUSTOMERS}, generate_series(1, 2) i
    """,  # noqa: S608 - constants
    f"""
    insert into payments (id, payment_number, order_id, user_id, payment_type, payment_method, amount, currency, status,
                          return_token, paid_at, check_due_at, wallet_to_use)
    select {_PAYMENT}, 'SEED-' || n || '-' || i, {_ORDER}, {_USER}, 'ORDER', 'BALANCE', 200, 'EGP', 'PAID',
           'seed-' || n || '-' || i, now(), null, 200
    from {_CUSTOMERS}, generate_series(1, 2) i
    """,  # noqa: S608 - constants
    f"""
    insert into holds (id, order_id, payment_id, user_id, source, amount, state)
    select {_HOLD}, {_ORDER}, {_PAYMENT}, {_USER}, 'WALLET', 200, 'SPENT' from {_CUSTOMERS}, generate_series(1, 2) i
    """,  # noqa: S608 - constants
    _posted("hold", "HOLD", "generate_series(1, 2)", "WALLET EGP -200,WALLET_HELD EGP 200", _ORDER),
    _posted("spend", "SPEND", "generate_series(1, 2)", "WALLET_HELD EGP -200,SALES EGP 200", _ORDER),
    _posted("earned", "EARN_POINTS", "generate_series(1, 2)", "POINTS_ISSUED PTS -200,POINTS PTS 200", _ORDER),
    f"""
    insert into points_lots (user_id, transaction_id, order_id, points, points_left, expires_at)
    select {_USER}, t.id, t.order_id, 200, 200, now() + interval '365 days'
    from {_CUSTOMERS} cross join generate_series(1, 2) i
    join ledger_transactions t on t.key = 'seed:' || n || ':earned:' || i
    """,  # noqa: S608 - constants
)


@db.in_transaction
def _seed(tx: Transaction, first: int, last: int) -> None:
    for statement in _STATEMENTS:
        tx.run(statement, first=first, last=last)


@db.in_transaction
def _lengthen(tx: Transaction, low: int, high: int) -> None:
    """So many more deposits for the first customer."""
    deposits = _posted("long", "DEPOSIT", "generate_series(:low::integer, :high::integer)", "DESK EGP -0.01,WALLET EGP 0.01")
    tx.run(deposits, first=1, last=1, low=low, high=high)


def seed() -> None:
    """Fill the database that `lib.db` reads. Exits where it has other customers, whom nobody wants to drown."""
    strangers, seeded = db.read(
        """
        select count(*) filter (where email not like '%@seed.example'), count(*) filter (where email like '%@seed.example')
        from users
        """
    )[0]
    if strangers:
        sys.exit(f"This database has {strangers} users of its own; give an empty one.")
    began = time.monotonic()
    for first in range(seeded + 1, CUSTOMERS + 1, BATCH):
        _seed(first, first + BATCH - 1)
        if first % 1000 == 1:
            print(f"{first - 1:6} customers, {time.monotonic() - began:4.0f} s", flush=True)
    if seeded < CUSTOMERS:
        for first in range(1, LONG_HISTORY + 1, 1000):
            _lengthen(first, first + 999)
    entries = db.read("select count(*) from ledger_entries")[0][0]
    print(f"{CUSTOMERS} customers, {entries} entries, {time.monotonic() - began:.0f} s")


def main() -> None:
    """Seed the large database."""
    with large_database():
        seed()


if __name__ == "__main__":
    main()
