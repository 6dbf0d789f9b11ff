"""Adds up and counts what the dashboard shows."""

from functions.jobs.runs import Run
from lib.ledger.revenue import count_figures, sum_revenue


def sum_revenue_by_day() -> dict[str, object]:
    """Count anew, and add what moved since the last run, a month at a time, until all is added or the time is over."""
    run = Run()
    count_figures()
    is_all = False
    while not is_all and not run.is_over():
        is_all = sum_revenue()
        run.outcomes["processed"] += 1
    return run.summary(0 if is_all else 1)
