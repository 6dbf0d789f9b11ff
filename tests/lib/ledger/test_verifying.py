"""The proof names just the row that disagrees, and nothing where all agrees."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.jobs import runs, verification
from lib import db
from lib.ledger.verifying import Verified, verify_batch
from tests.support import database
from tests.support.balances import give
from tests.support.clients import System
from tests.support.money import Attempt, Desk, open_desk
from tests.support.refunds import refund_by_gateway

ROOT = Path(__file__).parents[3]


@pytest.fixture
def desk(system: System) -> Desk:
    opened = open_desk(system)
    give(opened.customer.id, wallet="500", cashback="30", points=4500)
    return opened


@pytest.fixture
def attempt(desk: Desk) -> Attempt:
    """An order paid from every balance and the gateway, part of it refunded; another that holds something."""
    paid = desk.pay(desk.order()["id"], 2, points_to_use=4000, cashback_to_use="20", wallet_to_use="100")
    desk.happens(paid.invoice_id, "paid")
    assert refund_by_gateway(desk, paid, amount="170")["status"] == "COMPLETED"
    desk.run("update cashback_records set credit_due_at = now() where order_id = :id", id=paid.order_id)
    desk.job("credit-cashback")
    desk.pay(desk.order()["id"], 2, points_to_use=100, wallet_to_use="50")
    return paid


def disagreements(desk: Desk) -> list[tuple[str, str]]:
    """What the proof says of this customer alone."""
    found = verify_batch(uuid.UUID(int=uuid.UUID(desk.customer.id).int - 1), 1)
    return [(one.what, one.id) for one in found.disagreements]


@pytest.fixture
def tamper(desk: Desk) -> Iterator[Any]:
    """Change a row behind the database's back, and set it right at the end."""
    undo: list[tuple[str, dict[str, object]]] = []

    def change(table: str, column: str, to: str, where: str) -> str:
        with database.connected(desk.system.database_url) as connection:
            connection.run("set session_replication_role = replica")
            row_id, before = connection.run(
                f"select id::text, {column} from {table} where {where} limit 1",  # noqa: S608 - a test's own
                user=desk.customer.id,
            )[0]
            connection.run(f"update {table} set {column} = {to} where id = :id::uuid", id=row_id)  # noqa: S608 - a test's own
        undo.append((f"update {table} set {column} = :before where id = :id::uuid", {"before": before, "id": row_id}))  # noqa: S608 - a test's own
        return str(row_id)

    yield change
    with database.connected(desk.system.database_url) as connection:
        connection.run("set session_replication_role = replica")
        for sql, values in undo:
            connection.run(sql, **values)


def test_a_customer_whose_rows_agree_is_not_named(desk: Desk, attempt: Attempt) -> None:
    assert desk.statuses(attempt).payment == "PARTIALLY_REFUNDED"
    assert disagreements(desk) == []


@pytest.mark.parametrize(
    ("table", "column", "to", "where", "what"),
    [
        ("ledger_accounts", "balance", "balance + 1", "kind = 'WALLET'", "an account is not the sum of its entries"),
        ("ledger_accounts", "entries", "entries + 1", "kind = 'SALES'", "an account is not the sum of its entries"),
        ("points_lots", "points_left", "points_left - 1", "points_left > 0", "a lot is not what its uses have left"),
        (
            *("holds", "amount", "amount + 1", "state = 'HELD' and source = 'WALLET'"),
            "what is held is not what orders and withdrawals hold",
        ),
        ("orders", "amount_refunded", "amount_refunded + 1", "status = 'PAID'", "an order was not paid as the ledger says"),
        ("holds", "amount", "amount + 1", "state = 'SPENT'", "an order was not paid as its payments say"),
        (
            *("payments", "received_amount", "received_amount - 1", "applied_amount > 0"),
            "a payment did not receive what the ledger says",
        ),
        (
            *("payments", "applied_amount", "applied_amount - 1", "applied_amount > 0"),
            "a payment does not count for its order what the ledger says",
        ),
        ("payments", "amount", "amount + 1", "applied_amount > 0", "a settled payment is not what its gateway invoice says"),
        (
            "payments",
            "gateway_invoice_id",
            "null",
            "applied_amount > 0",
            "a settled payment is not what its gateway invoice says",
        ),
        (
            *("cashback_records", "taken_back", "taken_back + 0.1", "status = 'CREDITED'"),
            "cashback was not credited as the ledger says",
        ),
        ("refunds", "amount", "amount + 1", "status = 'COMPLETED'", "a refund was not posted as it was decided"),
    ],
)
def test_a_row_that_was_tampered_with_is_named(
    desk: Desk, attempt: Attempt, tamper: Any, table: str, column: str, to: str, where: str, what: str
) -> None:
    assert attempt
    row_id = tamper(table, column, to, f"user_id = :user::uuid and {where}")
    found = disagreements(desk)
    assert what in [one for one, _ in found]
    by_customer = ("what is held is not what orders and withdrawals hold", "cashback was not credited as the ledger says")
    named = {desk.customer.id} if what in by_customer else {row_id}
    if column == "amount" and table == "holds" and "SPENT" in where:
        named = {attempt.order_id}
    assert {place for one, place in found if one == what} == named


@pytest.mark.parametrize("column", ["amount", "balance_after", "number"])
def test_an_entry_that_was_tampered_with_breaks_its_chain(desk: Desk, attempt: Attempt, tamper: Any, column: str) -> None:
    assert attempt
    of_wallet = """
        number = 2 and account_id in (select id from ledger_accounts where user_id = :user::uuid and kind = 'WALLET')
    """
    row_id = tamper("ledger_entries", column, f"{column} + 1000", of_wallet)
    assert ("an entry does not follow from the one before it", row_id) in disagreements(desk)
    assert ("a transaction does not sum to zero" in [what for what, _ in disagreements(desk)]) == (column == "amount")


def admin_verifies(desk: Desk) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "admin", "verify-ledger"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": desk.system.database_url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_operator_s_command_names_what_disagrees_and_fails(desk: Desk, attempt: Attempt, tamper: Any) -> None:
    assert attempt
    row_id = tamper("refunds", "amount", "amount + 1", "user_id = :user::uuid and status = 'COMPLETED'")
    told = admin_verifies(desk)
    assert told.returncode == 1
    assert f"a refund was not posted as it was decided: {row_id} should be" in told.stdout
    assert "rows disagree" in told.stderr


def test_the_job_goes_on_where_the_last_run_ended_until_the_round_is_complete(
    desk: Desk, attempt: Attempt, tamper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attempt
    desk.run("update ledger_verification set after_user_id = null")
    row_id = tamper("refunds", "amount", "amount + 1", "user_id = :user::uuid and status = 'COMPLETED'")
    customers = db.read.value(int, "select count(*) from wallets")
    with monkeypatch.context() as patched:
        patched.setattr(verification, "verify_batch", lambda after, *_bounds: verify_batch(after, 3))
        over = iter([False, True])
        patched.setattr(runs.Run, "is_over", lambda _run: next(over))
        first = verification.verify_ledger()
    assert (first["done"], first["left"]) == (3, customers - 3)
    rest = verification.verify_ledger()
    assert (rest["done"], rest["left"]) == (customers - 3, 0)
    assert any(row_id in str(one) for one in [*first["disagreements"], *rest["disagreements"]])  # type: ignore[misc] # a list


def cannot_be_verified(stuck: uuid.UUID) -> Callable[[uuid.UUID | None, int, int], Verified]:
    """`verify_batch`, but with a statement that times out in every batch that has this customer."""

    def verify(after: uuid.UUID | None, size: int, most_entries: int) -> Verified:
        batch = verify_batch(after, size, most_entries)
        if batch.last_user_id is not None and (after or uuid.UUID(int=0)) < stuck <= batch.last_user_id:
            db.read.value(str, "select set_config('statement_timeout', '20ms', true)")
            db.read.value(int, "select 1 from pg_sleep(5)")
        return batch

    return verify


def test_a_customer_who_cannot_be_verified_is_named_and_all_others_are_verified(
    desk: Desk, attempt: Attempt, tamper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attempt
    neighbour = open_desk(desk.system)
    give(neighbour.customer.id, wallet="10")
    wrong = tamper("ledger_accounts", "entries", "entries + 1", f"user_id = '{neighbour.customer.id}'::uuid and :user <> ''")
    desk.run("update ledger_verification set after_user_id = null, batch = 500")
    monkeypatch.setattr(verification, "verify_batch", cannot_be_verified(uuid.UUID(desk.customer.id)))
    customers = db.read.value(int, "select count(*) from wallets")
    told = verification.verify_ledger()
    assert told["unverified"] == [desk.customer.id]
    assert (told["outcomes"], told["left"]) == ({"verified": customers - 1, "failed": 1}, 0)
    assert any(wrong in str(one) for one in told["disagreements"])  # type: ignore[attr-defined] # a list
    assert db.read.value(int, "select disagreements::integer from ledger_verification") > 1


def test_a_run_that_ends_before_the_batch_is_small_enough_leaves_the_next_one_less(
    desk: Desk, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attempt
    first = db.read.value(uuid.UUID, "select user_id from wallets order by user_id limit 1")
    desk.run("update ledger_verification set after_user_id = null, batch = 500")
    monkeypatch.setattr(verification, "verify_batch", cannot_be_verified(first))
    batches = []
    while True:
        batches.append(db.read.value(int, "select batch from ledger_verification"))
        over = iter([False, True])
        with monkeypatch.context() as patched:
            patched.setattr(runs.Run, "is_over", lambda _run, over=over: next(over))
            if verification.verify_ledger()["unverified"]:
                break
    assert batches == [500, 250, 125, 62, 31, 15, 7, 3, 1]


def test_a_batch_has_as_many_customers_as_its_entries_allow_and_at_least_one(desk: Desk) -> None:
    neighbour = open_desk(desk.system)
    give(neighbour.customer.id, wallet="10")
    first, last = sorted(uuid.UUID(one.customer.id) for one in (desk, neighbour))
    before = uuid.UUID(int=first.int - 1)
    entries = db.read.value(
        int,
        "select sum(entries)::integer from ledger_accounts where user_id between :first and :last",
        first=first,
        last=last,
    )
    assert verify_batch(before, 1_000_000, 1).last_user_id == first
    too_few = verify_batch(before, 1_000_000, entries - 1).last_user_id
    assert too_few is not None
    assert first <= too_few < last
    enough = verify_batch(before, 1_000_000, entries).last_user_id
    assert enough is not None
    assert enough >= last


def test_two_runs_of_the_job_at_once_prove_nobody_twice(desk: Desk) -> None:
    with database.connected(desk.system.database_url) as other:
        other.run("begin")
        other.run("select 1 from ledger_verification for update")
        assert desk.job("verify-ledger")["done"] == 0
        other.run("rollback")
    assert desk.job("verify-ledger")["done"] > 0
