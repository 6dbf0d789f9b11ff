"""What guards the ledger asks who acts: a trigger of somebody's own opens no way round it."""

import secrets as randomness
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from lib.db.session import sqlstate
from tests.support import database as statements
from tests.support.scenes import a_booked_draft, a_customer

INTEGRITY, PRIVILEGE = "23000", "42501"
# Functions that write what their callers may not, by name. Only who owns the schema may add to them.
DEFINERS = {
    "check_entries_sum",
    "check_has_entries",
    "give_membership_number",
    "mark_booked_order",
    "mark_order_with_payment",
    "move_account",
    "open_wallet",
    "post_transactions",
    "post_transactions_of_many",
    "refuse_while_booking_is_there",
    "take_number",
    "use_points_lot",
}


@pytest.fixture
def intruder(database: str) -> Iterator[Connection]:
    """Somebody who may write the guarded tables and make temporary tables and triggers; nothing is committed."""
    a_booked_draft(a_customer(wallet="10", points=10))
    role = f"{statements.RUN}_{randomness.token_hex(6)}"
    with statements.connected(database) as connection:
        connection.run("begin")
        connection.run(f"create role {role}")
        connection.run(f"grant temporary on database {urlsplit(database).path[1:]} to {role}")
        connection.run(f"grant select, update, delete on ledger_accounts, points_lots, booking_history to {role}")
        connection.run(f"set local role {role}")
        yield connection
        connection.run("rollback")


@pytest.mark.parametrize(
    "change",
    [
        "update ledger_accounts set balance = balance + 1000",
        "update points_lots set points_left = points",
        "delete from booking_history",
    ],
)
def test_a_trigger_of_ones_own_opens_no_way_to(intruder: Connection, change: str) -> None:
    intruder.run("create temporary table lever (id integer)")
    intruder.run(f"create function pg_temp.pull() returns trigger language plpgsql as $$ begin {change}; return new; end $$")
    intruder.run("create trigger pull before insert on lever for each row execute function pg_temp.pull()")
    with pytest.raises(DatabaseError) as refused:
        intruder.run("insert into lever values (1)")
    assert sqlstate(refused.value) == INTEGRITY


@pytest.mark.parametrize(
    "function", ["move_account", "use_points_lot", "open_wallet", "mark_order_with_payment", "mark_booked_order"]
)
def test_a_table_of_ones_own_borrows_no_trigger_that_writes_as_the_owner(intruder: Connection, function: str) -> None:
    intruder.run("create temporary table lever (id uuid, account_id uuid, amount numeric, lot_id uuid, points integer)")
    with pytest.raises(DatabaseError) as refused:
        intruder.run(f"create trigger pull before insert on lever for each row execute function {function}()")
    assert sqlstate(refused.value) == PRIVILEGE


def test_functions_that_act_as_their_owner_have_a_fixed_path_that_ends_in_the_temporary_schema(database: str) -> None:
    found = statements.run(
        database,
        """
        select proname, coalesce(array_to_string(proconfig, ','), '') from pg_proc
        where prosecdef and pronamespace = 'public'::regnamespace
        """,
    )
    assert {name for name, _ in found} == DEFINERS
    assert {path for _, path in found} == {"search_path=public, pg_temp"}


def test_nothing_passes_a_guard_by_the_depth_of_triggers_alone(database: str) -> None:
    """A trigger's own condition knows nothing but the depth."""
    found = statements.run(database, "select tgname from pg_trigger where pg_get_triggerdef(oid) like '%pg_trigger_depth%'")
    assert found == []
