"""Orders that were paid before there was a ledger get their postings when it comes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support import database

ROOT = Path(__file__).parents[2]
TO_REVISION = """
import sys
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from migrations.runner import connect
alembic = Config()
alembic.set_main_option("script_location", "migrations")
alembic.set_main_option("path_separator", "os")
with create_engine("postgresql+pg8000://", creator=connect).connect() as connection:
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, sys.argv[1])
"""
USER = "11111111-1111-1111-1111-111111111111"

# The order's currency and payments: method type, status, asked, received, in which currency, review reason, resolution,
# what a person settled it for. What counts for the order, and what of the money counts for nothing, stand behind it.
ORDERS: dict[str, tuple[str, list[dict[str, Any]], str, dict[str, str]]] = {
    "plain": ("EGP", [{"status": "PAID", "received": "100"}], "100", {}),
    "manual": ("EGP", [{"type": "MANUAL", "status": "PAID", "received": "100"}], "100", {}),
    "pending": ("EGP", [{"status": "PENDING"}], "0", {}),
    "failed": ("EGP", [{"status": "FAILED"}], "0", {}),
    "twice": (
        "EGP",
        [{"status": "PAID", "received": "100"}, {"status": "PAID", "received": "100", "reason": "SECOND_PAYMENT"}],
        "100",
        {"EGP": "100"},
    ),
    "short": (
        "EGP",
        [{"status": "PAID", "received": "60", "reason": "AMOUNT_DIFFERS", "resolution": "SETTLED"}],
        "60",
        {},
    ),
    "long": (
        "EGP",
        [{"status": "PAID", "received": "130", "reason": "AMOUNT_DIFFERS", "resolution": "SETTLED", "settled": "100"}],
        "100",
        {"EGP": "30"},
    ),
    "dollars": (
        "EGP",
        [
            {
                "status": "PAID",
                "received": "2",
                "currency": "USD",
                "reason": "CURRENCY_DIFFERS",
                "resolution": "SETTLED",
                "settled": "100",
            }
        ],
        "100",
        {},
    ),
    "refund due": (
        "EGP",
        [{"status": "PAID", "received": "60", "reason": "AMOUNT_DIFFERS", "resolution": "REFUND_DUE"}],
        "0",
        {"EGP": "60"},
    ),
    "refund reported": ("EGP", [{"status": "PAID", "received": "100", "reason": "REFUND_REPORTED"}], "100", {}),
    "in review": ("EGP", [{"status": "PENDING", "received": "60", "reason": "AMOUNT_DIFFERS"}], "0", {}),
    "dinars": ("KWD", [{"status": "PAID", "received": "100.125", "asked": "100.125", "currency": "KWD"}], "100.125", {}),
}


def migrate(url: str, revision: str) -> None:
    subprocess.run(  # noqa: S603 - a program of this file
        [sys.executable, "-c", TO_REVISION, revision], cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True
    )


@pytest.fixture(scope="module")
def url(postgres_url: str) -> Iterator[str]:
    """A database as the system before the ledger left it, brought to the newest schema."""
    with database.scratch_database(postgres_url) as scratch:
        migrate(scratch, "0004")
        database.run(
            scratch,
            """
            insert into users (id, email, password_hash, first_name, last_name)
            values (:id::uuid, 'x@example.com', '!', 'a', 'b')
            """,
            id=USER,
        )
        for name, (currency, payments, applied, _) in ORDERS.items():
            write_order(scratch, name, currency, payments, applied)
        migrate(scratch, "head")
        yield scratch


@pytest.fixture
def own_url(postgres_url: str, url: str) -> Iterator[str]:
    """A copy of it, for what changes something."""
    with database.scratch_database(postgres_url, urlsplit(url).path[1:]) as copy:
        yield copy


def write_order(url: str, name: str, currency: str, payments: list[dict[str, Any]], applied: str) -> None:
    total = max(Decimal(applied), Decimal(100))
    status, payment_status = "ISSUED", "UNPAID" if applied == "0" else "PARTIALLY_PAID"
    if Decimal(applied) == total:
        status = payment_status = "PAID"
    order_id = database.run(
        url,
        """
        insert into orders (order_number, user_id, created_by_user_id, order_type, currency, subtotal, discount_amount,
                            tax_rate, tax_amount, total_amount, amount_paid, status, payment_status, issued_at)
        values (:name, :user::uuid, :user::uuid, 'OTHER', :currency, :total::numeric, 0, 0, 0, :total::numeric,
                :applied::numeric, :status, :payment_status, now()) returning id::text
        """,
        name=name,
        user=USER,
        currency=currency,
        total=str(total),
        applied=applied,
        status=status,
        payment_status=payment_status,
    )[0][0]
    for number, payment in enumerate(payments):
        payment_id = database.run(
            url,
            """
            insert into payments (payment_number, order_id, user_id, payment_type, payment_method, amount, currency, status,
                                  return_token, received_amount, received_currency, review_reason, resolution, resolved_at)
            values (:number, :order::uuid, :user::uuid, :type, 'Card', :asked::numeric, :currency, :status, :number,
                    :received::numeric, :received_currency, :reason, :resolution,
                    case when :resolution::text is not null then now() end) returning id::text
            """,
            number=f"{name}-{number}",
            order=order_id,
            user=USER,
            type=payment.get("type", "ORDER"),
            asked=payment.get("asked", "100"),
            currency=currency,
            status=payment["status"],
            received=payment.get("received"),
            received_currency=payment.get("currency", "EGP") if "received" in payment else None,
            reason=payment.get("reason"),
            resolution=payment.get("resolution"),
        )[0][0]
        if payment.get("resolution") == "SETTLED":
            database.run(
                url,
                """
                insert into audit_log (action, entity, entity_id, after)
                values ('resolve-settle', 'payment', :id::uuid, :after::jsonb)
                """,
                id=payment_id,
                after=json.dumps({"amount": payment.get("settled")}),
            )


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_s_postings_say_what_was_paid_of_it(url: str, name: str) -> None:
    currency, _, applied, unapplied = ORDERS[name]
    sums = {
        (kind, code): amount
        for kind, code, amount in database.run(
            url,
            """
            select a.kind, a.currency, sum(e.amount) from orders o
            join ledger_transactions t on t.order_id = o.id join ledger_entries e on e.transaction_id = t.id
            join ledger_accounts a on a.id = e.account_id where o.order_number = :name group by a.kind, a.currency
            """,
            name=name,
        )
    }
    assert sums.get(("SALES", currency), 0) == Decimal(applied)
    assert {code: amount for (kind, code), amount in sums.items() if kind == "UNAPPLIED" and amount} == {
        code: Decimal(amount) for code, amount in unapplied.items()
    }
    assert database.run(
        url,
        "select sum(p.applied_amount) from payments p join orders o on o.id = p.order_id where o.order_number = :name",
        name=name,
    ) == [[Decimal(applied)]]


def test_money_at_the_desk_and_from_the_gateway_are_told_apart(url: str) -> None:
    rows = database.run(
        url, "select kind, currency, balance from ledger_accounts where kind in ('DESK', 'GATEWAY') order by kind, currency"
    )
    assert [[kind, currency, str(balance)] for kind, currency, balance in rows] == [
        ["DESK", "EGP", "-100.000"],
        ["GATEWAY", "EGP", "-650.000"],
        ["GATEWAY", "KWD", "-100.125"],
        ["GATEWAY", "USD", "-2.000"],
    ]


def test_the_proof_agrees_and_every_user_has_a_wallet(url: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "admin", "verify-ledger"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    # The gateway's ids are missing from these rows, and nothing else.
    wrong = [line for line in told.stdout.splitlines() if "gateway invoice" not in line and "disagree" not in line]
    assert wrong == []
    assert database.run(url, "select user_id::text from wallets") == [[USER]]


def test_accounts_of_before_get_a_state_and_a_card_number(postgres_url: str) -> None:
    with database.scratch_database(postgres_url) as scratch:
        migrate(scratch, "0028")
        for number, active in enumerate((True, False)):
            database.run(
                scratch,
                """
                insert into users (email, password_hash, first_name, last_name, is_active, created_at)
                values (:email, '!', 'a', 'b', :active, now() - make_interval(days => :age))
                """,
                email=f"{number}@example.com",
                active=active,
                age=9 - number,
            )
        migrate(scratch, "head")
        made = "insert into users (email, password_hash, first_name, last_name) values ('2@example.com', '!', 'a', 'b')"
        database.run(scratch, made)
        assert database.run(scratch, "select membership_id_display, status, is_active from users order by email") == [
            ["ALT-000001", "ACTIVE", True],
            ["ALT-000002", "SUSPENDED", False],
            ["ALT-000003", "ACTIVE", True],
        ]


def test_migrating_again_posts_nothing_more(own_url: str) -> None:
    count = "select count(*) from ledger_entries"
    before = database.run(own_url, count)
    migrate(own_url, "head")
    assert database.run(own_url, "select post_payments_without_ledger()") == [[0]]
    assert database.run(own_url, count) == before


def test_a_payment_that_the_release_before_settles_meanwhile_is_posted_when_the_operator_asks(own_url: str) -> None:
    write_order(own_url, "meanwhile", "EGP", [{"status": "PAID", "received": "100"}], "100")
    assert database.run(own_url, "select post_payments_without_ledger()") == [[1]]
    assert database.run(
        own_url,
        """
        select applied_amount::integer from payments p join orders o on o.id = p.order_id
        where o.order_number = 'meanwhile'
        """,
    ) == [[100]]
