"""The jobs function, private: each job is safe to run twice and at once, and does what it can within its time."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.jobs import cashback, points, purging, verification
from functions.jobs.payments import expire_payments, reconcile_payments
from functions.jobs.preparing import prepare_deployment
from functions.jobs.schemas import JobAnswer, RotationAnswer, VerificationAnswer
from lib.config import ConfigurationError, config
from lib.errors import Conflict
from lib.security import keys
from lib.web import ANYONE, Api
from lib.web.service import add_health

api = Api("jobs", "Jobs (private: no address of the balancer leads to them)")
add_health(api)


# Nobody but Cloud Scheduler's account may call this function at all: its IAM policy is the guard.
@api.post("/jobs/reconcile", who=ANYONE, answer=JobAnswer, takes_key=False)
def reconcile() -> dict[str, object]:
    """Take up webhooks that were put off, ask the gateway about pending payments, flag refunds nobody heard of again."""
    return reconcile_payments()


@api.post("/jobs/expire-payments", who=ANYONE, answer=JobAnswer, takes_key=False)
def expire() -> dict[str, object]:
    """Close payments whose time is over, unless the gateway says that they are paid."""
    return expire_payments()


@api.post("/jobs/expire-points", who=ANYONE, answer=JobAnswer, takes_key=False)
def expire_points() -> dict[str, object]:
    """Take off points whose lot is over, customer by customer."""
    return points.expire_points()


@api.post("/jobs/credit-cashback", who=ANYONE, answer=JobAnswer, takes_key=False)
def credit_cashback() -> dict[str, object]:
    """Credit cashback whose refund window is closed."""
    return cashback.credit_cashback()


@api.post("/jobs/verify-ledger", who=ANYONE, answer=VerificationAnswer, takes_key=False)
def verify_ledger() -> dict[str, object]:
    """Prove the ledger for the next customers, and log each row that disagrees."""
    return verification.verify_ledger()


@api.post("/jobs/rotate-jwt-key", who=ANYONE, answer=RotationAnswer, takes_key=False, problems=(409,))
def rotate_jwt_key() -> dict[str, object]:
    """Make a new key for access tokens, unless the newest is younger than a token gets; the one before it still verifies."""
    try:
        return {"rotated": keys.rotate_when_due()}
    except ConfigurationError as error:
        # The key is set by hand here, or this account may not write it: the answer says which.
        raise Conflict(str(error)) from error


@api.post("/jobs/purge", who=ANYONE, answer=JobAnswer, takes_key=False)
def purge() -> dict[str, object]:
    """Remove idempotency keys, login attempts and sessions that nobody needs any more."""
    return purging.purge()


# The new release's first instance does this before it listens, and the other functions are deployed after this one: a
# failure fails the deployment, and the old code goes on serving.
if config().prepares_deployment:
    prepare_deployment()

jobs = api.function()
