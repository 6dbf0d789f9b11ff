"""The gateway down, slow or talking nonsense: nothing is lost, and all is settled once it is back."""

import re

import pytest

from lib.fawaterk.events import read_event
from lib.gateway_events.processing import store
from tests.support.clients import Client, System
from tests.support.money import Attempt, Desk, Statuses, open_desk
from tests.support.waiting import APP_GIVES_UP_SECONDS, waits_for_the_gateway

QUICK_MODES = ["error", "garbage"]


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def ten_seconds_pass(desk: Desk, attempt: Attempt) -> None:
    desk.run(
        "update payments set page_asked_at = page_asked_at - interval '10 seconds' where id = :id", id=attempt.payment_id
    )


def return_page(desk: Desk, attempt: Attempt, name: str = "success") -> str:
    token = desk.run("select return_token from payments where id = :id", id=attempt.payment_id)[0][0]
    reply = Client(desk.system.base_url).get(f"/payment/{name}?token={token}&lang=en")
    assert reply.status == 200
    face = re.search(r'<main class="(\w+)"', reply.text)
    assert face
    return face[1]


@pytest.mark.parametrize("mode", QUICK_MODES)
def test_paying_while_the_gateway_is_out_of_order_says_when_to_try_again_and_then_works(desk: Desk, mode: str) -> None:
    order_id = desk.order()["id"]
    with desk.outage(mode):
        reply = desk.ask_to_pay(order_id, 2)
    assert (reply.status, reply.json["code"]) == (503, "gateway_unavailable")
    assert int(reply.headers["Retry-After"]) > 0
    attempt = desk.pay(order_id, 2)
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_an_idempotency_key_keeps_no_answer_of_an_outage(desk: Desk) -> None:
    path, headers = f"/api/orders/{desk.order()['id']}/pay", {"Idempotency-Key": "try-again"}
    with desk.outage("error"):
        assert desk.customer.client.post(path, {"payment_method_id": 2}, headers=headers).status == 503
    assert desk.customer.client.post(path, {"payment_method_id": 2}, headers=headers).status == 200


def test_paying_while_the_gateway_hangs_is_answered_within_the_apps_ten_seconds(desk: Desk) -> None:
    order_id = desk.order()["id"]
    with desk.outage("timeout"), waits_for_the_gateway(desk.system) as waits:
        reply = desk.ask_to_pay(order_id, 2)
    assert (reply.status, reply.json["code"]) == (503, "gateway_unavailable")
    assert 0 < sum(waits) < APP_GIVES_UP_SECONDS
    assert desk.pay(order_id, 2).answer["status"] == "PENDING"


@pytest.mark.parametrize("mode", QUICK_MODES)
def test_an_attempt_whose_answer_was_lost_is_settled_by_its_webhook(desk: Desk, mode: str) -> None:
    order_id = desk.order()["id"]
    payment_id, invoice_id = desk.lose_an_attempt(order_id, mode)
    assert desk.outcome(invoice_id, "paid") == "processed"
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "PAID"
    assert desk.log(invoice_id=invoice_id)[0]["payment_id"] == payment_id
    assert desk.customer.client.get(f"/api/payments/status/{payment_id}").json["status"] == "PAID"


def test_a_lost_attempt_that_was_replaced_is_settled_all_the_same(desk: Desk) -> None:
    order_id = desk.order()["id"]
    payment_id, invoice_id = desk.lose_an_attempt(order_id)
    newer = desk.pay(order_id)
    assert desk.customer.client.get(f"/api/payments/status/{payment_id}").json["status"] == "CANCELLED"
    assert desk.outcome(invoice_id, "paid") == "processed"
    assert desk.statuses(newer) == Statuses("PAID", "PAID", "CANCELLED", "342.00")


@pytest.mark.parametrize(
    ("asked", "told", "reason"),
    [
        ({"amount": "341.00"}, {}, "AMOUNT_DIFFERS"),
        # A commission on top, which nobody has seen before.
        ({"amount": "348.84"}, {}, "AMOUNT_DIFFERS"),
        ({}, {"currency": "SAR", "invoice_transactions": []}, "CURRENCY_DIFFERS"),
        ({}, {"total": None, "invoice_transactions": []}, "AMOUNT_UNREADABLE"),
    ],
)
@pytest.mark.parametrize("is_expired", [False, True])
def test_a_lost_attempts_invoice_over_other_money_settles_nothing_and_waits_for_a_person(
    desk: Desk, asked: dict[str, str], told: dict[str, object], reason: str, *, is_expired: bool
) -> None:
    order_id = desk.order()["id"]
    payment_id, invoice_id = desk.lose_an_attempt(order_id, **asked)
    if is_expired:
        desk.run("update payments set created_at = now() - interval '1 hour' where id = :id", id=payment_id)
        desk.job("expire-payments")
    with desk.answers(f"getInvoiceData/{invoice_id}", {"data": told}):
        assert desk.outcome(invoice_id, "paid") == "review"
    attempt = Attempt(order_id, payment_id, invoice_id, "", {})
    assert desk.payment(attempt)["review_reason"] == reason
    assert desk.statuses(attempt) == Statuses("ISSUED", "UNPAID", "EXPIRED" if is_expired else "PENDING", "0.00")
    amount = "341" if asked.get("amount") == "341.00" else "342"
    assert desk.resolve(attempt, "settle", amount=amount).status == 200
    assert desk.statuses(attempt).amount_paid == f"{amount}.00"


def test_a_lost_attempt_ends_by_an_expired_event_that_names_it(desk: Desk) -> None:
    payment_id, invoice_id = desk.lose_an_attempt(desk.order()["id"])
    assert desk.outcome(invoice_id, "expired") == "processed"
    assert desk.customer.client.get(f"/api/payments/status/{payment_id}").json["status"] == "EXPIRED"


def test_a_second_invoice_with_the_pay_load_of_an_answered_attempt_is_unmatched(desk: Desk) -> None:
    attempt = desk.attempt()
    copied = desk.open_beside(attempt.payment_id, "PAY-copied", attempt.answer["amount"], "EGP")
    assert desk.outcome(copied, "paid") == "unmatched"
    assert desk.statuses(attempt).payment == "PENDING"


@pytest.mark.parametrize("mode", QUICK_MODES)
@pytest.mark.parametrize("event", ["paid", "failed"])
def test_a_webhook_during_an_outage_is_kept_and_settled_by_the_job(desk: Desk, mode: str, event: str) -> None:
    attempt = desk.attempt()
    with desk.outage(mode):
        assert desk.outcome(attempt.invoice_id, event) == "deferred"
        assert desk.outcome(attempt.invoice_id, event, encoding="form") == "deferred"
        assert desk.statuses(attempt) == Statuses("ISSUED", "UNPAID", "PENDING", "0.00")
        desk.make_webhooks_due(attempt.invoice_id)
        assert desk.job("reconcile")["outcomes"]["deferred"] >= 2
        assert desk.kept(attempt.invoice_id) == 2
    desk.make_webhooks_due(attempt.invoice_id)
    desk.job("reconcile")
    paid, failed = Statuses("PAID", "PAID", "PAID", "342.00"), Statuses("ISSUED", "UNPAID", "FAILED", "0.00")
    assert desk.statuses(attempt) == (paid if event == "paid" else failed)
    outcomes = [[one["outcome"] for one in logged["outcomes"]] for logged in desk.log(invoice_id=attempt.invoice_id)]
    assert sorted(last for *_, last in outcomes) == ["already_processed", "processed"]
    assert {earlier for *all_earlier, _ in outcomes for earlier in all_earlier} == {"deferred"}
    assert desk.kept(attempt.invoice_id) == 0


def test_a_webhook_while_the_gateway_hangs_is_acknowledged_in_time(desk: Desk) -> None:
    attempt = desk.attempt()
    with desk.outage("timeout"), waits_for_the_gateway(desk.system) as waits:
        assert desk.outcome(attempt.invoice_id, "paid") == "deferred"
    assert 0 < sum(waits) < APP_GIVES_UP_SECONDS
    assert desk.reconcile(attempt) == "processed"


def test_the_return_page_says_pending_during_an_outage_and_the_truth_afterwards(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.webhook(attempt.invoice_id, "paid")
    with desk.outage("error"):
        assert return_page(desk, attempt) == "pending"
        assert desk.reconcile(attempt) == "deferred"
    ten_seconds_pass(desk, attempt)
    assert return_page(desk, attempt, "fail") == "paid"
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_the_return_page_of_a_failed_card_finds_the_second_try_that_went_through(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "failed")
    assert return_page(desk, attempt) == "failed"
    desk.webhook(attempt.invoice_id, "paid")
    assert return_page(desk, attempt) == "pending"
    ten_seconds_pass(desk, attempt)
    assert return_page(desk, attempt) == "paid"
    assert desk.statuses(attempt).order == "PAID"


def test_a_webhook_that_was_kept_by_an_instance_that_died_is_taken_up_by_the_job(desk: Desk) -> None:
    attempt = desk.attempt()
    webhook = desk.webhook(attempt.invoice_id, "paid")
    event = read_event(desk.as_json(webhook), "application/json")
    store(event)
    assert desk.log(invoice_id=attempt.invoice_id)[0]["outcome"] is None
    desk.make_webhooks_due(attempt.invoice_id)
    desk.job("reconcile")
    (logged,) = desk.log(invoice_id=attempt.invoice_id)
    assert (logged["outcome"], logged["digest"]) == ("processed", event.digest)
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_a_kept_webhook_becomes_due_by_itself_within_a_minute(desk: Desk) -> None:
    attempt = desk.attempt()
    event_id = store(read_event(desk.as_json(desk.webhook(attempt.invoice_id, "paid")), "application/json"))
    due = desk.run("select due_at - now() < interval '61 seconds' from webhook_retries where event_id = :id", id=event_id)
    assert due == [[True]]


def test_a_webhook_that_is_repeated_during_an_outage_is_one_review(desk: Desk) -> None:
    attempt = desk.attempt()
    with desk.outage("error"):
        desk.happens(attempt.invoice_id, "paid", amount="100", times=2)
    desk.make_webhooks_due(attempt.invoice_id)
    desk.job("reconcile")
    assert sorted(logged["outcome"] for logged in desk.log(invoice_id=attempt.invoice_id)) == ["already_processed", "review"]
    assert desk.resolve(attempt, "reject").status == 200
    assert desk.kept(attempt.invoice_id) == 0
