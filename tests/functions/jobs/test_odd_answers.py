"""Answers of the gateway that can't be read: they hold back nobody else, come less and less often, and end with a person."""

import json
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

from functions.jobs import payments as jobs
from lib.gateway_events import records as events
from lib.gateway_events.putting_off import MOST_ODD_ANSWERS
from tests.support.clients import System
from tests.support.money import Attempt, Desk, Statuses, open_desk

SETTLED = Statuses("PAID", "PAID", "PAID", "342.00")
TOKEN = {"status": "error", "message": {"token": ["Invalid Token or inactive vendor."]}}
UNKNOWN = {"status": "error", "message": {"invoice_id": ["The selected invoice id is invalid."]}}
# What may be wrong with the answers about single invoices: (body, HTTP status).
ODD = {
    "no yes or no": ({"data": {"paid": "perhaps"}}, 200),
    "of another invoice": ({"data": {"invoice_id": 4711, "invoice_key": "another"}}, 200),
    "a page": ("<!doctype html><title>We'll be right back</title>", 200),
    "a refusal": ({"status": "error", "message": {"invoice_id": ["The invoice id must be an integer."]}}, 422),
    "of its token": (TOKEN, 400),
    "a failure of its own": ({"message": "Server Error"}, 500),
}


@pytest.fixture
def desk(system: System) -> Desk:
    """A desk to which no other test has left a row that is due."""
    opened = open_desk(system)
    opened.run("update payments set check_due_at = null, expire_due_at = now() + interval '1 day'")
    opened.run("delete from webhook_retries")
    return opened


def path_of(attempt: Attempt) -> str:
    return f"getInvoiceData/{attempt.invoice_id}"


def be_due(desk: Desk, attempt: Attempt, at: str) -> None:
    desk.run(
        """
        update payments set check_due_at = :at::timestamptz, expires_at = '2000-01-01', expire_due_at = null,
               created_at = :at::timestamptz where id = :id
        """,
        at=at,
        id=attempt.payment_id,
    )


@pytest.mark.parametrize("job", ["reconcile", "expire-payments"])
@pytest.mark.parametrize("odd", ODD)
def test_payments_with_odd_answers_cost_their_neighbour_no_turn_in_any_job(desk: Desk, job: str, odd: str) -> None:
    poisoned, neighbour = [desk.attempt() for _ in range(5)], desk.attempt()
    for number, attempt in enumerate(poisoned):
        be_due(desk, attempt, f"2020-01-0{number + 1}")
    be_due(desk, neighbour, "2020-01-09")
    desk.webhook(neighbour.invoice_id, "paid")
    body, status = ODD[odd]
    with ExitStack() as stack:
        for attempt in poisoned:
            stack.enter_context(desk.answers(path_of(attempt), body, status))
        outcomes = desk.job(job)["outcomes"]
    assert desk.statuses(neighbour) == SETTLED
    assert {desk.payment(attempt)["status"] for attempt in poisoned} == {"PENDING"}
    assert outcomes["deferred"] >= len(poisoned)


def test_webhooks_that_nobody_can_explain_cost_their_neighbour_no_turn(desk: Desk) -> None:
    poisoned, neighbour = [desk.attempt() for _ in range(5)], desk.attempt()
    with ExitStack() as stack:
        for attempt in poisoned:
            stack.enter_context(desk.answers(path_of(attempt), {"data": {"paid": {}}}))
            assert desk.outcome(attempt.invoice_id, "paid") == "deferred"
        with desk.outage("error"):
            assert desk.outcome(neighbour.invoice_id, "paid") == "deferred"
        desk.run("update webhook_retries set due_at = '2020-01-01'")
        desk.make_webhooks_due(neighbour.invoice_id)
        desk.run("update payments set check_due_at = null")
        desk.job("reconcile")
    assert desk.statuses(neighbour) == SETTLED


@pytest.mark.parametrize("job", ["reconcile", "expire-payments"])
def test_the_wait_doubles_up_to_a_day_and_then_a_person_decides(desk: Desk, job: str) -> None:
    attempt, waits = desk.attempt(), []
    with desk.answers(path_of(attempt), {"data": {"paid": "perhaps", "api_key": "s3cret"}}):
        while desk.payment(attempt)["review_reason"] is None:
            be_due(desk, attempt, "2020-01-01")
            desk.job(job)
            sql = """
                select round(extract(epoch from due_at - now()) / 60)::int
                from (select case when :checks then check_due_at else expire_due_at end as due_at
                      from payments where id = :id) payment
                """
            waits += desk.run(sql, id=attempt.payment_id, checks=job == "reconcile")[0]
    assert waits[:8] == [10, 20, 40, 80, 160, 320, 640, 1280]
    assert len(waits) == MOST_ODD_ANSWERS
    assert desk.payment(attempt) | {"review_reason": "ANSWER_UNREADABLE", "gateway_answer": None} == desk.payment(attempt)
    path = f"/api/payments?in_review=true&order_id={attempt.order_id}"
    (listed,) = desk.employee.client.get(path).json["items"]
    assert listed["review_reason"] == "ANSWER_UNREADABLE"
    seen = desk.employee.client.get(f"/api/payments/status/{attempt.payment_id}").json["gateway_answer"]
    assert '"paid": "perhaps"' in seen.replace('":"', '": "')
    assert "s3cret" not in seen


@pytest.mark.parametrize("job", ["reconcile", "expire-payments"])
def test_one_invoice_about_which_alone_the_gateway_fails_waits_longer_too_and_then_a_person_decides(
    desk: Desk, job: str
) -> None:
    attempt = desk.attempt()
    odd_answers: list[int] = []
    with desk.answers(path_of(attempt), {"message": "Server Error"}, 500):
        while desk.payment(attempt)["review_reason"] is None and len(odd_answers) <= MOST_ODD_ANSWERS:
            be_due(desk, attempt, "2020-01-01")
            desk.job(job)
            odd_answers += desk.run("select odd_answers from payments where id = :id", id=attempt.payment_id)[0]
    assert odd_answers == list(range(1, MOST_ODD_ANSWERS + 1))
    assert desk.payment(attempt)["review_reason"] == "ANSWER_UNREADABLE"


@pytest.mark.parametrize("job", ["reconcile", "expire-payments"])
def test_an_outage_of_the_whole_gateway_is_no_payments_fault(desk: Desk, job: str) -> None:
    attempts = [desk.attempt() for _ in range(4)]
    for attempt in attempts:
        be_due(desk, attempt, "2020-01-01")
    with desk.outage("error"):
        assert desk.job(job)["outcomes"] == {"deferred": 3}
    ids = [attempt.payment_id for attempt in attempts]
    assert desk.run("select sum(odd_answers) from payments where id = any(:ids::uuid[])", ids=ids) == [[0]]


def in_review(desk: Desk) -> Attempt:
    """A payment that nine unreadable answers have brought into review."""
    attempt = desk.attempt()
    be_due(desk, attempt, "2020-01-01")
    desk.run("update payments set odd_answers = 8 where id = :id", id=attempt.payment_id)
    with desk.answers(path_of(attempt), "<html>"):
        desk.job("reconcile")
    assert desk.payment(attempt)["review_reason"] == "ANSWER_UNREADABLE"
    return attempt


def test_a_person_settles_what_can_not_be_read_with_what_the_bank_shows(desk: Desk) -> None:
    attempt = in_review(desk)
    assert desk.resolve(attempt, "settle").status == 422
    assert desk.resolve(attempt, "settle", amount="342").status == 200
    assert desk.statuses(attempt) == SETTLED


def test_a_person_rejects_what_can_not_be_read_and_the_order_can_be_paid_again(desk: Desk) -> None:
    attempt = in_review(desk)
    assert desk.ask_to_pay(attempt.order_id).status == 409
    assert desk.resolve(attempt, "reject").status == 200
    again = desk.pay(attempt.order_id)
    assert desk.outcome(again.invoice_id, "paid") == "processed"
    assert desk.statuses(again) == SETTLED


def test_the_next_answer_that_can_be_read_ends_the_waiting(desk: Desk) -> None:
    attempt = desk.attempt()
    for body, count in ((["odd"], 1), (["odd"], 2), ({"data": {}}, 0)):
        be_due(desk, attempt, "2020-01-01")
        with desk.answers(path_of(attempt), body):
            desk.job("reconcile")
        assert desk.run("select odd_answers from payments where id = :id", id=attempt.payment_id) == [[count]]


def test_a_payment_with_odd_answers_is_asked_about_when_it_is_due_alone(desk: Desk) -> None:
    attempt = desk.attempt()
    be_due(desk, attempt, "2020-01-01")
    with desk.answers(path_of(attempt), ["odd"]):
        desk.job("reconcile")
        desk.job("reconcile")
    assert desk.run("select odd_answers from payments where id = :id", id=attempt.payment_id) == [[1]]


def test_a_payment_that_always_fails_waits_longer_and_goes_to_a_person(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = desk.attempt()

    def fail(_payment_id: UUID, _seconds: float) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(jobs, "reconcile", fail)
    for odd_answers, reason in ((0, None), (8, "ANSWER_UNREADABLE")):
        be_due(desk, attempt, "2020-01-01")
        desk.run("update payments set odd_answers = :count where id = :id", count=odd_answers, id=attempt.payment_id)
        with pytest.raises(ZeroDivisionError):
            jobs._check(UUID(attempt.payment_id))
        assert desk.payment(attempt)["review_reason"] == reason


def due_in_minutes(desk: Desk, invoice_id: str) -> int:
    sql = """
        select round(extract(epoch from r.due_at - now()) / 60)::int from webhook_retries r
        join webhook_events e on e.id = r.event_id where e.invoice_id = :id
        """
    return int(desk.run(sql, id=invoice_id)[0][0])


def test_a_webhook_that_nobody_can_explain_waits_twice_as_long_each_time_up_to_a_day(desk: Desk) -> None:
    attempt = desk.attempt()
    waits = []
    with desk.answers(path_of(attempt), TOKEN, 400):
        assert desk.outcome(attempt.invoice_id, "paid") == "deferred"
        desk.run("update payments set check_due_at = null")
        for _ in range(events.MOST_ODD_ANSWERS):
            waits.append(due_in_minutes(desk, attempt.invoice_id))
            desk.make_webhooks_due(attempt.invoice_id)
            desk.job("reconcile")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440]
    # The token is right again.
    desk.make_webhooks_due(attempt.invoice_id)
    desk.job("reconcile")
    assert desk.statuses(attempt) == SETTLED


def test_a_stored_webhook_that_always_fails_waits_longer_too(desk: Desk) -> None:
    attempt = desk.attempt()
    with desk.outage("error"):
        desk.happens(attempt.invoice_id, "paid")
    desk.run(
        "insert into webhook_events (digest, hash_held, kind, invoice_id, body) values ('x', true, 'paid', 'bad', '[]')"
    )
    desk.run(
        """
        insert into webhook_retries (event_id, event_received_at, due_at)
        select id, received_at, '2020-01-01' from webhook_events where invoice_id = 'bad' order by received_at desc limit 1
        """
    )
    assert desk.job("reconcile")["outcomes"]["failed"] == 1
    assert desk.statuses(attempt) == SETTLED
    assert due_in_minutes(desk, "bad") >= 1
    desk.run("delete from webhook_retries")


@pytest.mark.parametrize(
    "odd",
    [
        {"invoice_transactions": {"1": {"paidWithIt": 1, "transactionAmount": "342.00", "transactionCurrency": "EGP"}}},
        {"invoice_transactions": [None, {"status": True, "paidWithIt": 1, "amount": 342, "currency": "EGP"}]},
        {"payment_method": {"name": "Card"}, "status_text": True, "paid_at": {"date": "x"}},
        {"invoice_transactions": None, "pay_load": "not JSON", "payment_method": ["Card"]},
    ],
)
def test_a_paid_invoice_with_an_odd_inessential_field_is_settled(desk: Desk, odd: dict[str, Any]) -> None:
    attempt = desk.attempt()
    with desk.answers(path_of(attempt), {"data": odd}):
        assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt) == SETTLED


def test_a_paid_invoice_whose_amount_can_not_be_read_goes_to_a_person_with_what_was_seen(desk: Desk) -> None:
    attempt = desk.attempt()
    odd = {"total": {"gross": "342.00"}, "invoice_transactions": [None]}
    with desk.answers(path_of(attempt), {"data": odd}):
        assert desk.outcome(attempt.invoice_id, "paid") == "review"
    shown = desk.admin.client.get(f"/api/payments/status/{attempt.payment_id}").json
    assert shown["review_reason"] == "AMOUNT_UNREADABLE"
    assert '"gross": "342.00"' in shown["gateway_answer"]
    assert desk.payment(attempt)["gateway_answer"] is None
    assert desk.resolve(attempt, "settle", amount="342").status == 200
    assert desk.statuses(attempt) == SETTLED


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, {"token": ["Token Is Missing"]}),
        (400, {"content-type": ["The content-type field is required."]}),
        (422, {"vendor": ["The selected vendor id is invalid."]}),
        (422, {"invoice_id": ["The invoice id field is required."]}),
        (404, "The route api/v2/getInvoiceData could not be found."),
        (200, "Vendor not found"),
    ],
)
def test_a_refusal_about_anything_else_loses_no_webhook_and_closes_no_payment(
    desk: Desk, status: int, message: object
) -> None:
    attempt = desk.attempt()
    with desk.answers(path_of(attempt), {"status": "error", "message": message}, status):
        assert desk.outcome(attempt.invoice_id, "paid") == "deferred"
        be_due(desk, attempt, "2020-01-01")
        desk.job("expire-payments")
    assert desk.statuses(attempt).payment == "PENDING"
    desk.make_webhooks_due(attempt.invoice_id)
    desk.job("reconcile")
    assert desk.statuses(attempt) == SETTLED


def test_an_invoice_of_which_the_gateway_says_that_there_is_none_is_closed(desk: Desk) -> None:
    attempt = desk.attempt()
    be_due(desk, attempt, "2020-01-01")
    with desk.answers(path_of(attempt), UNKNOWN, 422):
        desk.job("expire-payments")
    assert desk.statuses(attempt).payment == "EXPIRED"


def test_a_refusal_to_tell_is_an_error_that_names_the_invoice(desk: Desk) -> None:
    attempt = desk.attempt()
    written = desk.system.log.stat().st_size
    with desk.answers(path_of(attempt), TOKEN, 400):
        desk.happens(attempt.invoice_id, "paid")
    with desk.system.log.open() as log:
        log.seek(written)
        lines = [json.loads(line) for line in log if line.startswith("{")]
    (told,) = (one for one in lines if one["message"] == "the gateway refuses to tell about an invoice")
    assert (told["severity"], told["invoice_id"]) == ("ERROR", attempt.invoice_id)
