"""Each table has one writer: one module has all statements that change it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WRITERS = {
    # Each has the columns that its function may change: migrations/matrix.py.
    "users": (
        *("functions/auth/login.py", "functions/auth/profile.py", "functions/auth/registration.py"),
        *("functions/people/records.py", "lib/security/administrators.py"),
    ),
    # The last takes away what is old.
    "sessions": ("functions/auth/sessions.py", "lib/security/sessions.py", "functions/jobs/purging.py"),
    # The last has the columns alone that say when a job looks again.
    "payments": ("lib/payments/inserting.py", "lib/payments/records.py", "lib/payments/schedule.py"),
    "orders": "lib/orders/records.py",
    "order_items": "lib/orders/records.py",
    "invoices": "lib/orders/records.py",
    "approvals": "lib/approvals/records.py",
    "bookings": "lib/bookings/records.py",
    "booking_history": "lib/bookings/records.py",
    "refunds": "lib/refunds/records.py",
    "refund_parts": "lib/refunds/records.py",
    "credit_notes": "lib/refunds/records.py",
    "gateway_refund_requests": "lib/refunds/listed.py",
    "cashback_records": "lib/loyalty/records.py",
    "cashback_withdrawals": "functions/loyalty/withdrawals.py",
    "desk_movements": "lib/loyalty/movements.py",
    "earning_terms": "lib/loyalty/tiers.py",
    "pending_points": "lib/loyalty/pending.py",
    "holds": "lib/holds/records.py",
    "mails": "lib/mail/outbox.py",
    "pictures": "lib/pictures/records.py",
    "account_codes": "lib/security/codes.py",
    "recovery_codes": "lib/security/second_factors.py",
    "second_factors": "lib/security/second_factors.py",
    "gateway_rates": "lib/payments/rates.py",
    "figures": "lib/ledger/revenue.py",
    "revenue_days": "lib/ledger/revenue.py",
    "revenue_summed": "lib/ledger/revenue.py",
    "webhook_events": "lib/gateway_events/records.py",
    "webhook_outcomes": "lib/gateway_events/records.py",
    "webhook_retries": "lib/gateway_events/records.py",
}
# Only the SQL function `post_transactions` (migrations/versions/0009_money_core.sql) writes these.
LEDGER = ("ledger_accounts", "ledger_transactions", "ledger_entries", "points_lots", "points_lot_uses")

CHANGE = re.compile(
    r"\b(?:insert into|delete from)\s+(\w+)|\bupdate\s+(?!of\b|skip\b|set\b)(\w+)(?:\s+\w+)?\s+set\b", re.IGNORECASE
)


def tables_changed_in(source: str) -> set[str]:
    """The tables that the SQL in a module's strings changes."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return {first or second for text in texts if isinstance(text, str) for first, second in CHANGE.findall(text)}


def changes() -> Iterator[tuple[str, str]]:
    """Each table that is changed, with the module that changes it."""
    for path in (*ROOT.glob("lib/**/*.py"), *ROOT.glob("functions/**/*.py")):
        for table in tables_changed_in(path.read_text(encoding="utf-8")):
            yield table, str(path.relative_to(ROOT))


@pytest.mark.parametrize(("table", "writer"), WRITERS.items())
def test_a_table_is_written_by_its_module_alone(table: str, writer: str | tuple[str, ...]) -> None:
    assert {module for changed, module in changes() if changed == table} == (
        {writer} if isinstance(writer, str) else {*writer}
    )


@pytest.mark.parametrize("table", LEDGER)
def test_the_ledger_is_written_by_posting_alone(table: str) -> None:
    assert [module for changed, module in changes() if changed == table] == []


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("insert into holds (id) values (1)", "holds"),
        ("with a as (update payments p set status = 'PAID' returning 1) select 1", "payments"),
        ("DELETE FROM orders", "orders"),
        ("select 1 from payments for update of payments skip locked", None),
        ("insert into tiers (code) values ('A') on conflict (code) do update set code = 'B'", "tiers"),
    ],
)
def test_a_change_is_seen_however_it_is_written(sql: str, table: str | None) -> None:
    assert tables_changed_in(f"SQL = {sql!r}") == ({table} if table else set())
