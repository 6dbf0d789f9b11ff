"""The privileges of the functions' database users. They read and write rows, and can't change the schema.

They do not own the tables, so none of them can switch off a trigger that protects the ledger or a log.
"""

import contextlib
from collections.abc import Iterator, Sequence

from pg8000.native import identifier

from lib import db
from lib.db import Transaction
from migrations.runner import connect

APPLICATION_ROLE = "altayarvip_application"

# Any number that no other advisory lock uses. It is not the migrations' number, because migrations run under this lock.
_LOCK = 0x64706C79

_ROLE = f"""
do $$
begin
    create role {APPLICATION_ROLE} nologin;
exception when duplicate_object or unique_violation then
    null;  -- roles belong to the whole server, so another database of it may have made this one
end
$$
"""
_PRIVILEGES = (
    f"grant usage on schema public to {APPLICATION_ROLE}",
    f"grant select, insert, update, delete on all tables in schema public to {APPLICATION_ROLE}",
    f"revoke insert, update, delete on alembic_version from {APPLICATION_ROLE}",
    f"grant usage on all sequences in schema public to {APPLICATION_ROLE}",
)


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
def grant(tx: Transaction, users: Sequence[str]) -> None:
    """Grant the application's role its privileges on every existing table, and grant the role to these users."""
    for statement in (_ROLE, *_PRIVILEGES):
        tx.run(statement)
    for user in users:
        tx.run(f"grant {APPLICATION_ROLE} to {identifier(user)}")
