"""A refund that the gateway has not decided about is taken back, and never one that it has."""

from tests.support.clients import Reply
from tests.support.currencies import as_told
from tests.support.money import Desk, Statuses
from tests.support.refunds import asked_at_gateway, decide, paid, refund, refunds_of

UNTOUCHED = Statuses("PAID", "PAID", "PAID", as_told("342.00"))


def withdraw(desk: Desk, order_id: str, refund_id: str) -> Reply:
    return desk.admin.client.post(f"/api/orders/{order_id}/refunds/{refund_id}/withdraw", {})


def test_a_pending_refund_is_withdrawn_and_its_money_is_free(desk: Desk) -> None:
    attempt = paid(desk)
    made = refund(desk, attempt.order_id, "gateway")
    path = f"/api/orders/{attempt.order_id}/refunds/{made['refund_id']}/withdraw"
    assert [one.client.post(path, {}).status for one in (desk.customer, desk.employee)] == [403, 403]
    with desk.outage("error"):
        assert withdraw(desk, attempt.order_id, made["refund_id"]).status == 503
    reply = withdraw(desk, attempt.order_id, made["refund_id"])
    assert (reply.status, reply.json["status"]) == (200, "REJECTED")
    assert (desk.statuses(attempt), asked_at_gateway(desk, attempt.invoice_id)) == (UNTOUCHED, [])
    assert withdraw(desk, attempt.order_id, made["refund_id"]).status == 409
    assert withdraw(desk, paid(desk).order_id, made["refund_id"]).status == 404
    assert refund(desk, attempt.order_id)["status"] == "COMPLETED"


def test_what_the_gateway_has_approved_is_not_withdrawn(desk: Desk) -> None:
    attempt = paid(desk)
    made = refund(desk, attempt.order_id, "gateway", amount=as_told("42.00"))
    decide(desk, attempt.invoice_id, deliver=False)
    assert withdraw(desk, attempt.order_id, made["refund_id"]).status == 409
    assert refunds_of(desk, attempt.order_id)[0]["status"] == "COMPLETED"


def test_a_withdrawal_whose_answer_was_lost_is_found_out_by_the_job(desk: Desk) -> None:
    attempt = paid(desk)
    made = refund(desk, attempt.order_id, "gateway")
    with desk.answers("refund/delete", "<html>"):
        assert withdraw(desk, attempt.order_id, made["refund_id"]).status == 503
    desk.job("reconcile")
    assert refunds_of(desk, attempt.order_id)[0]["status"] == "REJECTED"
    assert desk.payment(attempt)["review_reason"] is None
