"""Paying an order: one open attempt at a time, never for more than is left, every way to pay."""

from typing import Any
from uuid import UUID

import pytest

from lib import db
from lib.audit import Actor
from lib.errors import GatewaySilent
from lib.fawaterk.client import Fawaterk
from lib.fawaterk.models import InvoiceRequest, OpenedInvoice, PaymentMethod
from lib.payments import gateway, opening
from tests.support.clients import System
from tests.support.money import SERVICE, Desk, Statuses, at_once, open_desk
from tests.support.people import make_person
from tests.support.refunds import refund

CARD = PaymentMethod(payment_method_id=2, name_en="Card", name_ar="بطاقة", redirect=True, logo=None)


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def test_the_same_request_again_answers_the_open_attempt(desk: Desk) -> None:
    attempt = desk.attempt(2)
    assert desk.pay(attempt.order_id, 2).answer == attempt.answer
    assert attempt.answer["status"] == "PENDING"
    assert '"amount" : 342.00' in desk.ask_to_pay(attempt.order_id, 2).text


def test_another_method_supersedes_the_open_attempt(desk: Desk) -> None:
    card = desk.attempt(2)
    fawry = desk.pay(card.order_id, 3)
    assert fawry.payment_id != card.payment_id
    assert [desk.payment(card)["status"], desk.payment(fawry)["status"]] == ["CANCELLED", "PENDING"]


def test_two_devices_at_once_get_the_same_attempt(desk: Desk) -> None:
    order_id = desk.order()["id"]
    replies = at_once(*[lambda: desk.ask_to_pay(order_id, 2)] * 4)
    assert [reply.status for reply in replies] == [200] * 4
    assert len({reply.json["payment_id"] for reply in replies}) == 1
    assert desk.run("select count(*) from payments where order_id = :id", id=order_id) == [[1]]


def test_two_methods_at_once_leave_one_open_attempt(desk: Desk) -> None:
    order_id = desk.order()["id"]
    replies = at_once(*[lambda method=method: desk.ask_to_pay(order_id, method) for method in (2, 3, 4)])
    assert {reply.status for reply in replies} <= {200, 409}
    assert desk.run("select count(*) from payments where order_id = :id and status = 'PENDING'", id=order_id) == [[1]]


@pytest.mark.parametrize(
    ("method", "filled"),
    [
        (2, set()),
        (3, {"fawry_code", "reference", "expires_at"}),
        (4, {"qr_code", "reference"}),
        (12, {"reference"}),
        (14, {"reference"}),
    ],
)
def test_every_way_to_pay_is_answered_with_what_the_payer_needs(desk: Desk, method: int, filled: set[str]) -> None:
    told = desk.attempt(method).answer
    ways = ("fawry_code", "qr_code", "reference", "expires_at")
    assert {name for name in ways if told[name] is not None} == filled
    assert told["payment_url"].startswith(f"{desk.system.base_url}/payment/pending") == bool(filled)


@pytest.mark.parametrize("body", [{}, {"payment_method_id": 1}, {"payment_method_id": None}])
def test_no_method_or_the_guides_means_the_first_that_redirects(desk: Desk, body: dict[str, Any]) -> None:
    reply = desk.customer.client.post(f"/api/orders/{desk.order()['id']}/pay", body)
    assert (reply.status, reply.json["payment_url"][:4]) == (200, "http")


@pytest.mark.parametrize("method", [5, 0, -1, 2**31, 10**30, "2x", 2.5])
def test_a_method_that_is_not_listed_names_the_field_and_leaves_the_draft(desk: Desk, method: object) -> None:
    order_id = desk.order()["id"]
    reply = desk.customer.client.post(f"/api/orders/{order_id}/pay", {"payment_method_id": method})
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "payment_method_id"])
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "DRAFT"


def test_paying_a_draft_issues_it_first(desk: Desk) -> None:
    attempt = desk.attempt()
    order = desk.customer.client.get(f"/api/orders/{attempt.order_id}").json
    assert order["status"] == "ISSUED"
    assert order["invoice_number"].startswith("INV-")


def test_a_paid_or_cancelled_order_can_not_be_paid(desk: Desk) -> None:
    paid, cancelled = desk.attempt(), desk.attempt()
    desk.happens(paid.invoice_id, "paid")
    desk.employee.client.post(f"/api/orders/{cancelled.order_id}/cancel", {})
    for attempt in (paid, cancelled):
        reply = desk.ask_to_pay(attempt.order_id)
        assert (reply.status, reply.json["code"]) == (409, "illegal_move")


def test_a_refunded_order_can_not_be_paid(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    assert refund(desk, attempt.order_id)["status"] == "COMPLETED"
    assert desk.ask_to_pay(attempt.order_id).status == 409


def test_another_customers_order_is_not_there_and_staff_may_pay_it(desk: Desk) -> None:
    order_id = desk.order()["id"]
    stranger = make_person(desk.system, "CUSTOMER")
    assert desk.ask_to_pay(order_id, person=stranger).status == 404
    assert desk.ask_to_pay(order_id, person=desk.employee).status == 200
    payment_id = desk.pay(order_id).payment_id
    assert stranger.client.get(f"/api/payments/status/{payment_id}").status == 404


def test_a_remainder_under_the_gateways_minimum_is_refused_and_leaves_the_draft(desk: Desk) -> None:
    order = desk.order(items=[SERVICE | {"quantity": 1, "unit_price": "4.99"}], tax_rate=0)
    reply = desk.ask_to_pay(order["id"])
    assert (reply.status, "minimum" in reply.json["detail"]) == (422, True)
    assert desk.customer.client.get(f"/api/orders/{order['id']}").json["status"] == "DRAFT"
    for price, status in (("5.00", 422), ("5.01", 200)):
        paid = desk.ask_to_pay(desk.order(items=[SERVICE | {"quantity": 1, "unit_price": price}], tax_rate=0)["id"])
        assert paid.status == status, paid.text


def test_a_phone_that_the_wallet_refuses_is_the_callers_fault_and_blocks_nothing(desk: Desk) -> None:
    customer = make_person(desk.system, "CUSTOMER", phone="+4915112345678")
    order_id = desk.order(user_id=customer.id)["id"]
    reply = desk.ask_to_pay(order_id, 4, customer)
    assert (reply.status, "wallet" in reply.json["detail"]) == (422, True)
    assert desk.run("select status from payments where order_id = :id", id=order_id) == [["FAILED"]]
    assert desk.ask_to_pay(order_id, 2, customer).status == 200


def test_an_international_phone_and_none_at_all_reach_the_wallet(desk: Desk) -> None:
    for phone in ("+201012345678", None):
        customer = make_person(desk.system, "CUSTOMER", phone=phone)
        assert desk.ask_to_pay(desk.order(user_id=customer.id)["id"], 4, customer).status == 200


def test_a_currency_that_the_gateway_does_not_take_is_a_clear_refusal(desk: Desk) -> None:
    reply = desk.ask_to_pay(desk.order(currency="JPY")["id"])
    assert (reply.status, "currency" in reply.json["detail"]) == (422, True)


def test_an_attempt_that_has_expired_is_replaced_by_a_new_one(desk: Desk) -> None:
    old = desk.attempt(3)
    desk.run("update payments set expires_at = now() - interval '1 second' where id = :id", id=old.payment_id)
    new = desk.pay(old.order_id, 3)
    assert [desk.payment(old)["status"], desk.payment(new)["status"]] == ["EXPIRED", "PENDING"]


def test_an_order_that_comes_to_nothing_is_paid_without_the_gateway(desk: Desk) -> None:
    free = desk.order(items=[SERVICE | {"unit_price": 0}])
    with desk.outage("error"):
        reply = desk.ask_to_pay(free["id"])
    assert (reply.status, reply.json["status"]) == (200, "PAID")
    assert "/payment/success" in reply.json["payment_url"]
    assert desk.customer.client.get(f"/api/orders/{free['id']}").json["status"] == "PAID"
    assert desk.ask_to_pay(free["id"]).status == 409


def test_a_free_order_is_issued_and_paid_at_once(desk: Desk) -> None:
    order = desk.order(is_free=True)
    assert (order["status"], order["payment_status"], str(order["total_amount"])) == ("PAID", "PAID", "0.00")
    assert order["invoice_number"].startswith("INV-")


def test_an_order_paid_elsewhere_has_a_manual_payment_in_the_audit_log(desk: Desk) -> None:
    order = desk.order(payment_status="PAID")
    assert (order["status"], order["payment_status"], str(order["amount_paid"])) == ("PAID", "PAID", "342.00")
    (payment,) = desk.employee.client.get(f"/api/payments?order_id={order['id']}").json["items"]
    assert (payment["payment_type"], payment["status"], str(payment["amount"])) == ("MANUAL", "PAID", "342.00")
    audited = desk.run("select action, actor_id::text from audit_log where entity_id = :id", id=payment["id"])
    assert audited == [["settle-manually", desk.admin.id]]


def test_my_payments_show_payments_and_the_orders_that_have_none(desk: Desk) -> None:
    unpaid, attempt = desk.order(), desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    listed = desk.customer.client.get("/api/payments/my-payments").json
    assert listed["total"] == 2
    assert [(one["source"], one["status"], one["order"]["id"]) for one in listed["items"]] == [
        ("PAYMENT", "PAID", attempt.order_id),
        ("INVOICE", "UNPAID", unpaid["id"]),
    ]
    assert listed["items"][1]["payment_number"] == unpaid["order_number"]
    assert listed["items"][1]["payment_method"] == "INVOICE"


def test_orders_without_a_payment_are_found_by_their_own_status(desk: Desk) -> None:
    unpaid, _attempt = desk.order(), desk.attempt()
    listed = desk.customer.client.get("/api/payments/my-payments?status=UNPAID").json
    assert [(one["id"], one["source"]) for one in listed["items"]] == [(unpaid["id"], "INVOICE")]
    assert listed["total"] == 1


def test_an_idempotency_key_gives_the_first_answer_again(desk: Desk) -> None:
    path, headers = f"/api/orders/{desk.order()['id']}/pay", {"Idempotency-Key": "pay-once"}
    first = desk.customer.client.post(path, {"payment_method_id": 2}, headers=headers)
    again = desk.customer.client.post(path, {"payment_method_id": 2}, headers=headers)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert desk.customer.client.post(path, {"payment_method_id": 3}, headers=headers).status == 422


def test_an_invoice_id_that_another_payment_has_is_a_lost_answer_and_no_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, order_id = desk.attempt(), desk.order()["id"]
    _answer_with(monkeypatch, taken.invoice_id)
    with pytest.raises(GatewaySilent):
        opening.pay(db.read.run("select :id::uuid", id=order_id)[0][0], _caller(desk), 2, None)
    lost = desk.run(
        "select status, answer_lost_at is not null, gateway_invoice_id from payments where order_id = :id", id=order_id
    )
    assert lost == [["PENDING", True, None]]
    assert desk.statuses(taken).payment == "PENDING"
    assert desk.pay(order_id, 2).invoice_id != taken.invoice_id


def test_odd_values_from_the_gateway_are_stored_as_they_came(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = desk.order()["id"]
    _answer_with(monkeypatch, "é" * 255)
    opening.pay(db.read.run("select :id::uuid", id=order_id)[0][0], _caller(desk), 2, None)
    assert desk.pay(order_id, 2).invoice_id == "é" * 255


def test_methods_whose_ids_no_column_holds_are_left_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.customer.client.get("/api/payments/methods").json[0]["payment_method_id"] == 2
    huge = PaymentMethod(payment_method_id=10**12, name_en="Huge", name_ar="ضخم", redirect=True, logo=None)
    monkeypatch.setattr(gateway, "_methods", (0.0, []))
    monkeypatch.setattr(Fawaterk, "payment_methods", lambda _self, _seconds: [huge, CARD])
    assert gateway.methods(gateway.Deadline()) == [CARD]


def test_a_partly_paid_order_is_paid_by_a_second_payment_of_the_remainder(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="300")
    held = desk.ask_to_pay(attempt.order_id)
    assert (held.status, held.json["code"]) == (409, "payment_in_review")
    assert desk.resolve(attempt, "settle").status == 200
    assert desk.statuses(attempt) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", "300.00")
    rest = desk.pay(attempt.order_id)
    assert str(rest.answer["amount"]) == "42.00"
    assert desk.outcome(rest.invoice_id, "paid") == "processed"
    assert desk.statuses(rest) == Statuses("PAID", "PAID", "PAID", "342.00")


def _caller(desk: Desk) -> Actor:
    return Actor(UUID(desk.customer.id), "CUSTOMER", "192.0.2.1", "test")


def _answer_with(monkeypatch: pytest.MonkeyPatch, invoice_id: str) -> None:
    """Let the gateway, as this process sees it, open every invoice under this id."""

    def open_invoice(_self: Fawaterk, _request: InvoiceRequest, _seconds: float) -> OpenedInvoice:
        return OpenedInvoice(
            invoice_id=invoice_id,
            invoice_key=invoice_id,
            payment_url="https://example.com/pay",
            fawry_code=None,
            qr_code=None,
            reference=None,
            expires_at=None,
        )

    monkeypatch.setattr(Fawaterk, "open_invoice", open_invoice)
    monkeypatch.setattr(Fawaterk, "payment_methods", lambda _self, _seconds: [CARD])
    monkeypatch.setattr(gateway, "_methods", (0.0, []))
