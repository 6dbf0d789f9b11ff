"""Adds up revenue by day for the dashboard."""

from functions.jobs.runs import Run
from lib.ledger.revenue import sum_revenue


def sum_revenue_by_day() -> dict[str, object]:
    """Add what moved since the last run, a month at most at a time, until all is added or the run's time is over."""
    run = Run()
    is_all = False
    while not is_all and not run.is_over():
        is_all = sum_revenue()
        run.outcomes["processed"] += 1
    return run.summary(0 if is_all else 1)
