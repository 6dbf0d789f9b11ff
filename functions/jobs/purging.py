"""What nobody needs any more is removed: keys, attempts and sessions whose time is long over."""

from functions.jobs.runs import Run
from lib import db
from lib.db import Transaction

BATCH = 5_000

# An idempotency key lives for 24 hours (the contract); the throttle looks five minutes back. A session has ended, was
# not used for 30 days, or is 90 days old (the contract), and is kept for another 30 days to explain what was done in it.
_STALE = {
    "idempotency_keys": ("ctid", "created_at < now() - interval '24 hours'"),
    "login_attempts": ("id", "at < now() - interval '1 day'"),
    "sessions": (
        "id",
        """
        least(ended_at, last_used_at + interval '30 days', created_at + interval '90 days') < now() - interval '30 days'
        """,
    ),
}


def purge() -> dict[str, object]:
    """Remove batch after batch of each kind, until none is left or the time is over."""
    run = Run()
    for table in _STALE:
        while not run.is_over() and (removed := _remove(table)) > 0:
            run.outcomes[table] += removed
    return run.answer(sum(_left(table) for table in _STALE))


@db.in_transaction
def _remove(tx: Transaction, table: str) -> int:
    key, condition = _STALE[table]
    chosen = f"select {key} from {table} where {condition} limit :batch::integer for update skip locked"  # noqa: S608 - constants
    if table == "sessions":
        # Tokens name the one before them: all of a session go in one statement.
        rows = tx.run(
            f"""
            with chosen as ({chosen}), tokens as (
                delete from refresh_tokens where session_id in (select id from chosen)
            )
            select id from chosen
            """,  # noqa: S608 - constants
            batch=BATCH,
        )
        tx.run("delete from sessions where id = any(:ids::uuid[])", ids=[row[0] for row in rows])
        return len(rows)
    removed = tx.value(
        f"with gone as (delete from {table} where {key} in ({chosen}) returning 1) select count(*) from gone",  # noqa: S608 - constants
        batch=BATCH,
    )
    return int(str(removed))


def _left(table: str) -> int:
    rows = db.read(f"select count(*) from {table} where {_STALE[table][1]}")  # noqa: S608 - constants
    return int(rows[0][0])
