"""Removes what nobody needs any more: old idempotency keys, login attempts, sessions, codes and mails."""

from functions.jobs.runs import Run
from lib import db, logs
from lib.db import Transaction
from lib.mail import outbox
from lib.security import codes

log = logs.get(__name__)

BATCH = 5_000

_REMOVE_A_BATCH = {
    "idempotency_keys": """
        with removed as (
            delete from idempotency_keys where ctid in (
                select row_id from stale_idempotency_keys limit :batch::integer for update skip locked
            ) returning 1
        )
        select count(*) from removed
    """,
    "login_attempts": """
        with removed as (
            delete from login_attempts where id in (
                select id from stale_login_attempts limit :batch::integer for update skip locked
            ) returning 1
        )
        select count(*) from removed
    """,
    # A refresh token refers to its session and to the token before it, so one statement deletes all of them.
    "sessions": """
        with stale as (
            select id from stale_sessions limit :batch::integer for update skip locked
        ), tokens as (
            delete from refresh_tokens where session_id in (select id from stale)
        ), removed as (
            delete from sessions where id in (select id from stale) returning 1
        )
        select count(*) from removed
    """,
    "account_codes": codes.REMOVE_STALE,
    "mails": outbox.REMOVE_STALE,
}


def purge() -> dict[str, object]:
    """Remove each kind of row in batches until none is left or the run is over. One that fails stops none of the others."""
    run = Run()
    for table, statement in _REMOVE_A_BATCH.items():
        try:
            _purge(run, table, statement)
        except Exception:
            log.exception("a table could not be purged", table=table)
            run.outcomes["failed"] += 1
    left = db.read.value(
        int,
        """
        select (select count(*) from stale_idempotency_keys) + (select count(*) from stale_login_attempts)
             + (select count(*) from stale_sessions) + (select count(*) from stale_account_codes)
             + (select count(*) from stale_mails)
        """,
    )
    return run.summary(left)


def _purge(run: Run, table: str, statement: str) -> None:
    while not run.is_over() and (removed := _remove(statement)) > 0:
        run.outcomes[table] += removed


@db.in_transaction
def _remove(tx: Transaction, statement: str) -> int:
    return tx.value(int, statement, batch=BATCH)
