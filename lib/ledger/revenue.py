"""Revenue by day and other figures, added up and counted so that nobody who reads them has to go through all rows."""

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


@db.in_transaction
def count_figures(tx: Transaction) -> None:
    """Count customers, bookings, and orders without those behind bookings."""
    tx.run(
        """
        update figures set until = now(), number = case what
            when 'customers' then (select count(*) from users where role = 'CUSTOMER' and created_at <= now())
            when 'bookings' then (select count(*) from bookings where created_at <= now())
            else (select count(*) from orders where not is_booked and created_at <= now()) end
        """
    )
