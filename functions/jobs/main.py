"""The jobs function, private: each job is safe to run twice and at once, and does what it can within its time."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.jobs.payments import expire_payments, reconcile_payments
from functions.jobs.schemas import JobAnswer
from lib.web import ANYONE, Api
from lib.web.service import add_health

api = Api("jobs", "Jobs (private: no address of the balancer leads to them)")
add_health(api)


# Nobody but Cloud Scheduler's account may call this function at all: its IAM policy is the guard.
@api.post("/jobs/reconcile", who=ANYONE, answer=JobAnswer, takes_key=False)
def reconcile() -> dict[str, object]:
    """Ask the gateway about every pending payment that is due, and take up every webhook that was put off."""
    return reconcile_payments()


@api.post("/jobs/expire-payments", who=ANYONE, answer=JobAnswer, takes_key=False)
def expire() -> dict[str, object]:
    """Close payments whose time is over, unless the gateway says that they are paid."""
    return expire_payments()


jobs = api.function()
