"""Every row of the contract's webhook table: what the gateway is answered, what the log shows, what has moved."""

import hashlib
import itertools
import json
import secrets as randomness
from typing import Any

import pytest

from functions.payments_webhook import webhook as webhook_module
from lib.fawaterk.signatures import sign
from lib.gateway_events.records import Allowance
from tests.support.clients import Client, System
from tests.support.functions import client_of
from tests.support.money import WEBHOOK, Desk, Statuses, open_desk

SHAPES = list(itertools.product(["v2", "v3"], ["json", "form"]))
UNPAID = "ISSUED", "UNPAID"
ANY, NONE = Allowance(of_one=1_000_000, of_all=1_000_000), Allowance(of_one=0, of_all=0)


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.mark.parametrize(("shape", "encoding"), SHAPES)
@pytest.mark.parametrize(
    ("event", "outcome", "stands"),
    [
        ("paid", "processed", Statuses("PAID", "PAID", "PAID", "342.00")),
        ("failed", "processed", Statuses(*UNPAID, "FAILED", "0.00")),
        ("expired", "processed", Statuses(*UNPAID, "EXPIRED", "0.00")),
        ("cancelled", "processed", Statuses(*UNPAID, "CANCELLED", "0.00")),
        ("pending", "ignored", Statuses(*UNPAID, "PENDING", "0.00")),
    ],
)
def test_an_event_leads_where_the_table_says_in_every_shape_and_encoding(
    desk: Desk, shape: str, encoding: str, event: str, outcome: str, stands: Statuses
) -> None:
    attempt = desk.attempt()
    assert desk.outcome(attempt.invoice_id, event, shape=shape, encoding=encoding) == outcome
    assert desk.statuses(attempt) == stands
    (logged,) = desk.log(invoice_id=attempt.invoice_id)
    told = {name: logged[name] for name in ("kind", "encoding", "outcome", "payment_id", "hash_held")}
    assert told == {
        "kind": event,
        "encoding": encoding,
        "outcome": outcome,
        "payment_id": attempt.payment_id,
        "hash_held": True,
    }
    assert desk.kept(attempt.invoice_id) == 0


def test_a_signed_refund_moves_nothing_and_waits_for_a_person(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    assert desk.outcome(attempt.invoice_id, "refunded", shape="v3", amount="50") == "review"
    assert desk.payment(attempt)["review_reason"] == "REFUND_REPORTED"
    assert desk.statuses(attempt).payment == "PAID"


def test_an_unsigned_refund_moves_nothing_and_makes_a_job_look(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    assert desk.outcome(attempt.invoice_id, "refunded") == "ignored"
    assert desk.statuses(attempt).payment == "PAID"
    assert desk.log(invoice_id=attempt.invoice_id)[0]["kind"] == "refund"
    due = desk.run("select check_due_at <= now() from payments where id = :id", id=attempt.payment_id)
    assert due == [[True]]
    desk.job("reconcile")
    assert desk.payment(attempt)["review_reason"] == "REFUND_REPORTED"


def test_a_body_that_is_no_webhook_is_unreadable(desk: Desk) -> None:
    for body in (b"", b"{", b"hello", b'{"invoice_id": NaN}', b'{"a": "\\u0000"}', b"\xff\xfe", b'{"status": "nonsense"}'):
        reply = Client(desk.system.base_url).call("POST", WEBHOOK, data=body)
        assert (reply.status, reply.json["code"]) == (400, "unreadable"), body


def test_a_body_over_64_kib_is_too_large_and_one_under_it_is_read(desk: Desk) -> None:
    attempt = desk.attempt()
    webhook = desk.webhook(attempt.invoice_id, "paid")
    assert desk.send(webhook | {"more": "x" * 65_536}).status == 413
    assert desk.sent(webhook | {"more": "x" * 60_000}) == "processed"


@pytest.mark.parametrize("hash_key", [None, "", "0" * 64, "not hexadecimal", "ق" * 64])
def test_a_forged_or_absent_hash_is_refused_and_moves_nothing(desk: Desk, hash_key: str | None) -> None:
    attempt = desk.attempt()
    forged = desk.webhook(attempt.invoice_id, "paid") | {"hashKey": hash_key}
    reply = desk.send(forged)
    assert (reply.status, reply.json["code"]) == (401, "unauthenticated")
    assert desk.statuses(attempt) == Statuses(*UNPAID, "PENDING", "0.00")
    assert desk.log(invoice_id=attempt.invoice_id) == []


@pytest.mark.parametrize(("body", "outcome"), [("hello {}", "unreadable"), ('{{"invoice_id": "1", "x": "{}"}}', "refused")])
def test_what_is_turned_away_leaves_one_digest_in_the_log_and_no_body(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, body: str, outcome: str
) -> None:
    monkeypatch.setattr(webhook_module, "MOST_REFUSED", ANY)
    payload = body.format(randomness.token_hex(8)).encode()
    client = client_of("payments_webhook")
    for _ in range(3):
        assert client.post(WEBHOOK, data=payload).status_code in {400, 401}
    mine = [one for one in desk.log(outcome=outcome) if one["digest"] == hashlib.sha256(payload).hexdigest()]
    assert [(one["hash_held"], one["body"], one["invoice_id"]) for one in mine] == [(False, None, None)]


def test_unsigned_refunds_that_name_no_payment_leave_a_digest_at_most(desk: Desk) -> None:
    unsigned = {"transactionId": randomness.token_hex(8), "amount": "1", "status": "approved", "junk": "x" * 60_000}
    assert desk.sent(unsigned) == "ignored"
    assert desk.log(invoice_id=unsigned["transactionId"]) == []


def test_unsigned_refunds_of_one_payment_fill_no_log_and_keep_no_junk(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    for number in range(3):
        unsigned = {"transactionId": attempt.invoice_id, "amount": number, "status": "approved", "junk": "x" * 60_000}
        assert desk.sent(unsigned) == "ignored"
    refunds = [one for one in desk.log(invoice_id=attempt.invoice_id) if one["kind"] == "refund"]
    assert [one["body"] for one in refunds] == [{"transactionId": attempt.invoice_id, "amount": "0", "status": "approved"}]


def test_a_flood_of_unsigned_refunds_pushes_no_genuine_one_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_module, "MOST_REFUSED", NONE)
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    payload = desk.webhook(attempt.invoice_id, "refunded")
    assert client_of("payments_webhook").post(WEBHOOK, data=json.dumps(payload)).json["status"] == "ignored"
    assert desk.run("select check_due_at <= now() from payments where id = :id", id=attempt.payment_id) == [[True]]


def test_a_failed_events_hash_under_an_edited_status_moves_nothing_and_blocks_nothing(desk: Desk) -> None:
    attempt = desk.attempt()
    failed = desk.webhook(attempt.invoice_id, "pending")
    edited = failed | {"invoice_status": "paid"}
    assert desk.sent(edited) == "ignored"
    assert desk.statuses(attempt) == Statuses(*UNPAID, "PENDING", "0.00")
    desk.webhook(attempt.invoice_id, "paid")
    assert desk.sent(edited) == "processed"
    assert desk.statuses(attempt).order == "PAID"
    assert [one["outcome"] for one in desk.log(invoice_id=attempt.invoice_id)] == ["processed", "ignored"]


def test_a_replayed_failed_event_is_taken_for_the_money_that_has_come(desk: Desk) -> None:
    attempt = desk.attempt()
    failed = desk.webhook(attempt.invoice_id, "failed")
    desk.webhook(attempt.invoice_id, "paid")
    assert desk.sent(failed) == "processed"
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_an_expired_event_for_a_paid_invoice_settles_it(desk: Desk) -> None:
    attempt = desk.attempt(3)
    expired = desk.webhook(attempt.invoice_id, "expired")
    desk.webhook(attempt.invoice_id, "paid")
    assert desk.sent(expired) == "processed"
    assert desk.statuses(attempt).payment == "PAID"


def test_amounts_in_a_webhook_count_for_nothing(desk: Desk) -> None:
    attempt = desk.attempt()
    webhook = desk.webhook(attempt.invoice_id, "paid")
    assert desk.sent(webhook | {"paidAmount": "1.00", "paidCurrency": "USD", "amount_cents": "100"}) == "processed"
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


@pytest.mark.parametrize(
    ("paid", "reason"),
    [
        ({"amount": "341.99"}, "AMOUNT_DIFFERS"),
        ({"amount": "342.001"}, "AMOUNT_DIFFERS"),
        ({"amount": "500"}, "AMOUNT_DIFFERS"),
        ({"currency": "USD"}, "CURRENCY_DIFFERS"),
        ({"currency": "XXX"}, "AMOUNT_UNREADABLE"),
        ({"amount": "99999999999.999"}, "AMOUNT_DIFFERS"),
    ],
)
def test_other_money_than_was_asked_for_waits_for_a_person(desk: Desk, paid: dict[str, str], reason: str) -> None:
    attempt = desk.attempt()
    assert desk.outcome(attempt.invoice_id, "paid", **paid) == "review"
    assert desk.statuses(attempt) == Statuses(*UNPAID, "PENDING", "0.00")
    assert desk.payment(attempt)["review_reason"] == reason
    assert desk.outcome(attempt.invoice_id, "paid") == "already_processed"
    assert [one["detail"] for one in desk.log(invoice_id=attempt.invoice_id)][-1] == reason


def test_a_paid_event_replayed_on_another_order_is_refused_and_under_its_pay_load_ignored(desk: Desk) -> None:
    mine, other = desk.attempt(), desk.attempt()
    webhook = desk.webhook(mine.invoice_id, "paid")
    assert desk.send(webhook | {"invoice_id": other.invoice_id, "invoice_key": other.invoice_key}).status == 401
    assert desk.sent(webhook | {"pay_load": {"payment_id": other.payment_id}}) == "processed"
    assert desk.statuses(other) == Statuses(*UNPAID, "PENDING", "0.00")
    assert desk.statuses(mine).order == "PAID"


def test_an_echoed_api_key_is_struck_out_of_the_log(desk: Desk) -> None:
    attempt = desk.attempt()
    webhook = desk.webhook(attempt.invoice_id, "paid")
    assert desk.sent(webhook | {"api_key": "my-secret", "customerData": {"token": "card-token"}}) == "processed"
    logged = desk.log(invoice_id=attempt.invoice_id)
    assert logged[0]["body"]["invoice_status"] == "paid"
    assert "my-secret" not in str(logged)
    assert "card-token" not in str(logged)
    stored = desk.run("select count(*) from webhook_events where body::text like '%my-secret%'")
    assert stored == [[0]]


def test_a_signed_event_of_an_invoice_that_nobody_knows_is_kept_unmatched(desk: Desk) -> None:
    invoice_id = f"9{randomness.randbelow(10**12)}"
    assert desk.sent(_signed(desk, invoice_id)) == "unmatched"
    assert desk.log(invoice_id=invoice_id)[0]["payment_id"] is None
    assert desk.kept(invoice_id) == 1


@pytest.mark.parametrize("invoice_id", ["x" * 255, "../../getPaymentmethods", "..", "1?a=b", "ف", "1 2", "-1"])
def test_odd_invoice_ids_are_unmatched_and_no_error(desk: Desk, invoice_id: str) -> None:
    assert desk.sent(_signed(desk, invoice_id)) in {"unmatched", "deferred"}


@pytest.mark.parametrize("event", ["failed", "expired", "cancelled"])
def test_money_that_arrives_after_an_attempt_has_ended_is_taken(desk: Desk, event: str) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, event)
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


@pytest.mark.parametrize("event", ["failed", "expired", "cancelled", "pending"])
def test_a_paid_payment_never_goes_back(desk: Desk, event: str) -> None:
    attempt = desk.attempt()
    before = desk.webhook(attempt.invoice_id, event)
    desk.happens(attempt.invoice_id, "paid")
    desk.sent(before)
    # Even where the gateway itself comes to say that it is unpaid, no event undoes a payment.
    desk.unpay(attempt.invoice_id)
    desk.sent(before)
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")


def test_a_late_payment_of_a_replaced_attempt_settles_and_closes_the_newer_one(desk: Desk) -> None:
    old = desk.attempt(3)
    new = desk.pay(old.order_id, 2)
    assert desk.payment(old)["status"] == "CANCELLED"
    assert desk.outcome(old.invoice_id, "paid") == "processed"
    assert desk.statuses(old) == Statuses("PAID", "PAID", "PAID", "342.00")
    assert desk.payment(new)["status"] == "CANCELLED"


def test_a_second_payment_of_a_paid_order_is_recorded_and_waits_for_a_person(desk: Desk) -> None:
    old = desk.attempt(3)
    new = desk.pay(old.order_id, 2)
    assert desk.outcome(new.invoice_id, "paid") == "processed"
    assert desk.outcome(old.invoice_id, "paid") == "review"
    assert desk.statuses(old) == Statuses("PAID", "PAID", "PAID", "342.00")
    assert desk.payment(old)["review_reason"] == "SECOND_PAYMENT"


def test_money_for_a_cancelled_order_is_recorded_and_waits_for_a_person(desk: Desk) -> None:
    attempt = desk.attempt()
    assert desk.employee.client.post(f"/api/orders/{attempt.order_id}/cancel", {}).json["status"] == "CANCELLED"
    assert desk.outcome(attempt.invoice_id, "paid") == "review"
    assert desk.statuses(attempt) == Statuses("CANCELLED", "CANCELLED", "PAID", "0.00")
    assert desk.payment(attempt)["review_reason"] == "ORDER_CANCELLED"


def test_the_log_filters_by_invoice_payment_and_outcome_and_is_for_staff(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "pending")
    desk.happens(attempt.invoice_id, "paid")
    assert [one["kind"] for one in desk.log(payment_id=attempt.payment_id)] == ["paid", "pending"]
    assert [one["kind"] for one in desk.log(payment_id=attempt.payment_id, outcome="processed")] == ["paid"]
    assert desk.customer.client.get("/api/payments/webhook-logs").status == 403


def _signed(desk: Desk, invoice_id: str) -> dict[str, Any]:
    text = f"InvoiceId={invoice_id}&InvoiceKey=key&PaymentMethod=card"
    signature = sign(text, desk.system.vendor_key)
    ids = {"invoice_id": invoice_id, "invoice_key": "key", "payment_method": "card"}
    return ids | {"invoice_status": "paid", "hashKey": signature}
