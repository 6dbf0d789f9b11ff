"""A refund whose process is killed at one of its steps: nothing is lost, nothing goes back twice."""

import os
import subprocess
import sys

import pytest

from tests.support.balances import balances
from tests.support.clients import System
from tests.support.money import Attempt, Desk, Statuses, open_desk
from tests.support.refunds import ask_refund, credit_notes, order_of, paid, refund, refunds_of, sent_back

KILLED = 9
# The process of a request, which dies when it comes to the step that it is given.
CRASHING = f"""
import os, sys
from decimal import Decimal
from uuid import UUID
from lib.audit import Actor
from lib.payments import gateway
from lib.refunds import completing, refunding

order_id, admin_id, destination, step = sys.argv[1:]
place = {{"claimed": gateway, "sent": refunding, "completing": completing}}[step]
name = {{"claimed": "client", "sent": "complete", "completing": "take_back"}}[step]
setattr(place, name, lambda *given: os._exit({KILLED}))
request = refunding.RefundRequest(
    reason="called off", destination=destination, amount=Decimal(42), request_key="of the crash"
)
refunding.refund(UUID(order_id), Actor(UUID(admin_id), "ADMIN", "", ""), request)
"""


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def crash(desk: Desk, attempt: Attempt, destination: str, step: str) -> None:
    ended = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", CRASHING, attempt.order_id, desk.admin.id, destination, step],
        env={**os.environ, "FAWATERK_BASE_URL": f"{desk.gateway.base_url}/api/v2", "DB_POOL_SIZE": "1"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == KILLED, ended.stderr.decode()


def let_the_job_find(desk: Desk, attempt: Attempt) -> None:
    desk.run(
        "update refund_parts set claimed_at = now() - interval '3 minutes' where payment_id = :id", id=attempt.payment_id
    )
    desk.job("reconcile")
    desk.job("reconcile")


@pytest.mark.parametrize("destination", ["wallet", "gateway"])
def test_killed_while_it_completes_nothing_of_it_stands(desk: Desk, destination: str) -> None:
    attempt = paid(desk)
    crash(desk, attempt, destination, "completing")
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")
    assert (balances(desk.customer.id).wallet, credit_notes(desk, attempt.order_id)) == ("0.00", [])
    assert [one["status"] for one in refunds_of(desk, attempt.order_id)] == ([] if destination == "wallet" else ["PENDING"])
    if destination == "wallet":
        refund(desk, attempt.order_id)
        assert balances(desk.customer.id).wallet == "342.00"


@pytest.mark.parametrize(("step", "went"), [("claimed", "0"), ("sent", "42.00"), ("completing", "42.00")])
def test_killed_around_the_gateway_s_call_it_waits_for_a_person_once(desk: Desk, step: str, went: str) -> None:
    attempt = paid(desk)
    crash(desk, attempt, "gateway", step)
    assert ask_refund(desk, attempt.order_id, "gateway").status == 409
    let_the_job_find(desk, attempt)
    assert [one["status"] for one in refunds_of(desk, attempt.order_id)] == ["NEEDS_REVIEW"]
    assert desk.payment(attempt)["review_reason"] == "REFUND_UNKNOWN"
    assert sent_back(desk, attempt.invoice_id) == went
    assert desk.resolve(attempt, "reject" if went == "0" else "settle").status == 200
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == ("0.00" if went == "0" else "42.00")
    refund(desk, attempt.order_id, "gateway")
    assert desk.statuses(attempt).order == "REFUNDED"
    assert sent_back(desk, attempt.invoice_id) == "342.00"
