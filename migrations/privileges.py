"""The privileges of the functions' database users: a role for each function, with what `matrix.py` says.

They do not own the tables, so none of them can switch off a trigger that protects the ledger or a log.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pg8000.native import identifier

from lib import db
from lib.config import ConfigurationError
from lib.db import Transaction
from migrations.matrix import CONFIDENTIAL, CONFIDENTIAL_COLUMNS, EXECUTES, READS, WRITES, Privileges
from migrations.runner import connect

# Earlier releases gave this one to all functions.
_SHARED_ROLE = "altayarvip_application"

# Any number that no other advisory lock uses. It is not the migrations' number, because migrations run under this lock.
_LOCK = 0x64706C79

# Of the parts of a partitioned table nobody needs anything: its own privileges count.
_TABLES = """
    select relname::text from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
"""
# What says nothing of itself counts as volatile: all that changes something. An extension's own are left to it.
_CHANGING = """
    select oid::regprocedure::text from pg_proc p
    where pronamespace = 'public'::regnamespace and provolatile = 'v'
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""
_COLUMNS = "select attname::text from pg_attribute where attrelid = :name::regclass and attnum > 0 and not attisdropped"


@dataclass(frozen=True)
class _There:
    """What the database has. Where code is rolled back, its matrix may name what a later release has removed."""

    tables: list[str]
    columns: Mapping[str, list[str]]
    functions: list[str]


def role_of(function: str) -> str:
    """The role in the database that has a function's privileges."""
    return f"altayarvip_{function}"


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let only one process prepare this database at a time: a second one waits for the first to end.

    Raises ConfigurationError where the database can't be reached.
    """
    connection = connect()
    try:
        connection.autocommit = True
        connection.execute_simple("set statement_timeout = 0; set lock_timeout = 0")
        connection.execute_simple(f"select pg_advisory_lock({_LOCK})")
        yield
    finally:
        connection.close()


@db.in_transaction
def grant(tx: Transaction, users: Mapping[str, str]) -> None:
    """Make the functions' roles what the matrix says, and give each user, by function, the role of their function.

    All at once: a function that runs meanwhile has its old privileges or its new ones. Raises ConfigurationError for a
    function that the matrix does not have.
    """
    if unknown := users.keys() - WRITES.keys():
        raise ConfigurationError(f"DB_APPLICATION_USERS: there is no function {', '.join(sorted(unknown))}")
    there = _There(
        tables=tx.column(str, _TABLES),
        columns={table: tx.column(str, _COLUMNS, name=table) for table in CONFIDENTIAL_COLUMNS},
        functions=tx.column(str, _CHANGING),
    )
    statements = [*_of_everybody(tx.value(str, "select current_database()::text"), there)]
    for function in WRITES:
        statements += [_made(role_of(function)), _nothing(role_of(function)), *_of_function(function, there)]
    statements += [f"grant {role_of(function)} to {identifier(user)}" for function, user in users.items()]
    if tx.exists("select 1 from pg_roles where rolname = :role", role=_SHARED_ROLE):
        # The role itself stays: the release before fills it anew if it is deployed again.
        statements += [
            _nothing(_SHARED_ROLE),
            *(f"revoke {_SHARED_ROLE} from {identifier(user)}" for user in users.values()),
        ]
    tx.run(f"do $prepare$ begin {'; '.join(statements)}; end $prepare$ language plpgsql")


def _made(role: str) -> str:
    # Roles belong to the whole server, so another database of it may have made this one.
    return f"""
        begin
            if to_regrole('{role}') is null then create role {role} nologin; end if;
        exception when duplicate_object or unique_violation then null;
        end
        """


def _nothing(role: str) -> str:
    return "; ".join(
        f"revoke all on all {kind} in schema public from {role}" for kind in ("tables", "sequences", "functions")
    )


def _of_everybody(database: str, there: _There) -> Iterator[str]:
    # Whoever makes a temporary table can have a trigger on it.
    yield f"revoke temporary, create on database {identifier(database)} from public"
    yield "revoke create on schema public from public"
    yield f"revoke execute on function {', '.join(there.functions)} from public"


def _of_function(function: str, there: _There) -> Iterator[str]:
    role = role_of(function)
    yield f"grant usage on schema public to {role}"
    reads = READS.get(function) or _all_but_confidential(function, there)
    for granted in (reads, WRITES[function]):
        for table, privileges in granted.items():
            if table in there.tables:
                yield f"grant {privileges} on {table} to {role}"
    for signature, callers in EXECUTES.items():
        if function in callers and signature in there.functions:
            yield f"grant execute on function {signature} to {role}"


def _all_but_confidential(function: str, there: _There) -> Privileges:
    reads = {table: "select" for table in there.tables if function in CONFIDENTIAL.get(table, (function,))}
    for table, columns in CONFIDENTIAL_COLUMNS.items():
        hidden = [column for column, readers in columns.items() if function not in readers]
        if table in reads and hidden:
            reads[table] = f"select ({', '.join(column for column in there.columns[table] if column not in hidden)})"
    return reads
