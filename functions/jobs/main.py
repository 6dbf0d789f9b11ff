"""The private jobs function. Each job may run twice and at the same time, and stops when its time is over."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.jobs import cashback, mails, pictures, points, purging, revenue, verification
from functions.jobs.payments import expire_payments, reconcile_payments
from functions.jobs.preparing import prepare_deployment
from functions.jobs.schemas import JobAnswer, RotationAnswer, VerificationAnswer
from lib.config import ConfigurationError, config
from lib.errors import Conflict
from lib.security import keys, second_factors
from lib.web import ANYONE, Api
from lib.web.service import add_health

api = Api("jobs", "Jobs (private: no address of the balancer leads to them)")
add_health(api)


# By the function's IAM policy nobody but Cloud Scheduler's account may call it, so the routes need no guard.
@api.post("/jobs/reconcile", roles=ANYONE, response=JobAnswer, takes_key=False)
def reconcile() -> dict[str, object]:
    """Process deferred webhooks, ask the gateway about pending payments, and mark refunds without an answer for review."""
    return reconcile_payments()


@api.post("/jobs/expire-payments", roles=ANYONE, response=JobAnswer, takes_key=False)
def expire() -> dict[str, object]:
    """Close payments whose time is over, unless the gateway says that they are paid."""
    return expire_payments()


@api.post("/jobs/expire-points", roles=ANYONE, response=JobAnswer, takes_key=False)
def expire_points() -> dict[str, object]:
    """Remove expired points from balances, customer by customer."""
    return points.expire_points()


@api.post("/jobs/credit-cashback", roles=ANYONE, response=JobAnswer, takes_key=False)
def credit_cashback() -> dict[str, object]:
    """Credit cashback, and points of what was paid by hand, whose refund window is closed."""
    return cashback.credit_cashback()


@api.post("/jobs/send-mail", roles=ANYONE, response=JobAnswer, takes_key=False)
def send_mail() -> dict[str, object]:
    """Send the mails that are due."""
    return mails.send_mails()


@api.post("/jobs/verify-ledger", roles=ANYONE, response=VerificationAnswer, takes_key=False)
def verify_ledger() -> dict[str, object]:
    """Verify the ledger for the next customers, and log each row that disagrees."""
    return verification.verify_ledger()


@api.post("/jobs/rotate-jwt-key", roles=ANYONE, response=RotationAnswer, takes_key=False, problems=(409,))
def rotate_jwt_key() -> dict[str, object]:
    """Make a new key for access tokens, unless the newest is younger than a token's lifetime; the old one still verifies."""
    try:
        second_factors.seal_anew()
        return {"rotated": keys.rotate_when_due()}
    except ConfigurationError as error:
        # The key is set by hand here, or this account may not write it. The message says which.
        raise Conflict(str(error)) from error


@api.post("/jobs/sum-revenue", roles=ANYONE, response=JobAnswer, takes_key=False)
def sum_revenue() -> dict[str, object]:
    """Add up revenue by day for the dashboard."""
    return revenue.sum_revenue_by_day()


@api.post("/jobs/remove-pictures", roles=ANYONE, response=JobAnswer, takes_key=False)
def remove_pictures() -> dict[str, object]:
    """Remove pictures that no account shows."""
    return pictures.remove_pictures()


@api.post("/jobs/purge", roles=ANYONE, response=JobAnswer, takes_key=False)
def purge() -> dict[str, object]:
    """Remove idempotency keys, login attempts, sessions, codes and mails that nobody needs any more."""
    return purging.purge()


# The first instance of a new release does this before it listens, and the other functions are deployed after it. If it
# fails, the deployment fails, and the old code continues to serve.
if config().prepares_deployment:
    prepare_deployment()

jobs = api.function()
