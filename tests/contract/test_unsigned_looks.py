"""Anybody can send a refund event of version 2, which nobody signs. It makes a job ask the gateway, but not without end."""

import pytest

from tests.support.clients import System
from tests.support.money import Attempt, Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def looked_at(desk: Desk) -> Attempt:
    """A settled payment about which the gateway was just asked, because of an event that nobody signed."""
    attempt = desk.attempt()
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    desk.run("update payments set unsigned_look_at = null where id <> :id", id=attempt.payment_id)
    report_a_refund(desk, attempt)
    desk.job("reconcile")
    assert looks(desk, attempt) == 1
    return attempt


def report_a_refund(desk: Desk, attempt: Attempt, amount: str = "1") -> None:
    assert desk.sent({"transactionId": attempt.invoice_id, "amount": amount, "status": "approved"}) == "ignored"


def looks(desk: Desk, attempt: Attempt) -> int:
    """How often jobs have asked the gateway about a payment."""
    return int(desk.run("select checks from payments where id = :id", id=attempt.payment_id)[0][0])


def an_hour_passes(desk: Desk, attempt: Attempt) -> None:
    sql = """
        update payments set unsigned_look_at = unsigned_look_at - interval '1 hour',
               check_due_at = check_due_at - interval '1 hour' where id = :id
        """
    desk.run(sql, id=attempt.payment_id)


def test_however_many_come_a_payment_is_looked_at_once_an_hour(desk: Desk, looked_at: Attempt) -> None:
    for _ in range(3):
        for amount in ("1", "2", "3"):
            report_a_refund(desk, looked_at, amount)
        desk.job("reconcile")
    assert looks(desk, looked_at) == 1


def test_what_came_within_the_hour_is_looked_at_when_it_is_over(desk: Desk, looked_at: Attempt) -> None:
    desk.unpay(looked_at.invoice_id)
    report_a_refund(desk, looked_at, "342")
    desk.job("reconcile")
    assert desk.payment(looked_at)["review_reason"] is None
    an_hour_passes(desk, looked_at)
    desk.job("reconcile")
    assert desk.payment(looked_at)["review_reason"] == "REFUND_REPORTED"


def test_an_event_after_the_hour_is_looked_at_at_once_and_then_nothing_is_due(desk: Desk, looked_at: Attempt) -> None:
    an_hour_passes(desk, looked_at)
    report_a_refund(desk, looked_at)
    desk.job("reconcile")
    desk.job("reconcile")
    assert looks(desk, looked_at) == 2


def test_a_signed_event_is_looked_at_whatever_came_unsigned(desk: Desk, looked_at: Attempt) -> None:
    report_a_refund(desk, looked_at)
    assert desk.outcome(looked_at.invoice_id, "refunded", shape="v3", amount="50") == "review"
