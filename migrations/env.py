"""Alembic's entry: every revision in one transaction of its own, all of them under one advisory lock."""

from alembic import context
from sqlalchemy import Connection

# Any number, as long as nobody else takes an advisory lock of it: "altayar" in ASCII, cut to 31 bits.
_LOCK = 0x616C7461

connection: Connection = context.config.attributes["connection"]
connection.exec_driver_sql(
    "set statement_timeout = 0; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = 0; "
    # A migration whose start-up was given up ends soon after its client.
    "set client_connection_check_interval = '5s'"
)
connection.commit()
# Waits for another migration to end and then finds nothing left to do, so that two at once do no harm.
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
