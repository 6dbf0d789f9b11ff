"""A refund whose process is killed at one of its steps: nothing is lost, nothing goes back twice."""

import os
import subprocess
import sys

import pytest

from tests.support.balances import balances
from tests.support.clients import System
from tests.support.money import Attempt, Desk, Statuses, open_desk
from tests.support.refunds import (
    ask_refund,
    asked_at_gateway,
    credit_notes,
    decide,
    order_of,
    paid,
    refund,
    refund_by_gateway,
    refunds_of,
    sent_back,
)

KILLED = 9
# The process of a request, which dies when it comes to the step that it is given.
CRASHING = f"""
import os, sys
from decimal import Decimal
from uuid import UUID
from lib.audit import Actor
from lib.refunds import completing, refunding

order_id, admin_id, destination, step = sys.argv[1:]
place = {{"claimed": refunding, "sent": refunding, "completing": completing}}[step]
name = {{"claimed": "_send", "sent": "_mark_submitted", "completing": "take_back"}}[step]
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


def test_killed_while_it_completes_nothing_of_it_stands(desk: Desk) -> None:
    attempt = paid(desk)
    crash(desk, attempt, "wallet", "completing")
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")
    assert (balances(desk.customer.id).wallet, credit_notes(desk, attempt.order_id)) == ("0.00", [])
    assert refunds_of(desk, attempt.order_id) == []
    refund(desk, attempt.order_id)
    assert balances(desk.customer.id).wallet == "342.00"


def test_killed_before_the_gateway_was_asked_it_waits_for_a_person_once(desk: Desk) -> None:
    attempt = paid(desk)
    crash(desk, attempt, "gateway", "claimed")
    assert ask_refund(desk, attempt.order_id, "gateway").status == 409
    let_the_job_find(desk, attempt)
    assert [one["status"] for one in refunds_of(desk, attempt.order_id)] == ["NEEDS_REVIEW"]
    assert desk.payment(attempt)["review_reason"] == "REFUND_UNKNOWN"
    assert asked_at_gateway(desk, attempt.invoice_id) == []
    assert desk.resolve(attempt, "reject").status == 200
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == "0.00"
    refund_by_gateway(desk, attempt)
    assert desk.statuses(attempt).order == "REFUNDED"


def test_killed_after_the_gateway_has_the_request_its_list_tells(desk: Desk) -> None:
    attempt = paid(desk)
    crash(desk, attempt, "gateway", "sent")
    let_the_job_find(desk, attempt)
    assert [one["status"] for one in refunds_of(desk, attempt.order_id)] == ["PENDING"]
    decide(desk, attempt.invoice_id, shape="v3")
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == "42.00"
    refund_by_gateway(desk, attempt)
    assert desk.statuses(attempt).order == "REFUNDED"
    assert sent_back(desk, attempt.invoice_id) == "342.00"
