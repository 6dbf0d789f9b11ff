"""A customer pays from the app's screens: the calls as they send them, and the fields that they read."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.balances import give
from tests.support.clients import Reply, System
from tests.support.currencies import CURRENCY
from tests.support.money import SERVICE, Desk, open_desk
from tests.support.people import Person, make_person

METHODS_WITH_A_CODE = (3, 4, 12, 14)
BOOKING = {
    "booking_type": "HOTEL",
    "title_en": "Aswan",
    "start_date": "2047-05-01",
    "guest_count": 2,
    "currency": CURRENCY,
    "items": [{"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 100}],
}


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def pay_now(person: Person, **what: object) -> Reply:
    """What the screens home, orders, invoices and bookings send. The amount and the names are theirs, and wrong here."""
    return person.client.post(
        "/api/payments/create",
        {
            "amount": 1,
            "currency": "USD",
            "customer_first_name": "Somebody",
            "customer_last_name": "",
            "customer_email": "else@example.com",
            "customer_phone": None,
            "description": "Order payment",
            "payment_method_id": 2,
            "save_card": True,
            **what,
        },
    )


def booking(desk: Desk, **changes: object) -> dict[str, Any]:
    made = desk.employee.client.post("/api/bookings", {"user_id": desk.customer.id, **BOOKING, **changes})
    assert made.status == 201, made.text
    return dict(made.json)


def assert_opens_a_page(reply: Reply) -> None:
    assert reply.status == 200, reply.text
    read = reply.json
    assert isinstance(read["payment_id"], str)
    assert read["payment_url"].startswith("http")
    assert isinstance(read["amount"], Decimal | int)
    assert {"payment_number", "order_number", "booking_number", "currency", "status"} <= read.keys()
    assert {"invoice_id", "invoice_key", "fawry_code", "qr_code", "qr_code_url", "reference", "expires_at"} <= read.keys()


def test_an_order_is_paid_by_our_total_whatever_the_screen_sends(desk: Desk) -> None:
    reply = pay_now(desk.customer, order_id=desk.order()["id"])
    assert_opens_a_page(reply)
    assert (float(reply.json["amount"]), reply.json["currency"], reply.json["status"]) == (342.0, CURRENCY, "PENDING")
    desk.happens(reply.json["invoice_id"], "paid")
    shown = desk.customer.client.get(f"/api/payments/status/{reply.json['payment_id']}").json
    assert (shown["status"], float(shown["amount"]), shown["currency"]) == ("PAID", 342.0, CURRENCY)


def test_a_booking_is_paid_by_its_id(desk: Desk) -> None:
    booked = booking(desk)
    reply = pay_now(desk.customer, booking_id=booked["id"])
    assert_opens_a_page(reply)
    assert reply.json["booking_number"] == booked["booking_number"]
    desk.happens(reply.json["invoice_id"], "paid")
    assert desk.customer.client.get(f"/api/bookings/{booked['id']}").json["status"] == "CONFIRMED"


@pytest.mark.parametrize("named", ["order_id", "booking_id"])
@pytest.mark.parametrize("role", ["CUSTOMER", "EMPLOYEE", "SUPER_ADMIN"])
def test_what_is_somebody_elses_is_not_there(desk: Desk, role: str, named: str) -> None:
    thing = desk.order() if named == "order_id" else booking(desk)
    assert pay_now(make_person(desk.system, role), **{named: thing["id"]}).status == 404


def test_an_orders_id_is_no_bookings_id(desk: Desk) -> None:
    assert pay_now(desk.customer, booking_id=desk.order()["id"]).status == 404
    assert pay_now(desk.customer, order_id=booking(desk)["id"]).status == 404


def test_neither_an_order_nor_a_booking_or_both_are_refused_in_words(desk: Desk) -> None:
    order_id = desk.order()["id"]
    for what in ({}, {"order_id": None}, {"order_id": order_id, "booking_id": booking(desk)["id"]}, {"order_id": "ORD-1"}):
        reply = pay_now(desk.customer, **what)
        assert (reply.status, "Order id" in reply.text or "order_id" in reply.text) == (422, True), reply.text


def test_what_is_paid_or_cancelled_or_has_no_price_is_refused(desk: Desk) -> None:
    paid, cancelled = desk.attempt(), desk.order()["id"]
    desk.happens(paid.invoice_id, "paid")
    desk.employee.client.post(f"/api/orders/{cancelled}/cancel", {})
    assert [pay_now(desk.customer, order_id=order_id).status for order_id in (paid.order_id, cancelled)] == [409, 409]
    requested = desk.customer.client.post("/api/bookings", {**BOOKING, "user_id": desk.customer.id}).json
    reply = pay_now(desk.customer, booking_id=requested["id"])
    assert (reply.status, reply.json["code"]) == (409, "not_priced")


def test_tapping_twice_is_one_attempt(desk: Desk) -> None:
    order_id = desk.order()["id"]
    first, second = pay_now(desk.customer, order_id=order_id), pay_now(desk.customer, order_id=order_id)
    assert first.json == second.json


def test_what_staff_promised_with_the_order_is_not_asked_again(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    order = desk.order(wallet_to_use="100")
    assert float(pay_now(desk.customer, order_id=order["id"]).json["amount"]) == 242.0


def test_an_order_that_comes_to_nothing_is_paid_in_this_call_and_leads_to_the_success_screen(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    with desk.outage("error"):
        order_id = desk.order(wallet_to_use="342")["id"]
        again = pay_now(desk.customer, order_id=order_id)
        reply = pay_now(desk.customer, order_id=desk.order(items=[{**SERVICE, "unit_price": 0}])["id"])
    assert (again.status, again.json["code"]) == (409, "illegal_move")
    assert_opens_a_page(reply)
    assert reply.json["status"] == "PAID"
    assert "/payment/success" in reply.json["payment_url"]
    assert desk.customer.client.get(reply.json["payment_url"]).status == 200


@pytest.mark.parametrize("method", METHODS_WITH_A_CODE)
def test_a_method_with_a_code_opens_our_page_of_it(desk: Desk, method: int) -> None:
    reply = pay_now(desk.customer, order_id=desk.order()["id"], payment_method_id=method)
    assert_opens_a_page(reply)
    address = reply.json["payment_url"]
    assert ("/payment/pending" in address, "success" in address, "fail" in address) == (True, False, False)
    assert desk.customer.client.get(address).status == 200


def test_a_gateway_that_is_silent_is_said_in_words_and_nothing_is_opened(desk: Desk) -> None:
    order_id = desk.order()["id"]
    with desk.outage("error"):
        reply = pay_now(desk.customer, order_id=order_id)
    assert (reply.status, reply.json["code"]) == (503, "gateway_unavailable")
    assert "payment_url" not in reply.json
    assert_opens_a_page(pay_now(desk.customer, order_id=order_id))


@pytest.mark.parametrize("method", [None, 1, 2])
def test_the_screens_methods_lead_to_a_page_of_the_gateway(desk: Desk, method: int | None) -> None:
    reply = pay_now(desk.customer, order_id=desk.order()["id"], payment_method_id=method)
    assert_opens_a_page(reply)
    assert "/payment/pending" not in reply.json["payment_url"]


def test_a_method_that_is_not_offered_is_refused(desk: Desk) -> None:
    assert pay_now(desk.customer, order_id=desk.order()["id"], payment_method_id=99).status == 422


def test_an_order_of_staff_themselves_is_theirs_to_pay(desk: Desk) -> None:
    colleague = make_person(desk.system, "EMPLOYEE")
    order = desk.admin.client.post("/api/orders", {"user_id": colleague.id, "items": [SERVICE]}).json
    assert_opens_a_page(pay_now(colleague, order_id=order["id"]))
