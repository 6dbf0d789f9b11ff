"""The jobs: what is due is looked at, once, whoever else works beside them."""

import functools
import uuid
from datetime import UTC, datetime

import pytest

from functions.jobs import payments as jobs
from functions.jobs import runs
from lib.gateway_events.processing import process_again
from lib.outcomes import Outcome
from tests.support.clients import System
from tests.support.money import Attempt, Desk, Statuses, at_once, open_desk

SETTLED = Statuses("PAID", "PAID", "PAID", "342.00")


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def expire(desk: Desk, attempt: Attempt) -> None:
    desk.run(
        "update payments set expires_at = now() - interval '1 second', expire_due_at = null where id = :id",
        id=attempt.payment_id,
    )


def due_in_hours(desk: Desk, attempt: Attempt) -> float | None:
    rows = desk.run(
        "select extract(epoch from check_due_at - now())::float / 3600 from payments where id = :id", id=attempt.payment_id
    )
    return None if rows[0][0] is None else float(rows[0][0])


def test_a_payment_whose_webhook_never_came_is_settled(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.webhook(attempt.invoice_id, "paid")
    desk.make_due(attempt)
    answer = desk.job("reconcile")
    assert answer["done"] >= 1
    assert answer["outcomes"]["processed"] >= 1
    assert desk.statuses(attempt) == SETTLED
    assert due_in_hours(desk, attempt) is None


def test_a_payment_that_is_not_due_yet_is_looked_at_too(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.webhook(attempt.invoice_id, "paid")
    # What other tests left pending comes before it in a run, and a run takes only so many that are not due.
    desk.run("update payments set check_due_at = null where status = 'PENDING' and id <> :id", id=attempt.payment_id)
    desk.job("reconcile")
    assert desk.statuses(attempt) == SETTLED


def test_what_an_outage_put_off_is_settled_by_the_first_run_after_it(desk: Desk) -> None:
    attempt = desk.attempt()
    with desk.outage("error"):
        assert desk.outcome(attempt.invoice_id, "paid") == "deferred"
    desk.job("reconcile")
    assert desk.statuses(attempt) == SETTLED


def test_a_run_leaves_a_silent_gateway_alone(desk: Desk) -> None:
    attempts = [desk.attempt() for _ in range(5)]
    for attempt in attempts:
        desk.make_due(attempt)
    with desk.outage("error"):
        answer = desk.job("reconcile")
    assert answer["outcomes"] == {"deferred": runs.MOST_SILENT_IN_A_ROW}
    assert answer["left"] >= 2


def test_a_pending_payment_is_looked_at_again_less_and_less_often(desk: Desk) -> None:
    attempt, waits = desk.attempt(), []
    for _ in range(3):
        desk.make_due(attempt)
        desk.job("reconcile")
        waits.append(round((due_in_hours(desk, attempt) or 0) * 60))
    assert waits == [2, 4, 6]
    assert desk.statuses(attempt).payment == "PENDING"


@pytest.mark.parametrize("end", ["failed", "expired", "cancelled", "superseded", "order cancelled"])
def test_money_for_a_closed_attempt_whose_webhook_was_lost_is_found(desk: Desk, end: str) -> None:
    attempt = desk.attempt(3)
    if end == "superseded":
        desk.pay(attempt.order_id, 2)
    elif end == "order cancelled":
        desk.employee.client.post(f"/api/orders/{attempt.order_id}/cancel", {})
    else:
        desk.happens(attempt.invoice_id, end)
    assert 0 < (due_in_hours(desk, attempt) or 0) <= 1
    desk.webhook(attempt.invoice_id, "paid")
    desk.make_due(attempt)
    desk.job("reconcile")
    assert desk.payment(attempt)["status"] == "PAID"
    assert desk.payment(attempt)["review_reason"] == ("ORDER_CANCELLED" if end == "order cancelled" else None)


def test_a_closed_attempt_is_watched_for_a_week(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "failed")
    desk.make_due(attempt)
    desk.job("reconcile")
    assert 11 < (due_in_hours(desk, attempt) or 0) <= 12
    desk.run("update payments set created_at = now() - interval '8 days' where id = :id", id=attempt.payment_id)
    desk.make_due(attempt)
    desk.job("reconcile")
    assert due_in_hours(desk, attempt) is None


def test_a_refund_that_the_gateway_reports_is_flagged_once_it_answers(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    desk.unpay(attempt.invoice_id)
    with desk.outage("error"):
        assert desk.outcome(attempt.invoice_id, "refunded") == "ignored"
        desk.job("reconcile")
    assert desk.payment(attempt)["review_reason"] is None
    desk.make_due(attempt)
    desk.job("reconcile")
    assert desk.payment(attempt)["review_reason"] == "REFUND_REPORTED"
    assert desk.statuses(attempt) == SETTLED


def test_a_refund_that_the_gateway_confirms_is_flagged_although_it_stays_paid_there(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    desk.happens(attempt.invoice_id, "refunded")
    desk.job("reconcile")
    assert (desk.payment(attempt)["review_reason"], due_in_hours(desk, attempt)) == ("REFUND_REPORTED", None)
    assert desk.statuses(attempt) == SETTLED


def test_a_refund_event_that_the_gateway_does_not_confirm_changes_nothing(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    assert desk.sent({"transactionId": attempt.invoice_id, "amount": "342", "status": "approved"}) == "ignored"
    desk.job("reconcile")
    assert (desk.payment(attempt)["review_reason"], due_in_hours(desk, attempt)) == (None, None)


def test_money_that_an_outage_put_off_is_never_given_up(desk: Desk) -> None:
    order = desk.order()
    _payment_id, invoice_id = desk.lose_an_attempt(order["id"])
    with desk.outage("error"):
        assert desk.outcome(invoice_id, "paid") == "deferred"
    desk.run(
        "update webhook_retries set tries = 500 where event_id in (select id from webhook_events where invoice_id = :id)",
        id=invoice_id,
    )
    desk.make_webhooks_due(invoice_id)
    desk.job("reconcile")
    assert desk.customer.client.get(f"/api/orders/{order['id']}").json["status"] == "PAID"


def test_an_expired_payment_is_closed_after_asking(desk: Desk) -> None:
    attempt = desk.attempt(3)
    expire(desk, attempt)
    desk.job("expire-payments")
    assert desk.statuses(attempt) == Statuses("ISSUED", "UNPAID", "EXPIRED", "0.00")
    assert desk.payment(attempt)["error_message"] == "not paid in time"


def test_an_expired_payment_that_the_gateway_shows_as_paid_is_settled(desk: Desk) -> None:
    attempt = desk.attempt(3)
    expire(desk, attempt)
    desk.webhook(attempt.invoice_id, "paid")
    desk.job("expire-payments")
    assert desk.statuses(attempt) == SETTLED


@pytest.mark.parametrize("mode", ["error", "garbage"])
def test_the_gateways_silence_leaves_an_expired_payment_open(desk: Desk, mode: str) -> None:
    attempt = desk.attempt(3)
    expire(desk, attempt)
    with desk.outage(mode):
        assert desk.job("expire-payments")["outcomes"]["deferred"] >= 1
    assert desk.statuses(attempt).payment == "PENDING"
    expire(desk, attempt)
    desk.job("expire-payments")
    assert desk.statuses(attempt).payment == "EXPIRED"


def test_a_payment_without_an_expiry_is_closed_after_three_days(desk: Desk) -> None:
    young, old = desk.attempt(2), desk.attempt(2)
    for attempt, hours in ((young, 71), (old, 73)):
        desk.run(
            "update payments set created_at = now() - make_interval(hours => :hours::integer) where id = :id",
            id=attempt.payment_id,
            hours=hours,
        )
    desk.job("expire-payments")
    assert [desk.payment(attempt)["status"] for attempt in (young, old)] == ["PENDING", "EXPIRED"]


def test_a_lost_attempt_is_closed_by_age_and_its_late_money_is_taken_all_the_same(desk: Desk) -> None:
    order_id = desk.order()["id"]
    payment_id, invoice_id = desk.lose_an_attempt(order_id)
    path = f"/api/payments/status/{payment_id}"
    desk.job("expire-payments")
    assert desk.customer.client.get(path).json["status"] == "PENDING"
    desk.run("update payments set created_at = now() - interval '11 minutes' where id = :id", id=payment_id)
    desk.job("expire-payments")
    assert desk.customer.client.get(path).json["status"] == "EXPIRED"
    assert desk.outcome(invoice_id, "paid") == "processed"
    assert desk.customer.client.get(path).json["status"] == "PAID"


def test_an_unmatched_webhook_is_attached_once_the_attempt_is_known(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.run(
        "update payments set gateway_invoice_id = null, gateway_invoice_key = null where id = :id", id=attempt.payment_id
    )
    with desk.answers(f"getInvoiceData/{attempt.invoice_id}", {"data": {"pay_load": None}}):
        assert desk.outcome(attempt.invoice_id, "paid") == "unmatched"
    desk.make_webhooks_due(attempt.invoice_id)
    desk.job("reconcile")
    assert desk.statuses(attempt) == SETTLED


def test_both_jobs_twice_and_at_once_do_everything_once(desk: Desk) -> None:
    paid, unpaid = [desk.attempt() for _ in range(3)], [desk.attempt(3) for _ in range(3)]
    for attempt in paid:
        desk.webhook(attempt.invoice_id, "paid")
        desk.make_due(attempt)
    for attempt in (*paid, *unpaid):
        expire(desk, attempt)
    works = [lambda: desk.job("reconcile"), lambda: desk.job("expire-payments")]
    at_once(*works, *works)
    at_once(*works)
    assert [desk.statuses(attempt) for attempt in paid] == [SETTLED] * 3
    assert [desk.statuses(attempt).payment for attempt in unpaid] == ["EXPIRED"] * 3


def test_a_row_is_claimed_by_one_job_alone(desk: Desk) -> None:
    attempts = {desk.attempt().payment_id for _ in range(4)}
    desk.run("update payments set check_due_at = '2000-01-01' where id = any(:ids::uuid[])", ids=list(attempts))
    claim = functools.partial(jobs._claim_payment, datetime.now(UTC), is_due=True)
    assert {str(payment_id) for payment_id in at_once(*[claim] * 4)} == attempts


def test_a_job_whose_time_is_over_says_what_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = desk.attempt(3)
    expire(desk, attempt)
    desk.make_due(attempt)
    monkeypatch.setattr(runs, "RUN_SECONDS", 0.0)
    for job in (jobs.reconcile_payments, jobs.expire_payments):
        answer = job()
        assert answer["done"] == 0
        assert int(str(answer["left"])) >= 1


def test_a_row_that_fails_stops_none_of_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = desk.attempt(), desk.attempt()
    asked: list[str] = []

    def reconcile(payment_id: uuid.UUID, _seconds: float) -> Outcome:
        asked.append(str(payment_id))
        if str(payment_id) == bad.payment_id:
            raise ZeroDivisionError
        return Outcome("ignored", "", payment_id)

    monkeypatch.setattr(jobs, "reconcile", reconcile)
    monkeypatch.setattr(jobs, "_claim_event", lambda *_position, **_name: None)
    for attempt, due in ((bad, "2000-01-01"), (good, "2000-01-02")):
        desk.run("update payments set check_due_at = :due::timestamptz where id = :id", id=attempt.payment_id, due=due)
    outcomes = jobs.reconcile_payments()["outcomes"]
    assert isinstance(outcomes, dict)
    assert outcomes["failed"] == 1
    assert {bad.payment_id, good.payment_id} <= {*asked}


def test_a_webhook_that_was_done_meanwhile_needs_nothing_more() -> None:
    assert process_again(uuid.uuid4(), seconds=1).status == "already_processed"
