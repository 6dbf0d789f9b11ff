"""A payment's or a refund's state is the same to Python and to SQL, and SQL still finds it by its index."""

import itertools
import json
import re
from dataclasses import dataclass
from typing import get_args

import pytest

from lib.db import Transaction
from lib.payments.locks import LockedPayment, PaymentStatus, Resolution, ReviewReason
from lib.refunds.records import LockedRefund, RefundStatus

# A decision is about a reason: the table has none without one.
COMBINATIONS = [
    {"status": status, "review_reason": reason, "resolution": resolution}
    for status, reason, resolution in itertools.product(
        get_args(PaymentStatus), (None, *get_args(ReviewReason)), (None, *get_args(Resolution))
    )
    if reason is not None or resolution is None
]


@dataclass(frozen=True, kw_only=True)
class States:
    """What SQL says of a payment."""

    in_review: bool
    is_settled: bool
    is_closed: bool


@pytest.mark.parametrize(
    ("table", "column", "known"),
    [
        ("payments", "status", PaymentStatus),
        ("payments", "review_reason", ReviewReason),
        ("payments", "resolution", Resolution),
        ("refunds", "status", RefundStatus),
    ],
)
def test_python_knows_just_the_values_that_the_table_allows(tx: Transaction, table: str, column: str, known: object) -> None:
    (rule,) = tx.column(
        str,
        """
        select pg_get_constraintdef(c.oid) from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]
        where c.contype = 'c' and c.conrelid = (:table::text)::regclass and a.attname = :column
        """,
        table=table,
        column=column,
    )
    assert set(re.findall(r"'(\w+)'", rule)) == set(get_args(known))


def test_sql_and_python_say_the_same_of_every_payment(tx: Transaction) -> None:
    rows = json.dumps([{**one, "amount": 1, "currency": "EGP", "points_to_use": 0} for one in COMBINATIONS])
    payments = tx.all(LockedPayment, "select :row from jsonb_populate_recordset(null::payments, :rows) payments", rows=rows)
    states = tx.all(
        States,
        """
        select in_review(p) as in_review, is_settled(p) as is_settled, is_closed(p) as is_closed
        from jsonb_populate_recordset(null::payments, :rows) p
        """,
        rows=rows,
    )
    assert len(payments) == len(states) == 259
    for payment, said in zip(payments, states, strict=True):
        seen = States(in_review=payment.in_review, is_settled=payment.is_settled, is_closed=payment.is_closed)
        assert seen == said, payment


def test_a_payment_is_open_settled_or_closed_and_nothing_else(tx: Transaction) -> None:
    rows = json.dumps([{"status": status, "amount": 1, "currency": "EGP"} for status in get_args(PaymentStatus)])
    payments = tx.all(LockedPayment, "select :row from jsonb_populate_recordset(null::payments, :rows) payments", rows=rows)
    found = {one.status: (one.status == "PENDING") + one.is_settled + one.is_closed for one in payments}
    assert found == dict.fromkeys(get_args(PaymentStatus), 1)


def test_sql_and_python_say_the_same_of_every_refund(tx: Transaction) -> None:
    rows = json.dumps([{"status": status, "amount": 1, "currency": "EGP"} for status in get_args(RefundStatus)])
    refunds = tx.all(LockedRefund, "select :row from jsonb_populate_recordset(null::refunds, :rows) refunds", rows=rows)
    said = tx.column(bool, "select is_under_way(r) from jsonb_populate_recordset(null::refunds, :rows) r", rows=rows)
    assert [refund.is_under_way for refund in refunds] == said
    assert {refund.status for refund in refunds if refund.is_under_way} == {"PENDING", "NEEDS_REVIEW"}


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("select p.id from payments p where in_review(p)", "payments_in_review"),
        ("select id from payments where in_review(payments) order by created_at desc, id desc", "payments_in_review"),
        (
            "select id from refunds r where order_id = gen_random_uuid() and is_under_way(r) and r.origin = 'STAFF'",
            "refunds_one_under_way",
        ),
    ],
)
def test_the_planner_sees_through_a_state_to_its_partial_index(tx: Transaction, sql: str, index: str) -> None:
    # The tests' tables are so small that it would read them whole.
    tx.run("set local enable_seqscan = off")
    plan = "\n".join(tx.column(str, f"explain {sql}"))
    assert index in plan, plan
