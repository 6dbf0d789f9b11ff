"""The views of documents cost what the tables behind them cost: PostgreSQL merges them into what reads them."""

from collections.abc import Iterator
from typing import Any

import pytest
from pg8000.native import Connection

from tests.support import database as statements

FIRST = {"after_at": "infinity", "after_id": "ffffffff-ffff-ffff-ffff-ffffffffffff", "limit": 50}
MINE = "user_id = '11111111-1111-1111-1111-111111111111'"
ACCOUNT = "account_id = (select id from ledger_accounts where kind = '{}' limit 1)"
PAGE = """
    select id, created_at, document from {} where {} and (created_at, id) < (:after_at::timestamptz, :after_id::uuid)
    order by created_at desc, id desc limit :limit::integer + 1
"""
COUNT = "select count(*) from (select from {} where {}) counted"
# What a page is read from, its condition, and the index that has the rows in the order of the page.
PAGES = [
    ("order_documents", "not is_booked", "orders_page"),
    ("order_documents", MINE, "orders_user"),
    ("booking_documents(true)", "true", "bookings_page"),
    ("booking_documents(false)", MINE, "bookings_user"),
    ("payment_documents", "true", "payments_page"),
    ("payment_documents", MINE, "payments_user"),
    ("payment_documents", "in_review = true", "payments_in_review"),
    ("unpaid_order_documents", MINE, "orders_user"),
    ("unpaid_order_documents", "status = 'UNPAID'", "orders_without_payment_shown"),
    ("unpaid_order_documents", "status = 'CANCELLED'", "orders_without_payment_shown"),
    ("refund_documents(true, 'EGP')", "order_id = '11111111-1111-1111-1111-111111111111'", "refunds_order"),
    ("cashback_documents", MINE, "cashback_records_user"),
    ("cashback_documents_for_staff", "status in ('PENDING', 'APPROVED')", "cashback_records_waiting"),
    ("cashback_documents_for_staff", "true", "cashback_records_page"),
    ("cashback_documents_for_staff", MINE, "cashback_records_user"),
    ("cashback_movement_documents", MINE, "desk_movements_cashback_of_user"),
    ("cashback_movement_documents_for_staff", MINE, "desk_movements_cashback_of_user"),
    ("cashback_movement_documents_for_staff", "true", "desk_movements_cashback"),
    ("cashback_withdrawal_documents", MINE, "cashback_withdrawals_user"),
    ("cashback_withdrawal_documents_for_staff", MINE, "cashback_withdrawals_user"),
    ("cashback_withdrawal_documents_for_staff", "true", "cashback_withdrawals_page"),
    ("withdrawal_request_documents", "status = 'PENDING'", "cashback_withdrawals_undecided"),
    ("withdrawal_request_documents", "status <> 'PENDING'", "cashback_withdrawals_page"),
    ("approval_documents", "true", "approvals_page"),
    ("approval_documents", "status = 'PENDING'", "approvals_waiting"),
    ("wallet_documents('EGP')", "true", "wallets_page"),
    ("wallet_transaction_documents", ACCOUNT.format("WALLET"), "ledger_entries_page"),
    ("wallet_transaction_documents_for_staff", ACCOUNT.format("WALLET"), "ledger_entries_page"),
    ("signed_wallet_transaction_documents", "currency = 'EGP'", "ledger_entries_newest"),
    ("points_transaction_documents_for_staff", ACCOUNT.format("POINTS"), "ledger_entries_page"),
    ("points_transaction_documents_for_staff", "true", "ledger_entries_newest"),
    ("points_transaction_documents", ACCOUNT.format("POINTS"), "ledger_entries_page"),
    ("audit_documents", "true", "audit_log_page"),
    ("audit_documents", "entity = 'entity-7'", "audit_log_kind"),
    ("audit_documents", "action = 'action-7'", "audit_log_action"),
    ("webhook_documents", "true", "webhook_events_2026_received_at_id_idx"),
]

# Of a few rows, one index is as good as another, and so it is where all rows match a partial index.
ROWS = (
    "set local session_replication_role = replica",
    """
    insert into desk_movements (transaction_id, user_id, kind, amount, currency, created_by_user_id)
    select gen_random_uuid(), gen_random_uuid(), 'ADD_CASHBACK', 1, 'EGP', gen_random_uuid() from generate_series(1, 2000)
    """,
    """
    insert into cashback_withdrawals (user_id, amount, currency, status, decided_by_user_id)
    select gen_random_uuid(), 1, 'EGP', case when n % 10 = 0 then 'PENDING' else 'APPROVED' end,
           case when n % 10 <> 0 then gen_random_uuid() end
    from generate_series(1, 2000) n
    """,
    """
    insert into audit_log (action, entity, entity_id)
    select 'action-' || n % 100, 'entity-' || n % 100, gen_random_uuid() from generate_series(1, 2000) n
    """,
    """
    insert into approvals (kind, user_id, amount, currency, request, asked_by_user_id,
                           status, decided_by_user_id, decided_at, result_id)
    select 'DEPOSIT', gen_random_uuid(), 1, 'EGP', '{}', gen_random_uuid(),
           case when n % 10 = 0 then 'PENDING' else 'APPROVED' end, case when n % 10 <> 0 then gen_random_uuid() end,
           case when n % 10 <> 0 then now() end, case when n % 10 <> 0 then gen_random_uuid() end
    from generate_series(1, 2000) n
    """,
    """
    insert into cashback_records (user_id, order_id, reference_type, reference_id, booking_amount, cashback_rate,
                                  cashback_amount, currency, status, credit_due_at, credited_at, description)
    select gen_random_uuid(), gen_random_uuid(), 'ORDER', gen_random_uuid(), 1, 1, 1, 'EGP',
           case when n % 10 = 0 then 'PENDING' else 'CREDITED' end, now(), case when n % 10 <> 0 then now() end, ''
    from generate_series(1, 2000) n
    """,
    "analyze desk_movements, cashback_withdrawals, audit_log, approvals, cashback_records",
)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """A connection whose plans follow an index wherever that is possible, however few rows there are."""
    with statements.connected(database) as opened:
        opened.run("begin")
        for sql in ROWS:
            opened.run(sql)
        for way in ("sort", "hashjoin", "mergejoin", "seqscan", "bitmapscan"):
            opened.run(f"set enable_{way} = off")
        yield opened
        opened.run("rollback")


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan and all below it, without what only looks up values for the JSON."""
    below = (child for child in plan.get("Plans", ()) if "Subplan Name" not in child)
    return [plan, *(node for child in below for node in nodes(child))]


def plan_of(connection: Connection, statement: str, **values: object) -> list[dict[str, Any]]:
    return nodes(connection.run(f"explain (format json) {statement}", **values)[0][0][0]["Plan"])


@pytest.mark.parametrize(("view", "condition", "index"), PAGES, ids=[f"{view}-{index}" for view, _, index in PAGES])
def test_a_page_is_read_in_the_order_of_its_index(connection: Connection, view: str, condition: str, index: str) -> None:
    plan = plan_of(connection, PAGE.format(view, condition), **FIRST)
    kinds = {node["Node Type"] for node in plan}
    assert index in [node.get("Index Name") for node in plan]
    # A sort reads every row before it gives the first; a function or subquery scan builds JSON for rows nobody wants.
    assert not kinds & {"Sort", "Incremental Sort", "Function Scan", "Subquery Scan"}


@pytest.mark.parametrize(("view", "tables"), [("payment_documents", {"payments"}), ("unpaid_order_documents", {"orders"})])
def test_counting_reads_no_table_that_only_the_json_needs(connection: Connection, view: str, tables: set[str]) -> None:
    counted = plan_of(connection, COUNT.format(view, MINE))
    assert {node["Relation Name"] for node in counted if "Relation Name" in node} == tables
