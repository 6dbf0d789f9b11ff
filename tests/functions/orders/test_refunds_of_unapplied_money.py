"""Money that never counted for its order (a second payment, one of a cancelled order, a short one) goes back by itself."""

from decimal import Decimal

import pytest

from tests.support.balances import balances
from tests.support.currencies import in_egp
from tests.support.money import Attempt, Desk, Statuses
from tests.support.refunds import (
    accounts,
    ask_refund,
    credit_notes,
    decide,
    paid,
    parts_of,
    refund,
    refund_by_gateway,
    refunds_of,
    sent_back,
)

pytestmark = in_egp


@pytest.fixture
def second(desk: Desk) -> Attempt:
    """A second payment of a paid order, marked for refund."""
    old = desk.attempt(3)
    desk.happens(desk.pay(old.order_id, 2).invoice_id, "paid")
    assert desk.outcome(old.invoice_id, "paid") == "review"
    reply = ask_refund(desk, old.order_id, payment_id=old.payment_id)
    assert (reply.status, reply.json["code"]) == (409, "payment_in_review")
    assert desk.resolve(old, "refund").status == 200
    return old


@pytest.mark.parametrize("destination", ["wallet", "gateway"])
def test_a_second_payment_goes_back_and_the_order_stays_paid(desk: Desk, second: Attempt, destination: str) -> None:
    if destination == "gateway":
        made = refund_by_gateway(desk, second, payment_id=second.payment_id)
    else:
        made = refund(desk, second.order_id, payment_id=second.payment_id)
    assert (made["status"], made["payment_id"], made["credit_note_number"]) == ("COMPLETED", second.payment_id, None)
    assert parts_of(made) == [("GATEWAY", destination.upper(), "342.00")]
    assert desk.statuses(second) == Statuses("PAID", "PAID", "REFUNDED", "342.00")
    assert credit_notes(desk, second.order_id) == []
    assert accounts(desk, second.order_id)["SALES"] == Decimal(342)
    assert balances(desk.customer.id).points == 342
    assert (sent_back(desk, second.invoice_id), balances(desk.customer.id).wallet) == (
        ("342.00", "0.00") if destination == "gateway" else ("0", "342.00")
    )
    assert ask_refund(desk, second.order_id, payment_id=second.payment_id).status == 409
    assert str(refund(desk, second.order_id)["amount"]) == "342.00"


def test_it_goes_back_in_parts_and_never_more_than_came(desk: Desk, second: Attempt) -> None:
    refund(desk, second.order_id, payment_id=second.payment_id, amount=100)
    assert desk.payment(second)["status"] == "PARTIALLY_REFUNDED"
    reply = ask_refund(desk, second.order_id, payment_id=second.payment_id, amount="242.01")
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"])
    refund_by_gateway(desk, second, payment_id=second.payment_id)
    assert desk.payment(second)["status"] == "REFUNDED"
    assert sent_back(desk, second.invoice_id) == "242.00"


def test_money_of_a_cancelled_order_goes_back(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.employee.client.post(f"/api/orders/{attempt.order_id}/cancel", {})
    desk.happens(attempt.invoice_id, "paid")
    desk.resolve(attempt, "refund")
    assert ask_refund(desk, attempt.order_id).status == 409
    refund_by_gateway(desk, attempt, payment_id=attempt.payment_id)
    assert desk.statuses(attempt) == Statuses("CANCELLED", "CANCELLED", "REFUNDED", "0.00")
    assert accounts(desk, attempt.order_id) == {}


def test_what_a_person_did_not_count_of_a_payment_goes_back_without_the_rest(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="400")
    desk.resolve(attempt, "settle", amount=342)
    assert str(refund_by_gateway(desk, attempt, payment_id=attempt.payment_id)["amount"]) == "58.00"
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PARTIALLY_REFUNDED", "342.00")
    refund_by_gateway(desk, attempt)
    assert desk.statuses(attempt) == Statuses("REFUNDED", "REFUNDED", "REFUNDED", "342.00")
    assert sent_back(desk, attempt.invoice_id) == "400.00"


def test_foreign_money_goes_back_in_its_own_currency(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="7", currency="USD")
    desk.resolve(attempt, "refund")
    assert ask_refund(desk, attempt.order_id, payment_id=attempt.payment_id).status == 422
    made = refund_by_gateway(desk, attempt, payment_id=attempt.payment_id)
    assert (str(made["amount"]), made["currency"]) == ("7.00", "USD")
    assert desk.statuses(attempt) == Statuses("ISSUED", "UNPAID", "REFUNDED", "0.00")


def test_an_unknown_outcome_is_settled_by_the_webhook(desk: Desk, second: Attempt) -> None:
    with desk.answers("refund/create", "<html>"):
        made = refund(desk, second.order_id, "gateway", payment_id=second.payment_id)
    assert (made["status"], desk.payment(second)["review_reason"]) == ("NEEDS_REVIEW", "REFUND_UNKNOWN")
    decide(desk, second.invoice_id, shape="v3")
    assert [one["status"] for one in refunds_of(desk, second.order_id)] == ["COMPLETED"]
    assert desk.payment(second)["status"] == "REFUNDED"


def test_a_payment_that_counts_wholly_has_nothing_to_give_back_by_itself(desk: Desk) -> None:
    attempt, other = paid(desk), paid(desk)
    assert ask_refund(desk, attempt.order_id, payment_id=attempt.payment_id).status == 409
    reply = ask_refund(desk, attempt.order_id, payment_id=other.payment_id)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "payment_id"])
