"""Refunds made in the gateway's dashboard: a person books or rejects each, and what went out there can't go again."""

from uuid import UUID

import pytest

from tests.support.balances import balances
from tests.support.currencies import in_egp
from tests.support.money import Attempt, Desk, Statuses, at_once
from tests.support.refunds import (
    accounts,
    ask_refund,
    credit_notes,
    dashboard_refund,
    decide,
    paid,
    refund,
    refund_by_gateway,
    refunds_of,
)
from tests.support.scenes import disagreements_of

pytestmark = in_egp


@pytest.fixture
def reported(desk: Desk) -> Attempt:
    """A payment of which somebody has sent 42.00 back in the dashboard, and the gateway has told of it."""
    attempt = paid(desk)
    dashboard_refund(desk, attempt.invoice_id, "42.00")
    decide(desk, attempt.invoice_id, shape="v3")
    return attempt


def known(desk: Desk, attempt: Attempt) -> list[tuple[str, str, str]]:
    return [(one["origin"], one["status"], str(one["amount"])) for one in refunds_of(desk, attempt.order_id)]


def test_it_waits_for_a_person_and_moves_nothing(desk: Desk, reported: Attempt) -> None:
    assert desk.payment(reported)["review_reason"] == "REFUND_REPORTED"
    assert known(desk, reported) == [("GATEWAY", "NEEDS_REVIEW", "42.00")]
    assert (desk.statuses(reported).payment, credit_notes(desk, reported.order_id)) == ("PAID", [])
    assert ask_refund(desk, reported.order_id).status == 409


def test_booked_it_counts_as_one_that_was_asked_for_here(desk: Desk, reported: Attempt) -> None:
    reply = desk.resolve(reported, "settle")
    assert (reply.status, reply.json["status"]) == (200, "PARTIALLY_REFUNDED")
    (made,) = refunds_of(desk, reported.order_id)
    assert (made["status"], made["points_taken_back"]) == ("COMPLETED", 42)
    assert [amount for _, amount, _ in credit_notes(desk, reported.order_id)] == ["42.00"]
    assert accounts(desk, reported.order_id)["GATEWAY"] == -300
    assert ask_refund(desk, reported.order_id, amount="300.01").status == 422
    refund(desk, reported.order_id)
    assert balances(desk.customer.id).wallet == "300.00"
    assert desk.resolve(reported, "settle").status == 409


def test_rejected_it_frees_its_money_and_is_not_reported_again(desk: Desk, reported: Attempt) -> None:
    assert desk.resolve(reported, "reject").status == 200
    assert known(desk, reported) == [("GATEWAY", "REJECTED", "42.00")]
    assert desk.reconcile(reported) == "already_processed"
    desk.job("reconcile")
    assert (desk.statuses(reported).payment, desk.payment(reported)["review_reason"]) == ("PAID", None)
    assert str(refund(desk, reported.order_id)["amount"]) == "342.00"


@pytest.mark.parametrize("decision", ["settle", "reject"])
def test_another_one_after_the_first_was_decided_is_reported_too(desk: Desk, reported: Attempt, decision: str) -> None:
    assert desk.resolve(reported, decision).status == 200
    dashboard_refund(desk, reported.invoice_id, "42.00")
    decide(desk, reported.invoice_id, deliver=False)
    desk.job("reconcile")
    assert desk.payment(reported)["review_reason"] == "REFUND_REPORTED"
    assert known(desk, reported)[0] == ("GATEWAY", "NEEDS_REVIEW", "42.00")


def test_one_behind_a_refund_of_ours_of_the_same_amount_is_reported(desk: Desk) -> None:
    attempt = paid(desk)
    refund_by_gateway(desk, attempt, amount="42.00")
    dashboard_refund(desk, attempt.invoice_id, "42.00")
    decide(desk, attempt.invoice_id, shape="v3")
    assert known(desk, attempt) == [("GATEWAY", "NEEDS_REVIEW", "42.00"), ("STAFF", "COMPLETED", "42.00")]


@pytest.mark.parametrize("destination", ["wallet", "gateway", "manual"])
@pytest.mark.parametrize("status", ["pending", "approved"])
def test_what_went_out_there_can_not_go_out_here_though_nobody_has_told_of_it(
    desk: Desk, destination: str, status: str
) -> None:
    attempt = paid(desk)
    dashboard_refund(desk, attempt.invoice_id, "342.00")
    decide(desk, attempt.invoice_id, status, deliver=False)
    assert ask_refund(desk, attempt.order_id, destination, note="in cash").status == 409
    assert balances(desk.customer.id).wallet == "0.00"


@pytest.mark.parametrize("destination", ["wallet", "manual"])
def test_what_went_out_there_does_not_go_out_here_while_its_list_can_not_be_seen(desk: Desk, destination: str) -> None:
    attempt = paid(desk)
    dashboard_refund(desk, attempt.invoice_id, "342.00")
    decide(desk, attempt.invoice_id, deliver=False)
    with desk.outage("error", "refund/index"):
        reply = ask_refund(desk, attempt.order_id, destination, note="in cash")
    assert (reply.status, reply.json["code"]) == (503, "gateway_unavailable")
    assert (refunds_of(desk, attempt.order_id), balances(desk.customer.id).wallet) == ([], "0.00")
    assert ask_refund(desk, attempt.order_id, destination, note="in cash").status == 409


def test_a_pending_one_reserves_its_money_and_frees_it_when_it_is_rejected(desk: Desk) -> None:
    attempt = paid(desk)
    dashboard_refund(desk, attempt.invoice_id, "42.00")
    assert ask_refund(desk, attempt.order_id, amount="300.01").status == 422
    assert desk.payment(attempt)["review_reason"] is None
    decide(desk, attempt.invoice_id, "rejected")
    assert str(refund(desk, attempt.order_id)["amount"]) == "342.00"


def test_what_went_to_the_wallet_first_and_then_there_is_told_and_booked_as_far_as_anything_was_left(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id, amount="300.00")
    dashboard_refund(desk, attempt.invoice_id, "100.00")
    decide(desk, attempt.invoice_id, shape="v3")
    (made, _) = refunds_of(desk, attempt.order_id)
    assert (made["origin"], str(made["amount"]), "58.00 more" in made["message"]) == ("GATEWAY", "42.00", True)
    assert desk.resolve(attempt, "settle").status == 200
    assert desk.statuses(attempt) == Statuses("REFUNDED", "REFUNDED", "REFUNDED", "342.00")
    assert desk.reconcile(attempt) == "already_processed"
    # 342 came, 100 went: the gateway has 242, and of the 400 that were given back 58 are lost.
    told = accounts(desk, attempt.order_id)
    assert [told["GATEWAY"], told["LOSSES"]] == [-242, -58]
    assert disagreements_of(UUID(desk.customer.id)) == []


def test_one_of_which_nothing_was_left_waits_for_a_person_once(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id)
    dashboard_refund(desk, attempt.invoice_id)
    decide(desk, attempt.invoice_id, deliver=False)
    assert [desk.reconcile(attempt), desk.payment(attempt)["review_reason"]] == ["review", "REFUND_REPORTED"]
    assert desk.resolve(attempt, "reject").status == 200
    assert desk.reconcile(attempt) == "already_processed"
    assert "LOSSES" not in accounts(desk, attempt.order_id)


def test_all_that_went_out_twice_is_a_loss_once_a_person_has_booked_it(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id)
    dashboard_refund(desk, attempt.invoice_id)
    decide(desk, attempt.invoice_id, deliver=False)
    assert desk.reconcile(attempt) == "review"
    assert [desk.resolve(attempt, "settle").status for _ in range(2)] == [200, 409]
    assert desk.reconcile(attempt) == "already_processed"
    told = accounts(desk, attempt.order_id)
    assert "GATEWAY" not in told
    assert told["LOSSES"] == -342
    assert disagreements_of(UUID(desk.customer.id)) == []


def test_a_second_payment_that_was_sent_back_there_is_booked_beside_the_order(desk: Desk) -> None:
    old = desk.attempt(3)
    desk.happens(desk.pay(old.order_id, 2).invoice_id, "paid")
    desk.happens(old.invoice_id, "paid")
    desk.resolve(old, "refund")
    dashboard_refund(desk, old.invoice_id)
    decide(desk, old.invoice_id, shape="v3")
    assert desk.resolve(old, "settle").status == 200
    assert desk.statuses(old) == Statuses("PAID", "PAID", "REFUNDED", "342.00")
    assert credit_notes(desk, old.order_id) == []


def test_what_was_sent_back_there_is_not_applied_to_an_order_that_has_room_for_it(desk: Desk) -> None:
    first = desk.attempt()
    desk.happens(first.invoice_id, "paid", amount="100")
    desk.resolve(first, "settle")
    old = desk.pay(first.order_id, 3)
    second = desk.pay(first.order_id, 2)
    desk.happens(second.invoice_id, "paid", amount="100")
    desk.resolve(second, "settle")
    assert desk.outcome(old.invoice_id, "paid") == "review"
    dashboard_refund(desk, old.invoice_id)
    decide(desk, old.invoice_id, shape="v3")
    reply = desk.resolve(old, "settle", amount=142)
    assert (reply.status, "dashboard" in reply.json["detail"]) == (409, True)
    assert desk.resolve(old, "refund").status == 200
    assert desk.reconcile(old) == "review"
    assert desk.resolve(old, "settle").status == 200
    assert desk.payment(old)["status"] == "REFUNDED"


def test_many_looks_at_once_report_it_once(desk: Desk) -> None:
    attempt = paid(desk)
    dashboard_refund(desk, attempt.invoice_id, "42.00")
    told = decide(desk, attempt.invoice_id, shape="v3", deliver=False)
    at_once(*[lambda: desk.sent(told)] * 6, *[lambda: desk.reconcile(attempt)] * 2)
    assert known(desk, attempt) == [("GATEWAY", "NEEDS_REVIEW", "42.00")]


def test_two_decisions_at_once_book_it_once(desk: Desk, reported: Attempt) -> None:
    replies = at_once(*[lambda: desk.resolve(reported, "settle").status] * 4)
    assert sorted(replies) == [200, 409, 409, 409]
    assert len(credit_notes(desk, reported.order_id)) == 1


def test_the_refund_of_a_moved_account_finds_its_payment_and_never_an_invoice_of_the_same_number(desk: Desk) -> None:
    old = paid(desk)
    with desk.conversion(moved=True):
        attempt = paid(desk)
        (number,) = desk.run("select gateway_transaction_id from payments where id = :id", id=attempt.payment_id)[0]
        assert number not in (None, attempt.invoice_id)
        desk.run("update payments set gateway_invoice_id = :number where id = :id", id=old.payment_id, number=number)
        made = refund(desk, attempt.order_id, "gateway", amount="42.00")
        told = decide(desk, attempt.invoice_id, shape="v3", deliver=False)
        assert (told["transactionId"], desk.sent(told)) == (int(number), "processed")
    assert [one["status"] for one in refunds_of(desk, attempt.order_id)] == ["COMPLETED"]
    assert (refunds_of(desk, old.order_id), desk.payment(old)["review_reason"]) == ([], None)
    assert made["parts"][0]["payment_id"] == attempt.payment_id
    desk.run("update payments set gateway_invoice_id = :own where id = :id", id=old.payment_id, own=old.invoice_id)


def test_money_that_was_paid_by_hand_goes_back_by_hand_with_a_note(desk: Desk) -> None:
    order_id = desk.order(payment_status="PAID", currency="SAR")["id"]
    assert ask_refund(desk, order_id).status == 422
    assert ask_refund(desk, order_id, "manual").status == 422
    assert (
        desk.employee.client.post(f"/api/orders/{order_id}/refund", {"reason": "x", "destination": "manual"}).status == 403
    )
    made = refund(desk, order_id, "manual", note="in cash, receipt 12")
    assert (made["status"], made["note"]) == ("COMPLETED", "in cash, receipt 12")
    assert accounts(desk, order_id) == {}
    audited = desk.run("select after ->> 'note' from audit_log where entity_id = :id and action = 'refund'", id=order_id)
    assert audited == [["in cash, receipt 12"]]
