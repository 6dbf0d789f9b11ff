"""What happens to a customer's orders, payments, refunds, bookings and cashback is told to them by mail, once each."""

from typing import Any

import pytest

from tests.contract.test_every_route import BOOKING, Scene
from tests.support.balances import give
from tests.support.clients import System
from tests.support.money import Desk, open_desk
from tests.support.people import make_person


@pytest.fixture
def desk(system: System) -> Desk:
    opened = open_desk(system)
    give(opened.customer.id, wallet="500")
    return opened


def told(desk: Desk) -> list[str]:
    """The kinds of mails that the customer was queued, in their order."""
    rows = desk.run("select kind from mails where recipient = :email order by created_at, kind", email=desk.customer.email)
    return [kind for (kind,) in rows]


def parameters(desk: Desk, kind: str) -> dict[str, Any]:
    """What the last mail of this kind tells."""
    rows = desk.run(
        "select parameters from mails where recipient = :email and kind = :kind order by created_at desc",
        email=desk.customer.email,
        kind=kind,
    )
    return dict(rows[0][0])


def a_booking(desk: Desk, **fields: Any) -> str:
    made = desk.employee.client.post("/api/bookings", {"user_id": desk.customer.id, **BOOKING, **fields})
    assert made.status == 201, made.text
    return str(made.json["id"])


def pay_booking(desk: Desk, booking: str) -> None:
    paid = desk.customer.client.post(f"/api/bookings/{booking}/pay", {"wallet_to_use": 500})
    assert paid.status == 200, paid.text


def test_an_order_that_is_issued_and_then_paid_by_the_gateway(desk: Desk) -> None:
    attempt = desk.attempt()
    assert told(desk) == ["ORDER_ISSUED"]
    for _ in range(2):
        desk.happens(attempt.invoice_id, "paid")
    assert told(desk) == ["ORDER_ISSUED", "PAYMENT_RECEIVED"]
    assert parameters(desk, "PAYMENT_RECEIVED")["amount"] == "342.00 EGP"


def test_a_draft_is_nothing_to_tell(desk: Desk) -> None:
    desk.order()
    assert told(desk) == []


def test_an_order_paid_from_balances(desk: Desk) -> None:
    order_id = desk.order()["id"]
    assert desk.ask_to_pay(order_id, wallet_to_use=400).json["status"] == "PAID"
    assert sorted(told(desk)) == ["ORDER_ISSUED", "PAYMENT_RECEIVED"]


def test_an_order_that_is_marked_as_paid_elsewhere(desk: Desk) -> None:
    desk.order(payment_status="PAID")
    assert sorted(told(desk)) == ["ORDER_ISSUED", "PAYMENT_RECEIVED"]


def test_a_payment_that_waits_for_a_person_is_told_once_it_is_decided(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="8")
    assert told(desk) == ["ORDER_ISSUED"]
    decided = {"action": "settle", "note": "seen", "amount": "8"}
    assert desk.admin.client.post(f"/api/payments/{attempt.payment_id}/resolve", decided).status == 200
    assert told(desk) == ["ORDER_ISSUED", "PAYMENT_RECEIVED"]
    assert parameters(desk, "PAYMENT_RECEIVED")["amount"] == "8.00 EGP"


def test_a_sum_on_account_is_nothing_that_was_asked_for_and_its_payment_is_told(desk: Desk) -> None:
    opened = desk.customer.client.post("/api/payments/quick-pay", {"amount": 100, "currency": "EGP"})
    assert opened.status < 300, opened.text
    assert told(desk) == []


def test_a_refund(desk: Desk) -> None:
    order_id = desk.order(payment_status="PAID")["id"]
    refund = {"amount": 42, "reason": "one did not come", "destination": "wallet"}
    assert desk.admin.client.post(f"/api/orders/{order_id}/refund", refund).status < 300
    assert told(desk)[-1] == "REFUND_COMPLETED"
    assert parameters(desk, "REFUND_COMPLETED")["amount"] == "42.00 EGP"


def test_a_refund_by_the_gateway_is_told_once_it_is_done_and_not_before(desk: Desk) -> None:
    Scene(desk, desk.admin).pending_refund()
    assert "REFUND_COMPLETED" not in told(desk)


def test_a_booking_that_is_confirmed_by_its_payment(desk: Desk) -> None:
    booking = a_booking(desk)
    pay_booking(desk, booking)
    assert sorted(told(desk)) == ["BOOKING_CONFIRMED", "ORDER_ISSUED", "PAYMENT_RECEIVED"]
    assert parameters(desk, "BOOKING_CONFIRMED")["title_en"] == "Aswan"


def test_a_booking_that_staff_confirm_before_it_is_paid_is_told_once(desk: Desk) -> None:
    booking = a_booking(desk)
    moved = desk.employee.client.patch(f"/api/bookings/{booking}/status", {"status": "CONFIRMED"})
    assert moved.status == 200, moved.text
    assert told(desk) == ["BOOKING_CONFIRMED"]
    pay_booking(desk, booking)
    assert told(desk).count("BOOKING_CONFIRMED") == 1


def test_a_booking_that_nobody_came_for_is_not_confirmed_when_it_is_paid(desk: Desk) -> None:
    booking = a_booking(desk)
    for status in ("CONFIRMED", "NO_SHOW"):
        moved = desk.employee.client.patch(f"/api/bookings/{booking}/status", {"status": status})
        assert moved.status == 200, moved.text
    desk.run("delete from mails where recipient = :email", email=desk.customer.email)
    pay_booking(desk, booking)
    assert "BOOKING_CONFIRMED" not in told(desk)


def test_a_booking_that_staff_change_is_told_unless_only_they_can_see_it(desk: Desk) -> None:
    booking = a_booking(desk)
    assert desk.employee.client.put(f"/api/bookings/{booking}", {"internal_notes": "ask for a cot"}).status == 200
    assert told(desk) == []
    for title in ("Aswan by boat", "Aswan by train"):
        assert desk.employee.client.put(f"/api/bookings/{booking}", {"title_en": title}).status == 200
    assert told(desk) == ["BOOKING_CHANGED", "BOOKING_CHANGED"]
    assert parameters(desk, "BOOKING_CHANGED")["title_en"] == "Aswan by train"


def test_a_booking_that_is_called_off_and_refunded(desk: Desk) -> None:
    booking = a_booking(desk)
    pay_booking(desk, booking)
    cancelled = desk.admin.client.post(f"/api/bookings/{booking}/cancel", {"refund": "wallet"})
    assert cancelled.status == 200, cancelled.text
    assert sorted(told(desk)[-2:]) == ["BOOKING_CANCELLED", "REFUND_COMPLETED"]
    assert told(desk).count("BOOKING_CANCELLED") == 1


def test_a_booking_whose_order_is_refunded_whole_is_called_off(desk: Desk) -> None:
    booking = a_booking(desk)
    pay_booking(desk, booking)
    (order_id,) = desk.run("select order_id::text from bookings where id = :id", id=booking)[0]
    refund = {"reason": "ill", "destination": "wallet"}
    assert desk.admin.client.post(f"/api/orders/{order_id}/refund", refund).status < 300
    assert told(desk).count("BOOKING_CANCELLED") == 1


def test_cashback_that_staff_credit(desk: Desk) -> None:
    record = Scene(desk, desk.admin).cashback("approve")
    assert desk.admin.client.post(f"/api/cashback/{record}/credit").status == 200
    assert told(desk)[-1] == "CASHBACK_CREDITED"


def test_a_closed_account_is_told_nothing(desk: Desk) -> None:
    order_id = desk.order(payment_status="PAID")["id"]
    desk.run("update users set status = 'SUSPENDED', is_active = false where id = :id", id=desk.customer.id)
    before = told(desk)
    refund = {"reason": "ill", "destination": "wallet"}
    assert desk.admin.client.post(f"/api/orders/{order_id}/refund", refund).status < 300
    assert told(desk) == before


def test_a_booking_that_its_owner_calls_off(desk: Desk) -> None:
    booking = a_booking(desk)
    assert desk.customer.client.post(f"/api/bookings/{booking}/cancel", {}).status == 200
    assert told(desk) == ["BOOKING_CANCELLED"]


def test_a_customer_without_the_role_of_one_is_told_too(desk: Desk) -> None:
    person = make_person(desk.system, "EMPLOYEE")
    own = Desk(desk.system, person, desk.employee, desk.admin, desk.gateway)
    own.attempt()
    assert told(own) == ["ORDER_ISSUED"]
