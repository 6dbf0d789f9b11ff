"""Orders in other currencies than EGP, at a gateway that tells what they come to in EGP: the whole way, by HTTP."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support.clients import Client, System
from tests.support.money import Attempt, Desk, Statuses, open_desk
from tests.support.refunds import (
    accounts,
    ask_refund,
    dashboard_refund,
    decide,
    parts_of,
    refund,
    refund_by_gateway,
    refunds_of,
    sent_back,
)

CONVERTING: list[dict[str, Any]] = [
    {"shape": shape, "converts": converts} for shape in ("v2", "v3") for converts in ("all", "totals", "nothing")
]
PAID = Statuses("PAID", "PAID", "PAID", "342.00")


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def held(desk: Desk) -> Iterator[Attempt]:
    """A payment of 342 USD that waits for a person: the rate had moved by a third when it was paid."""
    attempt = desk.attempt(currency="USD")
    with desk.conversion(rates={"USD": "70"}):
        assert desk.outcome(attempt.invoice_id, "paid") == "review"
        yield attempt


def figures(desk: Desk, attempt: Attempt) -> dict[str, str | None]:
    """What staff see of what the gateway told of a payment."""
    reply = desk.employee.client.get(f"/api/payments/status/{attempt.payment_id}")
    return {name: None if value is None else str(value) for name, value in reply.json["gateway"].items()}


def set_rate(desk: Desk, currency: str, rate: str) -> None:
    assert desk.admin.client.put(f"/api/payments/rates/{currency}", {"rate": rate}).status == 200


@pytest.mark.parametrize("converting", CONVERTING)
@pytest.mark.parametrize("shape", ["v2", "v3"])
def test_a_dollar_order_is_paid_in_dollars_whatever_the_read_looks_like(
    desk: Desk, converting: dict[str, Any], shape: str
) -> None:
    with desk.conversion(**converting):
        attempt = desk.attempt(currency="USD")
        assert desk.outcome(attempt.invoice_id, "paid", shape=shape) == "processed"
    assert desk.statuses(attempt) == PAID
    assert accounts(desk, attempt.order_id)["SALES"] == Decimal(342)


def test_staff_see_total_currency_and_rate_and_customers_do_not(desk: Desk) -> None:
    attempt = desk.attempt(currency="USD")
    desk.happens(attempt.invoice_id, "paid")
    seen = figures(desk, attempt)
    assert {name: seen[name] for name in seen if name != "staff_rate"} == {
        "total": "18273.06", "currency": "EGP", "rate": "53.43",
        "expected_total": "18273.06", "expected_currency": "EGP", "expected_rate": "53.43",
    }  # fmt: skip
    assert desk.payment(attempt)["gateway"] is None
    (listed,) = desk.employee.client.get(f"/api/payments?order_id={attempt.order_id}").json["items"]
    assert str(listed["gateway"]["total"]) == "18273.06"
    (mine,) = desk.customer.client.get(f"/api/payments/my-payments?order_id={attempt.order_id}").json["items"]
    assert "gateway" not in mine


@pytest.mark.parametrize(("rate", "outcome"), [("54.49", "processed"), ("52.37", "processed"), ("37.4", "review")])
def test_a_rate_that_moves_before_the_payment_counts_within_a_narrow_band(desk: Desk, rate: str, outcome: str) -> None:
    attempt = desk.attempt(currency="USD")
    with desk.conversion(rates={"USD": rate}):
        assert desk.outcome(attempt.invoice_id, "paid") == outcome
    assert desk.statuses(attempt).order == ("PAID" if outcome == "processed" else "ISSUED")


def test_dollars_that_the_gateway_calls_pounds_are_held(desk: Desk) -> None:
    with desk.conversion(rates={"USD": "1"}):
        attempt = desk.attempt(currency="USD")
        assert desk.outcome(attempt.invoice_id, "paid") == "review"
    assert desk.payment(attempt)["review_reason"] == "CURRENCY_DIFFERS"


def test_a_payment_whose_unpaid_total_is_missing_is_settled_by_the_staff_s_rate(
    desk: Desk,
) -> None:
    attempt = desk.attempt(currency="QAR")
    desk.run("update payments set expected_total = null, expected_currency = null where id = :id", id=attempt.payment_id)
    assert desk.outcome(attempt.invoice_id, "paid") == "review"
    set_rate(desk, "QAR", "13.20")
    assert desk.reconcile(attempt) == "processed"
    assert desk.statuses(attempt) == PAID


def test_a_forged_webhook_that_says_paid_in_dollars_moves_nothing(desk: Desk) -> None:
    attempt = desk.attempt(currency="USD")
    forged = desk.webhook(attempt.invoice_id, "pending") | {
        "invoice_status": "paid", "paidAmount": "342.00", "paidCurrency": "USD"
    }  # fmt: skip
    assert desk.sent(forged) == "ignored"
    assert desk.statuses(attempt) == Statuses("ISSUED", "UNPAID", "PENDING", "0.00")


def test_a_late_payment_of_a_replaced_attempt_settles_in_its_own_currency(desk: Desk) -> None:
    old = desk.attempt(3, currency="USD")
    with desk.conversion(rates={"USD": "70"}):
        new = desk.pay(old.order_id, 2)
    assert desk.outcome(old.invoice_id, "paid") == "processed"
    assert (desk.statuses(old), desk.payment(new)["status"]) == (PAID, "CANCELLED")


def test_an_attempt_whose_answer_was_lost_is_found_again_and_compared(desk: Desk) -> None:
    order_id = desk.order(currency="AED")["id"]
    payment_id, invoice_id = desk.lose_an_attempt(order_id)
    assert desk.outcome(invoice_id, "paid") == "review"
    assert desk.employee.client.get(f"/api/payments/status/{payment_id}").json["review_reason"] == "CURRENCY_DIFFERS"


def test_a_payment_in_dollars_goes_back_in_dollars(desk: Desk) -> None:
    attempt = desk.attempt(currency="USD")
    desk.happens(attempt.invoice_id, "paid")
    made = refund_by_gateway(desk, attempt, amount="42.00")
    asked = made["parts"][0]["gateway"]
    assert (str(asked["amount"]), asked["currency"], str(asked["rate"])) == ("2244.06", "EGP", "53.43")
    assert (parts_of(made), made["currency"]) == ([("GATEWAY", "GATEWAY", "42.00")], "USD")
    assert sent_back(desk, attempt.invoice_id) == "42.00"


def test_what_the_dashboard_sent_back_in_pounds_is_booked_in_the_order_s_currency(desk: Desk) -> None:
    attempt = desk.attempt(currency="USD")
    desk.happens(attempt.invoice_id, "paid")
    dashboard_refund(desk, attempt.invoice_id, "2244.06")
    decide(desk, attempt.invoice_id, shape="v3")
    assert desk.resolve(attempt, "settle").status == 200
    (booked,) = refunds_of(desk, attempt.order_id)
    assert (str(booked["amount"]), booked["currency"], booked["status"]) == ("42.00", "USD", "COMPLETED")
    refund_by_gateway(desk, attempt)
    assert desk.statuses(attempt).order == "REFUNDED"


def test_so_small_a_figure_that_it_could_mean_dollars_is_never_sent(desk: Desk) -> None:
    attempt = desk.attempt(currency="USD")
    desk.happens(attempt.invoice_id, "paid")
    reply = ask_refund(desk, attempt.order_id, "gateway", amount="6.00")
    assert (reply.status, "by hand" in reply.json["detail"]) == (422, True)
    made = refund(desk, attempt.order_id, "manual", amount="6.00", note="bank transfer 4711")
    assert (made["status"], parts_of(made), made["note"]) == (
        "COMPLETED", [("GATEWAY", "MANUAL", "6.00")], "bank transfer 4711",
    )  # fmt: skip
    refund_by_gateway(desk, attempt)
    assert desk.statuses(attempt).order == "REFUNDED"


def test_a_person_settles_a_held_payment_with_the_figures_before_them(desk: Desk, held: Attempt) -> None:
    seen = figures(desk, held)
    assert (seen["total"], seen["rate"], seen["expected_rate"]) == ("23940", "70", "53.43")
    assert desk.resolve(held, "settle").status == 422
    assert desk.resolve(held, "settle", amount="342.00").status == 200
    assert desk.statuses(held) == PAID
    assert parts_of(refund(desk, held.order_id, "gateway")) == [("GATEWAY", "GATEWAY", "342.00")]


def test_the_rate_that_staff_set_ends_a_review_and_is_audited(desk: Desk) -> None:
    with desk.conversion(rates={"BHD": "200"}):
        attempt = desk.attempt(currency="BHD")
    assert desk.outcome(attempt.invoice_id, "paid") == "review"
    set_rate(desk, "BHD", "127.5")
    assert desk.resolve(attempt, "settle", amount="1").status == 200
    assert desk.statuses(attempt).order == "PAID"
    audited = desk.run("select action from audit_log where entity_id = :id", id=attempt.payment_id)
    assert audited == [["settle-reviewed"]]
    by = desk.run(
        "select after ->> 'rate' from audit_log where action = 'set-gateway-rate' and actor_id = :id", id=desk.admin.id
    )
    assert by == [["127.5"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("XXX", {"rate": 5}, 404),
        ("EGP", {"rate": 5}, 422),
        ("USD", {"rate": 0}, 422),
        ("USD", {"rate": "a"}, 422),
        ("USD", {}, 422),
    ],
)
def test_a_rate_that_is_none_is_refused(desk: Desk, path: str, body: dict[str, object], status: int) -> None:
    assert desk.admin.client.put(f"/api/payments/rates/{path}", body).status == status


def test_rates_are_set_by_administrators_and_seen_by_staff(desk: Desk) -> None:
    set_rate(desk, "OMR", "139")
    (rate,) = [one for one in desk.employee.client.get("/api/payments/rates").json if one["currency"] == "OMR"]
    assert (str(rate["rate"]), rate["is_current"]) == ("139", True)
    assert desk.employee.client.put("/api/payments/rates/OMR", {"rate": 1}).status == 403
    assert desk.customer.client.get("/api/payments/rates").status == 403
    assert Client(desk.system.base_url).get("/api/payments/rates").status == 401


@pytest.mark.parametrize("action", ["settle", "reject", "refund"])
def test_a_decision_reads_the_gateway_anew(desk: Desk, action: str) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="8")
    desk.webhook(attempt.invoice_id, "paid", amount="342.00")
    assert desk.resolve(attempt, action).status == (200 if action == "settle" else 409)
    assert desk.statuses(attempt) == PAID


def test_a_decision_about_other_figures_is_made_anew(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="8")
    desk.webhook(attempt.invoice_id, "paid", amount="80")
    assert desk.resolve(attempt, "settle").status == 409
    assert desk.resolve(attempt, "settle").status == 200
    assert desk.statuses(attempt).amount_paid == "80.00"


def test_a_person_decides_about_what_was_shown_last_while_the_gateway_is_silent(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="8")
    with desk.outage("error"):
        assert desk.resolve(attempt, "settle").status == 200
    assert desk.statuses(attempt).amount_paid == "8.00"


@pytest.mark.parametrize("way", ["webhook", "the same webhook", "reconcile", "job", "page"])
def test_a_review_settles_by_itself_once_the_gateway_shows_the_whole_amount(desk: Desk, way: str) -> None:
    attempt = desk.attempt()
    first, _ = desk.happens(attempt.invoice_id, "paid", amount="8")
    second = desk.webhook(attempt.invoice_id, "paid", amount="342.00")
    if way == "webhook":
        desk.sent(second)
    elif way == "the same webhook":
        desk.sent(first)
    elif way == "reconcile":
        desk.reconcile(attempt)
    elif way == "job":
        desk.make_due(attempt)
        desk.job("reconcile")
    else:
        (row,) = desk.run("select return_token from payments where id = :id", id=attempt.payment_id)
        Client(desk.system.base_url).get(f"/payment/success?token={row[0]}")
    assert desk.statuses(attempt) == PAID
    assert (desk.payment(attempt)["review_reason"], desk.payment(attempt)["resolution"]) == (None, "SETTLED")


def test_the_same_webhook_after_a_rejection_is_looked_at(desk: Desk) -> None:
    attempt = desk.attempt()
    first, _ = desk.happens(attempt.invoice_id, "paid", amount="8")
    assert desk.resolve(attempt, "reject").status == 200
    assert desk.sent(first) == "already_processed"
    desk.webhook(attempt.invoice_id, "paid", amount="342.00")
    assert desk.sent(first) == "processed"
    assert desk.statuses(attempt) == PAID


def test_the_same_webhook_after_a_completed_payment_finds_a_refund_at_the_gateway(desk: Desk) -> None:
    attempt = desk.attempt()
    first, _ = desk.happens(attempt.invoice_id, "paid")
    desk.unpay(attempt.invoice_id)
    assert desk.sent(first) == "review"
    assert desk.payment(attempt)["review_reason"] == "REFUND_REPORTED"
    assert desk.statuses(attempt) == PAID
