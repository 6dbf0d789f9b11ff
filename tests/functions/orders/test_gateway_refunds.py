"""Refunds by the gateway: asked for once, and where nobody knows what became of one, a person or its webhook says so."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from lib.audit import Actor
from lib.refunds import refunding
from lib.refunds.refunding import RefundRequest
from tests.support.balances import balances, give
from tests.support.currencies import in_egp
from tests.support.money import Attempt, Desk, Statuses
from tests.support.refunds import (
    WHY,
    accounts,
    ask_refund,
    asked_at_gateway,
    credit_notes,
    decide,
    paid,
    parts_of,
    refund,
    refund_by_gateway,
    refunds_of,
    sent_back,
)

LOST = ["error", "garbage"]
CREATE = "refund/create"
WHOLE = Statuses("REFUNDED", "REFUNDED", "REFUNDED", "342.00")
UNTOUCHED = Statuses("PAID", "PAID", "PAID", "342.00")

pytestmark = in_egp


def review_of(desk: Desk, attempt: Attempt) -> tuple[str | None, str | None]:
    payment = desk.payment(attempt)
    return payment["review_reason"], payment["resolution"]


def status_of(desk: Desk, attempt: Attempt) -> str:
    return str(refunds_of(desk, attempt.order_id)[0]["status"])


@pytest.fixture
def lost(desk: Desk) -> Attempt:
    """A payment whose refund of 42.00 got no answer."""
    attempt = paid(desk)
    with desk.outage("error", CREATE):
        made = refund(desk, attempt.order_id, "gateway", amount="42.00")
    assert (made["status"], made["credit_note_number"]) == ("NEEDS_REVIEW", None)
    return attempt


def test_the_gateway_sends_the_money_back(desk: Desk) -> None:
    attempt = paid(desk)
    made = refund_by_gateway(desk, attempt)
    assert (made["status"], parts_of(made)) == ("COMPLETED", [("GATEWAY", "GATEWAY", "342.00")])
    assert made["credit_note_number"] is not None
    assert desk.statuses(attempt) == WHOLE
    assert sent_back(desk, attempt.invoice_id) == "342.00"
    assert accounts(desk, attempt.order_id) == {}
    assert balances(desk.customer.id).wallet == "0.00"


def test_what_went_to_the_wallet_can_not_go_by_the_gateway_too(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    attempt = paid(desk, wallet_to_use="100")
    refund(desk, attempt.order_id, amount="200.00")
    assert ask_refund(desk, attempt.order_id, "gateway", amount="142.01").status == 422
    assert parts_of(refund_by_gateway(desk, attempt)) == [("GATEWAY", "GATEWAY", "142.00")]
    assert sent_back(desk, attempt.invoice_id) == "142.00"


def test_one_refund_goes_back_by_one_payment_alone(desk: Desk) -> None:
    first = desk.attempt()
    desk.happens(first.invoice_id, "paid", amount="100")
    desk.resolve(first, "settle")
    second = desk.pay(first.order_id)
    desk.happens(second.invoice_id, "paid")
    reply = ask_refund(desk, first.order_id, "gateway", amount="300")
    assert reply.status == 422
    assert "at most 242.00 EGP" in reply.json["detail"]
    made = refund_by_gateway(desk, second, amount="242")
    assert made["parts"][0]["payment_id"] == second.payment_id
    assert refund_by_gateway(desk, first)["parts"][0]["payment_id"] == first.payment_id
    assert desk.statuses(first) == desk.statuses(second) == WHOLE


def test_money_that_came_in_another_currency_goes_to_the_wallet_alone(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="7", currency="USD")
    desk.resolve(attempt, "settle", amount=342)
    assert ask_refund(desk, attempt.order_id, "gateway").status == 422
    assert parts_of(refund(desk, attempt.order_id)) == [("GATEWAY", "WALLET", "342.00")]


def test_a_refusal_rejects_the_refund_and_what_it_had_reserved_can_go_back_otherwise(desk: Desk) -> None:
    attempt = paid(desk)
    refusal = {"status": "error", "message": "The refundable amount exceeds the remaining balance"}
    with desk.answers(CREATE, refusal, 400):
        made = refund(desk, attempt.order_id, "gateway", amount="100")
    assert (made["status"], made["credit_note_number"], made["completed_at"]) == ("REJECTED", None, None)
    assert "exceeds the remaining balance" in made["message"]
    assert desk.statuses(attempt) == UNTOUCHED
    assert review_of(desk, attempt) == (None, None)
    assert credit_notes(desk, attempt.order_id) == []
    owners = desk.customer.client.get(f"/api/orders/{attempt.order_id}/refunds").json
    assert [(one["status"], one["message"]) for one in owners] == [("REJECTED", None)]
    # The sandbox took the request all the same, so that much of it is reserved.
    assert refund(desk, attempt.order_id, amount="242")["status"] == "COMPLETED"


@pytest.mark.parametrize("mode", LOST)
def test_an_unknown_outcome_waits_for_a_person_and_moves_nothing(desk: Desk, mode: str) -> None:
    attempt = paid(desk)
    with desk.outage(mode, CREATE):
        made = refund(desk, attempt.order_id, "gateway")
    assert (made["status"], made["completed_at"]) == ("NEEDS_REVIEW", None)
    assert made["message"]
    assert desk.statuses(attempt) == UNTOUCHED
    assert review_of(desk, attempt) == ("REFUND_UNKNOWN", None)
    assert credit_notes(desk, attempt.order_id) == []
    assert (ask_refund(desk, attempt.order_id).status, len(refunds_of(desk, attempt.order_id))) == (409, 1)


@pytest.mark.parametrize("mode", [*LOST, "timeout"])
def test_nothing_is_sent_to_a_gateway_whose_list_can_not_be_seen(desk: Desk, mode: str) -> None:
    attempt = paid(desk)
    with desk.outage(mode):
        reply = ask_refund(desk, attempt.order_id, "gateway")
    assert (reply.status, reply.json["code"]) == (503, "gateway_unavailable")
    assert (refunds_of(desk, attempt.order_id), asked_at_gateway(desk, attempt.invoice_id)) == ([], [])


def test_the_same_key_does_not_send_a_lost_refund_again(desk: Desk) -> None:
    attempt = paid(desk)
    with desk.outage("error", CREATE):
        first = ask_refund(desk, attempt.order_id, "gateway", key="lost")
    desk.run("delete from idempotency_keys where user_id = :id", id=desk.admin.id)
    again = ask_refund(desk, attempt.order_id, "gateway", key="lost")
    assert (again.status, again.content) == (201, first.content)
    assert sent_back(desk, attempt.invoice_id) == "0"


def test_a_request_is_only_submitted_and_counts_when_the_list_shows_it_approved(desk: Desk) -> None:
    attempt = paid(desk)
    made = refund(desk, attempt.order_id, "gateway", amount="42.00")
    assert (made["status"], made["credit_note_number"], made["points_taken_back"]) == ("PENDING", None, 0)
    assert desk.reconcile(attempt) == "already_processed"
    assert (desk.statuses(attempt), credit_notes(desk, attempt.order_id)) == (UNTOUCHED, [])
    decide(desk, attempt.invoice_id, deliver=False)
    assert desk.reconcile(attempt) == "processed"
    (done,) = refunds_of(desk, attempt.order_id)
    assert (done["status"], done["points_taken_back"]) == ("COMPLETED", 42)
    assert desk.reconcile(attempt) == "already_processed"
    assert len(credit_notes(desk, attempt.order_id)) == 1


def test_a_job_finds_what_no_webhook_told(desk: Desk) -> None:
    approved, rejected = paid(desk), paid(desk)
    for attempt, status in ((approved, "approved"), (rejected, "rejected")):
        refund(desk, attempt.order_id, "gateway", amount="42.00")
        decide(desk, attempt.invoice_id, status, deliver=False)
    desk.job("reconcile")
    assert [status_of(desk, one) for one in (approved, rejected)] == ["COMPLETED", "REJECTED"]
    assert (desk.statuses(rejected), credit_notes(desk, rejected.order_id)) == (UNTOUCHED, [])
    assert refund(desk, rejected.order_id)["status"] == "COMPLETED"


def test_a_request_whose_answer_was_lost_is_found_in_the_list(desk: Desk) -> None:
    attempt = paid(desk)
    with desk.answers(CREATE, "<html>"):
        made = refund(desk, attempt.order_id, "gateway", amount="42.00")
    assert made["status"] == "NEEDS_REVIEW"
    assert desk.reconcile(attempt) == "processed"
    assert (status_of(desk, attempt), review_of(desk, attempt)) == ("PENDING", (None, "SETTLED"))
    decide(desk, attempt.invoice_id, shape="v3")
    assert status_of(desk, attempt) == "COMPLETED"


@pytest.mark.parametrize("status", ["on hold", "2"])
def test_a_word_that_nobody_knows_waits_for_a_person(desk: Desk, status: str) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id, "gateway", amount="42.00")
    decide(desk, attempt.invoice_id, status)
    desk.job("reconcile")
    assert (status_of(desk, attempt), review_of(desk, attempt)) == ("NEEDS_REVIEW", ("REFUND_UNKNOWN", None))
    assert status in refunds_of(desk, attempt.order_id)[0]["message"]


def test_the_same_webhook_twice_counts_its_refund_once(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id, "gateway", amount="42.00")
    told = decide(desk, attempt.invoice_id, shape="v3", deliver=False)
    assert [desk.sent(told), desk.sent(told)] == ["processed", "already_processed"]
    assert len(credit_notes(desk, attempt.order_id)) == 1


def test_an_earlier_webhook_again_completes_no_later_refund_of_the_same_amount(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id, "gateway", amount="42.00")
    told = decide(desk, attempt.invoice_id, shape="v3")
    refund(desk, attempt.order_id, "gateway", amount="42.00")
    assert desk.sent(told) == "already_processed"
    assert [one["status"] for one in refunds_of(desk, attempt.order_id)] == ["PENDING", "COMPLETED"]


def test_a_signed_webhook_that_the_list_does_not_show_yet_waits(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id, "gateway", amount="42.00")
    told = decide(desk, attempt.invoice_id, shape="v3", deliver=False)
    decide(desk, attempt.invoice_id, "pending")
    assert desk.sent(told) == "deferred"
    assert (status_of(desk, attempt), desk.kept(attempt.invoice_id)) == ("PENDING", 1)


def test_an_unsigned_webhook_makes_a_job_look(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id, "gateway", amount="42.00")
    told = decide(desk, attempt.invoice_id, shape="v2", deliver=False)
    assert (desk.sent(told), status_of(desk, attempt)) == ("ignored", "PENDING")
    desk.job("reconcile")
    assert status_of(desk, attempt) == "COMPLETED"


def test_a_refund_below_the_gateway_s_smallest_is_refused_with_the_ways_that_are_left(desk: Desk) -> None:
    attempt = paid(desk)
    reply = ask_refund(desk, attempt.order_id, "gateway", amount="0.99")
    assert (reply.status, "manual" in reply.json["detail"]) == (422, True)


def test_a_person_says_that_the_gateway_has_done_it(desk: Desk, lost: Attempt) -> None:
    assert desk.resolve(lost, "settle", note="").status == 422
    reply = desk.resolve(lost, "settle")
    assert (reply.status, reply.json["status"], reply.json["resolution"]) == (200, "PARTIALLY_REFUNDED", "SETTLED")
    (made,) = refunds_of(desk, lost.order_id)
    assert (made["status"], made["points_taken_back"]) == ("COMPLETED", 42)
    assert made["credit_note_number"] == credit_notes(desk, lost.order_id)[0][0]
    assert desk.resolve(lost, "reject").status == 409
    audited = desk.run("select action from audit_log where entity_id = :id", id=lost.payment_id)
    assert audited == [["resolve-settle"]]


def test_a_person_says_that_the_gateway_has_not_done_it(desk: Desk, lost: Attempt) -> None:
    assert desk.resolve(lost, "reject").status == 200
    assert (status_of(desk, lost), desk.statuses(lost)) == ("REJECTED", UNTOUCHED)
    assert credit_notes(desk, lost.order_id) == []
    # What the person found was wrong: the gateway reports that it has done it all the same.
    assert desk.outcome(lost.invoice_id, "refunded", shape="v3", amount="42.00") == "review"
    assert review_of(desk, lost) == ("REFUND_REPORTED", None)


def test_a_refund_of_unknown_outcome_is_settled_or_rejected_and_never_sent_again(desk: Desk, lost: Attempt) -> None:
    reply = desk.resolve(lost, "refund")
    assert (reply.status, reply.json["code"]) == (409, "illegal_move")
    assert "settle" in reply.json["detail"]
    assert (status_of(desk, lost), sent_back(desk, lost.invoice_id)) == ("NEEDS_REVIEW", "0")


def test_a_refund_whose_request_died_waits_for_a_person(desk: Desk) -> None:
    attempt, gone = paid(desk), paid(desk)
    for one in (attempt, gone):
        # As if the process had been killed between the claim and the gateway's answer.
        request = RefundRequest(reason=WHY, destination="gateway", amount=Decimal(42))
        actor = Actor(UUID(desk.admin.id), "ADMIN", "", str(uuid4()))
        refunding._begin(UUID(one.order_id), actor, request, is_list_seen=True)
    desk.run(
        """
        update refund_parts set claimed_at = now() - interval '3 minutes'
        where payment_id = :id
        """,
        id=gone.payment_id,
    )
    desk.job("reconcile")
    assert [status_of(desk, one) for one in (attempt, gone)] == ["PENDING", "NEEDS_REVIEW"]
    assert review_of(desk, gone) == ("REFUND_UNKNOWN", None)
    assert ask_refund(desk, attempt.order_id).status == 409
    desk.job("reconcile")
    assert desk.resolve(gone, "reject").status == 200
    assert (desk.statuses(gone), status_of(desk, gone)) == (UNTOUCHED, "REJECTED")


def test_a_booking_whose_order_is_wholly_refunded_is_refunded(desk: Desk) -> None:
    item = {"description_en": "Hotel", "quantity": 1, "unit_price": 300}
    body = {
        "user_id": desk.customer.id,
        "booking_type": "HOTEL",
        "title_en": "Luxor",
        "start_date": "2047-05-01",
        "items": [item],
    }
    made = desk.employee.client.post("/api/bookings", body).json
    attempt = desk.pay(made["order_id"])
    desk.happens(attempt.invoice_id, "paid")

    def status() -> str:
        return str(desk.customer.client.get(f"/api/bookings/{made['id']}").json["status"])

    refund_by_gateway(desk, attempt, amount=1)
    assert status() == "CONFIRMED"
    refund_by_gateway(desk, attempt)
    assert status() == "REFUNDED"
