"""Revenue by day: what moved on SALES, added up so that nobody who reads it has to add up a year."""

from datetime import datetime

from lib import db
from lib.db import Transaction

# A transaction that is not committed yet may have entries of this long ago, and none that are older.
UNCOMMITTED_MINUTES = 10
# So much is added up in one run. A job that was paused catches up run by run.
MOST_DAYS = 31


@db.in_transaction
def sum_revenue(tx: Transaction) -> bool:
    """Add to the days what moved since the last run. Whether that is all there is."""
    until = tx.value(
        datetime,
        """
        select least(now() - make_interval(mins => :minutes::integer), until + make_interval(days => :days::integer))
        from revenue_summed for update
        """,
        minutes=UNCOMMITTED_MINUTES,
        days=MOST_DAYS,
    )
    tx.run(
        """
        insert into revenue_days (day, currency, amount)
        select cairo_day(e.created_at), a.currency, sum(e.amount)
        from ledger_entries e join ledger_accounts a on a.id = e.account_id and a.kind = 'SALES'
        where e.created_at > (select until from revenue_summed) and e.created_at <= :until group by 1, 2
        on conflict (day, currency) do update set amount = revenue_days.amount + excluded.amount
        """,
        until=until,
    )
    tx.run("update revenue_summed set until = greatest(until, :until)", until=until)
    return tx.value(
        bool,
        "select until >= now() - make_interval(mins => :minutes::integer) from revenue_summed",
        minutes=UNCOMMITTED_MINUTES,
    )
