"""A person's decision about money that does not fit, and asking the gateway by hand."""

import pytest

from tests.support.balances import balances
from tests.support.clients import System
from tests.support.money import Attempt, Desk, Statuses, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def short(desk: Desk) -> Attempt:
    """A payment that waits for a person, since 100 of 342 arrived."""
    attempt = desk.attempt()
    assert desk.outcome(attempt.invoice_id, "paid", amount="100") == "review"
    return attempt


@pytest.fixture
def second(desk: Desk) -> Attempt:
    """A payment that waits for a person, since its order had been paid by another one."""
    old = desk.attempt(3)
    desk.happens(desk.pay(old.order_id, 2).invoice_id, "paid")
    assert desk.outcome(old.invoice_id, "paid") == "review"
    return old


def test_settling_counts_what_arrived(desk: Desk, short: Attempt) -> None:
    told = desk.resolve(short, "settle")
    assert (told.status, told.json["status"], told.json["resolution"], told.json["review_reason"]) == (
        200,
        "PAID",
        "SETTLED",
        None,
    )
    assert desk.statuses(short) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", "100.00")


def test_settling_for_an_amount_counts_that_amount(desk: Desk, short: Attempt) -> None:
    assert desk.resolve(short, "settle", amount="60.00").status == 200
    assert desk.statuses(short) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", "60.00")


@pytest.mark.parametrize("amount", [0, "100.01", "342.00", "1.001", -1])
def test_settling_for_more_than_arrived_or_nothing_names_the_amount(desk: Desk, short: Attempt, amount: object) -> None:
    reply = desk.resolve(short, "settle", amount=amount)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"])
    assert desk.statuses(short) == Statuses("ISSUED", "UNPAID", "PENDING", "0.00")


def test_settling_foreign_money_needs_the_amount_that_it_counts_for(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="7", currency="USD")
    assert desk.resolve(attempt, "settle").json["errors"][0]["loc"] == ["body", "amount"]
    assert desk.resolve(attempt, "settle", amount=342).status == 200
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


@pytest.fixture
def unreadable(desk: Desk) -> Attempt:
    """A payment of 342 that waits for a person, since what arrived can't be read."""
    attempt = desk.attempt()
    assert desk.outcome(attempt.invoice_id, "paid", currency="XXX") == "review"
    return attempt


@pytest.mark.parametrize("action", ["settle", "refund"])
@pytest.mark.parametrize("amount", [None, 0, -1, "10.005", "342.01", 5000, "99999999999.999"])
def test_an_amount_that_can_t_have_arrived_is_refused_by_name(
    desk: Desk, unreadable: Attempt, action: str, amount: object
) -> None:
    reply = desk.resolve(unreadable, action, amount=amount)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"]), reply.text
    assert desk.statuses(unreadable) == Statuses("ISSUED", "UNPAID", "PENDING", "0.00")


@pytest.mark.parametrize("amount", ["0.01", "342.00"])
def test_what_a_person_says_has_arrived_goes_back_as_a_whole(desk: Desk, unreadable: Attempt, amount: str) -> None:
    assert desk.resolve(unreadable, "refund", amount=amount).json["resolution"] == "REFUND_DUE"
    body = {"reason": "never applied", "destination": "wallet", "payment_id": unreadable.payment_id}
    back = desk.admin.client.post(f"/api/orders/{unreadable.order_id}/refund", body)
    assert (back.status, back.json["status"], str(back.json["amount"])) == (201, "COMPLETED", amount), back.text
    assert balances(desk.customer.id).wallet == amount


def test_more_than_was_asked_for_of_foreign_money_is_neither_counted_nor_refunded(desk: Desk) -> None:
    order = desk.order(currency="USD", items=[{"description_en": "Tour", "quantity": 1, "unit_price": 10}], tax_rate=0)
    attempt = desk.pay(order["id"])
    desk.happens(attempt.invoice_id, "paid", amount="2000", currency="EGP")
    for action in ("settle", "refund"):
        refused = desk.resolve(attempt, action, amount="10.01")
        assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "amount"]), refused.text
    assert desk.resolve(attempt, "refund", amount="10.00").status == 200


def test_rejecting_fails_the_payment_and_lets_the_order_be_paid_anew(desk: Desk, short: Attempt) -> None:
    assert desk.resolve(short, "reject").json["resolution"] == "REJECTED"
    assert desk.statuses(short) == Statuses("ISSUED", "UNPAID", "FAILED", "0.00")
    assert desk.pay(short.order_id).payment_id != short.payment_id


def test_a_decision_stands_while_the_gateway_shows_the_same(desk: Desk, short: Attempt) -> None:
    desk.resolve(short, "reject")
    assert desk.reconcile(short) == "already_processed"
    assert desk.statuses(short).payment == "FAILED"


def test_more_money_after_a_decision_is_looked_at_anew(desk: Desk, short: Attempt) -> None:
    desk.resolve(short, "reject")
    desk.webhook(short.invoice_id, "paid", amount="200")
    desk.make_due(short)
    desk.job("reconcile")
    assert desk.payment(short)["review_reason"] == "AMOUNT_DIFFERS"
    assert desk.resolve(short, "settle").status == 200
    assert desk.statuses(short).amount_paid == "200.00"


@pytest.mark.parametrize("by_webhook", [False, True])
def test_more_money_after_it_was_settled_is_kept_and_decided_about_too(
    desk: Desk, short: Attempt, *, by_webhook: bool
) -> None:
    desk.resolve(short, "settle")
    event = desk.webhook(short.invoice_id, "paid", amount="342")
    told = [desk.sent(event) if by_webhook else desk.reconcile(short) for _ in range(2)]
    assert told == ["review", "already_processed"]
    assert desk.payment(short)["review_reason"] == "AMOUNT_DIFFERS"
    assert desk.statuses(short).amount_paid == "100.00"
    assert desk.resolve(short, "settle").status == 200
    assert desk.statuses(short) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_marking_for_refund_keeps_the_money_out_of_the_order(desk: Desk, short: Attempt) -> None:
    assert desk.resolve(short, "refund").json["resolution"] == "REFUND_DUE"
    assert desk.statuses(short) == Statuses("ISSUED", "UNPAID", "PAID", "0.00")
    assert desk.ask_to_pay(short.order_id).status == 200


def test_a_second_decision_is_a_conflict(desk: Desk, short: Attempt) -> None:
    assert desk.resolve(short, "settle").status == 200
    again = desk.resolve(short, "refund")
    assert (again.status, again.json["code"]) == (409, "illegal_move")
    assert desk.statuses(short).amount_paid == "100.00"


def test_a_payment_that_waits_for_nobody_can_not_be_resolved(desk: Desk) -> None:
    assert desk.resolve(desk.attempt(), "settle", amount=342).status == 409


def test_only_administrators_decide(desk: Desk, short: Attempt) -> None:
    path = f"/api/payments/{short.payment_id}/resolve"
    body = {"action": "settle", "note": "looks fine"}
    assert desk.employee.client.post(path, body).status == 403
    assert desk.customer.client.post(path, body).status == 403
    assert desk.statuses(short).payment == "PENDING"


def test_a_decision_needs_a_note_which_the_audit_log_keeps(desk: Desk, short: Attempt) -> None:
    assert desk.resolve(short, "settle", note="").status == 422
    desk.resolve(short, "settle", note="the bank shows 100")
    audited = desk.run(
        "select action, actor_id::text, after ->> 'note', before ->> 'review_reason' from audit_log where entity_id = :id",
        id=short.payment_id,
    )
    assert audited == [["resolve-settle", desk.admin.id, "the bank shows 100", "AMOUNT_DIFFERS"]]


def test_a_decision_under_an_idempotency_key_answers_what_it_has_done(desk: Desk, short: Attempt) -> None:
    path, headers = f"/api/payments/{short.payment_id}/resolve", {"Idempotency-Key": "decide-once"}
    body = {"action": "settle", "note": "counted"}
    first = desk.admin.client.post(path, body, headers=headers)
    assert (first.json["status"], first.json["resolution"]) == ("PAID", "SETTLED")
    assert desk.admin.client.post(path, body, headers=headers).content == first.content


def test_a_second_payment_can_be_refunded_and_not_settled(desk: Desk, second: Attempt) -> None:
    assert desk.resolve(second, "settle").status == 409
    assert desk.resolve(second, "refund").json["resolution"] == "REFUND_DUE"
    assert desk.statuses(second) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_a_second_payment_counts_for_an_order_that_still_has_room(desk: Desk) -> None:
    whole = desk.attempt(3)
    part = desk.pay(whole.order_id, 2)
    desk.happens(part.invoice_id, "paid", amount="300")
    desk.resolve(part, "settle")
    assert desk.outcome(whole.invoice_id, "paid") == "review"
    assert desk.resolve(whole, "settle", amount=42).status == 200
    assert desk.statuses(whole) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_money_for_a_cancelled_order_can_only_go_back(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.employee.client.post(f"/api/orders/{attempt.order_id}/cancel", {})
    desk.happens(attempt.invoice_id, "paid")
    assert desk.resolve(attempt, "settle").status == 409
    assert desk.resolve(attempt, "refund").status == 200


def test_an_order_with_money_in_review_can_not_be_cancelled(desk: Desk, short: Attempt) -> None:
    reply = desk.employee.client.post(f"/api/orders/{short.order_id}/cancel", {})
    assert (reply.status, reply.json["code"]) == (409, "payment_in_review")


def test_payments_in_review_are_listed(desk: Desk, short: Attempt) -> None:
    path = f"/api/payments?order_id={short.order_id}&in_review=true"
    assert [one["review_reason"] for one in desk.employee.client.get(path).json["items"]] == ["AMOUNT_DIFFERS"]
    desk.resolve(short, "settle")
    assert desk.employee.client.get(path).json["items"] == []


def test_a_reported_refund_of_a_settled_review_is_flagged_again_and_counts_once(desk: Desk, short: Attempt) -> None:
    desk.resolve(short, "settle")
    desk.unpay(short.invoice_id)
    assert desk.reconcile(short) == "review"
    assert desk.payment(short)["review_reason"] == "REFUND_REPORTED"
    assert desk.resolve(short, "settle").status == 409
    assert desk.resolve(short, "reject").status == 200
    assert desk.statuses(short) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", "100.00")
    assert desk.reconcile(short) == "already_processed"


def test_a_refund_that_a_person_ordered_is_no_news(desk: Desk, short: Attempt) -> None:
    desk.resolve(short, "refund")
    desk.unpay(short.invoice_id)
    assert desk.reconcile(short) == "already_processed"
    assert desk.payment(short)["review_reason"] is None


def test_reconciling_by_hand_settles_what_the_gateway_shows_and_is_audited(desk: Desk) -> None:
    attempt = desk.attempt()
    assert desk.reconcile(attempt) == "ignored"
    desk.webhook(attempt.invoice_id, "paid")
    assert [desk.reconcile(attempt), desk.reconcile(attempt)] == ["processed", "already_processed"]
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")
    audited = desk.run(
        "select action, after ->> 'outcome' from audit_log where entity_id = :id order by at", id=attempt.payment_id
    )
    asked = ["ask-gateway", None]
    assert audited == [
        asked, ["reconcile", "ignored"], asked, ["reconcile", "processed"], asked, ["reconcile", "already_processed"],
    ]  # fmt: skip


def test_reconciling_is_for_staff_and_for_payments_that_exist(desk: Desk) -> None:
    attempt = desk.attempt()
    path = f"/api/payments/{attempt.payment_id}/reconcile"
    assert desk.customer.client.post(path, {}).status == 403
    assert desk.employee.client.post(f"/api/payments/{attempt.order_id}/reconcile", {}).status == 404
    assert desk.employee.client.post("/api/payments/nonsense/reconcile", {}).status in {404, 422}
