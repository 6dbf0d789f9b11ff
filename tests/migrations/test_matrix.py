"""What each function may do in the database is what the matrix says; the rest is refused, whatever code asks for it."""

import re
from collections.abc import Iterator

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from lib.db.session import sqlstate
from local.routes import read_routes
from migrations.matrix import CONFIDENTIAL, CONFIDENTIAL_COLUMNS, EXECUTES, READS, WRITES
from migrations.privileges import role_of
from tests.support import database as statements

# Refused for want of a privilege; a view that nobody can write through; what is no table.
REFUSED = ("42501", "55000", "42809")
FUNCTIONS = read_routes().functions
EVERYBODY, NOBODY = {*FUNCTIONS}, set[str]()
PAYING = {"bookings", "jobs", "loyalty", "orders", "payments_webhook"}
READING = PAYING | {"people"}
LEDGER = ("ledger_accounts", "ledger_entries", "ledger_transactions", "points_lot_uses", "points_lots")
HISTORY = (
    *LEDGER,
    *("audit_log", "booking_history", "credit_notes", "desk_movements", "earning_terms", "gateway_rates", "invoices"),
    *("webhook_events", "webhook_outcomes"),
)
OF_A_COLUMN = {
    "select": "select {column} from {table} where false",
    "insert": "insert into {table} ({column}) select null where false",
    "update": "update {table} set {column} = null where false",
}
OF_A_TABLE = {"delete": "delete from {table} where false", "truncate": "truncate {table}"}
ANY_COLUMN = "select from {table}"

WHO_MAY = [
    ("update users set role = 'SUPER_ADMIN' where false", {"people"}),
    ("update users set is_active = true where false", {"people"}),
    ("update users set email = 'x' where false", {"people"}),
    ("update users set language = 'ar' where false", {"auth"}),
    ("update users set password_hash = 'x' where false", {"auth", "people"}),
    ("insert into users (email) select null where false", {"auth", "people"}),
    ("update users set email_verified = true where false", {"people"}),
    ("select id from account_codes", {"auth", "jobs", "people"}),
    ("select parameters from mails", {"jobs"}),
    ("select recipient from mails", {"jobs", "people"}),
    ("delete from mails where false", {"jobs", "people"}),
    (
        "update bookings set guest_names = '[]' where false",
        {"bookings", "jobs", "loyalty", "orders", "payments_webhook", "people"},
    ),
    ("update bookings set status = 'CANCELLED' where false", PAYING),
    ("update mails set recipient = 'x' where false", {"jobs"}),
    ("insert into mails (kind) select null where false", EVERYBODY - {"invoices"}),
    ("select password_hash from users", {"auth", "people"}),
    ("select secret from second_factors", {"auth", "jobs", "people"}),
    ("update second_factors set secret = 'x' where false", {"jobs", "people"}),
    ("update second_factors set confirmed_at = now() where false", {"people"}),
    ("delete from second_factors where false", {"people"}),
    ("select confirmed_at from second_factors", EVERYBODY),
    ("select code_hash from recovery_codes", {"auth", "people"}),
    ("insert into recovery_codes (code_hash) select null where false", {"people"}),
    ("select * from users", {"auth"}),
    ("select email from users", EVERYBODY - {"invoices"}),
    ("select role from users", EVERYBODY),
    ("select amount from payments", READING),
    ("select document from booking_documents(true)", READING),
    ("select token_hash from refresh_tokens", {"auth", "jobs"}),
    ("select body from webhook_events", {"jobs", "payments_webhook"}),
    ("select after from audit_log", {"jobs", "people"}),
    ("insert into audit_log (action) select null where false", EVERYBODY - {"invoices"}),
    ("delete from orders where false", {"bookings", "orders"}),
    ("update orders set amount_paid = 0 where false", PAYING),
    ("update payments set status = 'PAID' where false", PAYING),
    ("update refunds set status = 'COMPLETED' where false", PAYING - {"loyalty"}),
    ("update exchange_rates set rate = 1 where false", {"loyalty"}),
    ("insert into gateway_rates (rate) select null where false", {"payments_webhook"}),
    ("update wallets set user_id = id where false", NOBODY),
    ("update number_series set last = 1 where false", NOBODY),
    ("update tiers set cashback_rate = 1 where false", NOBODY),
    ("select post_transactions(gen_random_uuid(), '[]')", PAYING | {"people"}),
    ("select count(*) from post_transactions_of_many('[]')", {"jobs"}),
    ("select post_transaction(null, null, null, null, null, null, null, null, null, null, null)", NOBODY),
    ("select take_points(null, null, null, null)", NOBODY),
    ("select pay_debts(null, null)", NOBODY),
    ("select post_payments_without_ledger()", NOBODY),
    ("select take_number('RFD')", PAYING),
    ("create table more (id integer)", NOBODY),
    ("create temporary table more (id integer)", NOBODY),
    ("create schema more", NOBODY),
    ("create function more() returns void language sql as ''", NOBODY),
    ("alter table ledger_entries disable trigger all", NOBODY),
    ("drop trigger audit_log_append_only on audit_log", NOBODY),
    ("set session_replication_role = replica", NOBODY),
    ("create role more", NOBODY),
    (f"grant {role_of('jobs')} to {role_of('auth')}", NOBODY),
    ("update alembic_version set version_num = '0001' where false", NOBODY),
]


@pytest.fixture(scope="module")
def connection(database: str) -> Iterator[Connection]:
    """A transaction that is never committed."""
    with statements.connected(database) as connection:
        connection.run("begin")
        yield connection
        connection.run("rollback")


def may(connection: Connection, function: str, statement: str) -> bool:
    """Whether a function may run a statement. Nothing of it stays."""
    connection.run("savepoint trial")
    connection.run(f"set local role {role_of(function)}")
    try:
        connection.run(statement)
    except DatabaseError as error:
        if sqlstate(error) not in REFUSED:
            raise
        return False
    else:
        return True
    finally:
        connection.run("rollback to savepoint trial")


@pytest.mark.parametrize(("statement", "allowed"), WHO_MAY, ids=[statement for statement, _ in WHO_MAY])
def test_only_those_may(connection: Connection, statement: str, allowed: set[str]) -> None:
    assert {function for function in FUNCTIONS if may(connection, function, statement)} == allowed


@pytest.mark.parametrize("table", HISTORY)
@pytest.mark.parametrize("verb", ["update", "delete", "truncate"])
def test_nobody_changes_history(connection: Connection, table: str, verb: str) -> None:
    for statement in statements_on(connection, table, verb):
        assert not any(may(connection, function, statement) for function in FUNCTIONS), statement


def test_every_table_that_refuses_updates_is_history(connection: Connection) -> None:
    found = connection.run(
        """
        select distinct tgrelid::regclass::text from pg_trigger
        where tgfoid = 'refuse_change'::regproc and tgname like '%append_only' and tgparentid = 0
        """
    )
    assert found
    assert {table for (table,) in found} - {*HISTORY} == set()


@pytest.mark.parametrize("table", LEDGER)
def test_nobody_writes_into_the_ledger_past_its_functions(connection: Connection, table: str) -> None:
    for statement in statements_on(connection, table, "insert"):
        assert not any(may(connection, function, statement) for function in FUNCTIONS), statement


def statements_on(connection: Connection, table: str, verb: str) -> list[str]:
    """What a verb does to a table, or to each of its columns."""
    if verb in OF_A_TABLE:
        return [OF_A_TABLE[verb].format(table=table)]
    return [OF_A_COLUMN[verb].format(table=table, column=column) for column in columns_of(connection, table, verb)]


def columns_of(connection: Connection, table: str, verb: str) -> list[str]:
    """The columns that a verb can be tried on: what a view computes can't be written by anybody."""
    found = connection.run(
        """
        select attname::text from pg_attribute where attrelid = :name::regclass and attnum > 0 and not attisdropped
           and (:verb = 'select' or attidentity = '' and attgenerated = ''
                and pg_column_is_updatable(attrelid, attnum, false))
        order by attnum
        """,
        name=table,
        verb=verb,
    )
    return [name for (name,) in found]


def is_in_the_matrix(function: str, verb: str, table: str, column: str = "") -> bool:
    if verb == "select" and function not in READS:
        readers = CONFIDENTIAL_COLUMNS.get(table, {}).get(column, (function,))
        return function in CONFIDENTIAL.get(table, (function,)) and function in readers
    privileges = (READS if verb == "select" else WRITES)[function].get(table, "")
    granted = re.findall(r"(\w+)(?: \((.+?)\))?(?:, |$)", privileges)
    return any(verb == granted_verb and (not some or column in some.split(", ")) for granted_verb, some in granted)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_to_each_column_what_the_matrix_says_and_no_more(connection: Connection, function: str) -> None:
    # A table that tests have made for themselves has no privileges at all.
    tables = connection.run(
        """
        select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')
           and not relispartition and relacl is not null
        """
    )
    assert len(tables) > 40
    for (table,) in tables:
        for verb, statement in OF_A_TABLE.items():
            allowed = is_in_the_matrix(function, verb, table)
            assert may(connection, function, statement.format(table=table)) == allowed, (verb, table)
        for verb, statement in OF_A_COLUMN.items():
            for column in columns_of(connection, table, verb):
                allowed = is_in_the_matrix(function, verb, table, column)
                assert may(connection, function, statement.format(table=table, column=column)) == allowed, (
                    verb,
                    table,
                    column,
                )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_reaches_no_part_of_a_log_but_through_the_whole(connection: Connection, function: str) -> None:
    parts = connection.run("select relname::text from pg_class where relispartition and relkind = 'r'")
    assert parts
    for (part,) in parts:
        for statement in (ANY_COLUMN, *OF_A_TABLE.values()):
            assert not may(connection, function, statement.format(table=part)), (part, statement)


def test_who_may_call_a_function_that_changes_something_stands_in_the_matrix(connection: Connection) -> None:
    found = connection.run(
        """
        select p.oid::regprocedure::text, role from pg_proc p cross join unnest(:roles::text[]) role
        where pronamespace = 'public'::regnamespace and provolatile = 'v' and has_function_privilege(role, p.oid, 'execute')
          and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
        """,
        roles=[role_of(function) for function in FUNCTIONS],
    )
    wanted = {(signature, role_of(who)) for signature, callers in EXECUTES.items() for who in callers}
    assert {(signature, role) for signature, role in found} == wanted


def test_every_function_is_in_the_matrix_and_every_table_of_the_matrix_is_there(connection: Connection) -> None:
    """What a later release removes is passed over, so a name that is wrong would be too."""
    assert sorted(WRITES) == sorted(FUNCTIONS)
    there = {name for (name,) in connection.run("select relname::text from pg_class")}
    named = {table for privileges in (*READS.values(), *WRITES.values()) for table in privileges}
    assert (named | CONFIDENTIAL.keys() | CONFIDENTIAL_COLUMNS.keys()) - there == set()
