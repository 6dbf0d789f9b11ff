"""Alembic's entry point. Every revision runs in a transaction of its own, and one advisory lock covers all of them."""

from alembic import context
from sqlalchemy import Connection

# Any number that no other advisory lock uses. This is the beginning of "altayar" in ASCII.
_LOCK = 0x616C7461

connection: Connection = context.config.attributes["connection"]
connection.exec_driver_sql(
    "set statement_timeout = 0; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = 0; "
    # If the platform gives up a start, the server ends its migration soon after the client has gone.
    "set client_connection_check_interval = '5s'"
)
connection.commit()
# Of two migrations at once, the second waits here for the first to end, and then has nothing left to do.
connection.exec_driver_sql(f"select set_config('lock_timeout', '0', false), pg_advisory_lock({_LOCK})")
connection.exec_driver_sql("set lock_timeout = '10s'")
connection.commit()
try:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
finally:
    connection.rollback()
    connection.exec_driver_sql(f"select pg_advisory_unlock({_LOCK})")
    connection.commit()
