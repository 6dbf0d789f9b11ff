"""The line that the operator's alerts are made from: who waits too long, and who waits for a person."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from functions.jobs.payments import OPEN_HOURS
from functions.jobs.reporting import ASKED_WITHIN_HOURS, CLOSED_WITHIN_MINUTES, report_payments
from functions.jobs.runs import MOST_SILENT_IN_A_ROW
from tests.support.clients import System
from tests.support.money import Attempt, Desk, open_desk


@dataclass(frozen=True)
class Standing:
    """What the line says, of all payments in the database."""

    stuck: int
    in_review: int


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def standing(desk: Desk, caplog: pytest.LogCaptureFixture) -> "StandingNow":
    assert desk
    return StandingNow(caplog)


@dataclass(frozen=True)
class StandingNow:
    """Reads the line anew each time."""

    caplog: pytest.LogCaptureFixture

    def __call__(self) -> Standing:
        self.caplog.set_level("INFO")
        report_payments(OPEN_HOURS, 0)
        fields: dict[str, Any] = vars(self.caplog.records[-1])["fields"]
        return Standing(fields["pending_over_an_hour"], fields["waiting_for_a_person"])


def let_pass(desk: Desk, attempt: Attempt, *, opened: str, asked: str | None, ends_in: str | None) -> None:
    """An attempt `opened` so long ago, about which the gateway was `asked` so long ago, and which `ends_in` so long."""
    desk.run(
        """
        update payments
        set created_at = now() - :opened::interval, checked_at = now() - :asked::interval,
            expires_at = now() + :ends::interval
        where id = :id
        """,
        opened=opened,
        asked=asked,
        ends=ends_in,
        id=attempt.payment_id,
    )


@pytest.mark.parametrize(
    ("opened", "asked", "ends_in", "is_stuck"),
    [
        ("59 minutes", None, "-1 minutes", False),
        ("61 minutes", None, f"-{CLOSED_WITHIN_MINUTES - 1} minutes", False),
        ("61 minutes", None, f"-{CLOSED_WITHIN_MINUTES + 1} minutes", True),
        # Somebody with a Fawry code has days, and is not stuck while the gateway goes on saying that nothing came.
        ("61 minutes", None, "2 days", False),
        ("20 hours", "30 minutes", "2 days", False),
        ("20 hours", f"{ASKED_WITHIN_HOURS * 60 + 1} minutes", "2 days", True),
        ("20 hours", None, "2 days", True),
        # The gateway named no time: a payer has three days.
        ("70 hours", "30 minutes", None, False),
        (f"{OPEN_HOURS * 60 + CLOSED_WITHIN_MINUTES + 1} minutes", "30 minutes", None, True),
    ],
)
def test_a_payment_is_stuck_once_nobody_is_waiting_for_its_payer(
    desk: Desk, standing: StandingNow, opened: str, asked: str | None, ends_in: str | None, *, is_stuck: bool
) -> None:
    attempt = desk.attempt(2)
    before = standing()
    let_pass(desk, attempt, opened=opened, asked=asked, ends_in=ends_in)
    assert standing().stuck - before.stuck == is_stuck
    desk.happens(attempt.invoice_id, "paid")
    assert standing().stuck == before.stuck


def test_a_payment_whose_answer_was_lost_is_stuck_after_an_hour(desk: Desk, standing: StandingNow) -> None:
    payment_id, _ = desk.lose_an_attempt(str(desk.order()["id"]))
    before = standing()
    desk.run("update payments set created_at = now() - interval '61 minutes' where id = :id", id=payment_id)
    assert standing().stuck - before.stuck == 1


def test_money_that_does_not_fit_waits_for_a_person_until_one_has_decided(desk: Desk, standing: StandingNow) -> None:
    attempt = desk.attempt()
    before = standing()
    desk.happens(attempt.invoice_id, "paid", amount="300.00")
    let_pass(desk, attempt, opened="2 days", asked=None, ends_in=None)
    assert standing() == Standing(before.stuck, before.in_review + 1)
    assert desk.resolve(attempt, "settle").status == 200
    assert standing() == before


def test_what_nobody_can_read_for_days_waits_for_a_person(desk: Desk, standing: StandingNow) -> None:
    # What other tests have left due is not counted as this one's.
    desk.job("reconcile")
    event, payment = desk.attempt(), desk.attempt()
    desk.happens(payment.invoice_id, "paid")
    with desk.outage("garbage"):
        desk.happens(event.invoice_id, "paid")
    before = standing()
    for odd_answers, waiting in ((11, 0), (12, 1)):
        desk.run(
            """
            update webhook_retries set odd_answers = :odd
            where event_id in (select id from webhook_events where invoice_id = :id)
            """,
            odd=odd_answers,
            id=event.invoice_id,
        )
        assert standing().in_review - before.in_review == waiting
    desk.run("update payments set odd_answers = 9, check_due_at = now() where id = :id", id=payment.payment_id)
    assert standing().in_review - before.in_review == 2
    desk.run("update payments set odd_answers = 0, check_due_at = null where id = :id", id=payment.payment_id)
    desk.make_webhooks_due(event.invoice_id)
    desk.job("reconcile")
    assert standing().in_review == before.in_review


def told_by_a_run(desk: Desk) -> dict[str, Any]:
    """The line with which the job's next run ends."""
    written = desk.system.log.stat().st_size
    desk.job("reconcile")
    with desk.system.log.open() as log:
        log.seek(written)
        lines = [json.loads(line) for line in log if line.startswith("{")]
    return next(line for line in lines if line["message"] == "payments stand")


@pytest.mark.parametrize(("outage", "silences"), [("error", 1 + MOST_SILENT_IN_A_ROW), ("garbage", 0)])
def test_only_a_gateway_that_does_not_answer_is_told_as_silent(desk: Desk, outage: str, silences: int) -> None:
    """The list of refunds is asked for too. An answer that can't be read may be there as long as its invoice is."""
    for _ in range(MOST_SILENT_IN_A_ROW):
        desk.make_due(desk.attempt())
    with desk.outage(outage):
        told = told_by_a_run(desk)
    assert told["gateway_silences"] == silences
    assert {"pending_over_an_hour", "waiting_for_a_person"} <= set(told)
