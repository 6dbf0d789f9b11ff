"""Paying from the wallet at once: orders and bookings of one's own, wholly or in part."""

import pytest

from tests.functions.loyalty.wallets import history, pay
from tests.support.balances import Balances, balances, give
from tests.support.currencies import CURRENCY, OTHER_CURRENCY, as_told
from tests.support.money import Desk, Statuses
from tests.support.people import Person

NOBODY_S = "00000000-0000-4000-8000-000000000000"


def test_an_order_is_paid_in_part_and_then_wholly(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    order_id = desk.order()["id"]
    first = pay(desk, 100, order_id).json
    assert (first["status"], str(first["new_balance"]), first["payment_status"]) == (
        "COMPLETED",
        as_told("300.00"),
        "PARTIALLY_PAID",
    )
    attempt = desk.pay(order_id)
    assert str(attempt.answer["amount"]) == as_told("242.00")
    second = pay(desk, as_told("242.00"), order_id).json
    assert (str(second["new_balance"]), second["order_status"], second["payment_status"]) == (
        as_told("58.00"),
        "PAID",
        "PAID",
    )
    assert desk.payment(attempt)["status"] == "CANCELLED"
    assert history(desk)[0]["id"] == second["transaction_id"]
    assert pay(desk, 1, order_id).json["code"] == "illegal_move"


def test_the_history_shows_that_an_attempt_gave_back_what_it_held_before_the_wallet_paid(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    order_id = desk.order()["id"]
    desk.pay(order_id, wallet_to_use="100")
    paid = pay(desk, 100, order_id).json
    newest = [(one["transaction_type"], one["status"]) for one in history(desk)]
    assert newest[:3] == [("PAYMENT", "COMPLETED"), ("REFUND", "COMPLETED"), ("PAYMENT", "REVERSED")]
    assert history(desk)[0]["id"] == paid["transaction_id"]


def test_the_gateway_takes_what_the_wallet_has_left_of_an_order(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    order_id = desk.order()["id"]
    pay(desk, 100, order_id)
    attempt = desk.pay(order_id)
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", as_told("342.00"))
    assert balances(desk.customer.id) == Balances(as_told("0.00"), as_told("0.00"), 342)


def booked(desk: Desk) -> str:
    """A booking of 342.00 that its customer can pay."""
    body = {
        "user_id": desk.customer.id,
        "booking_type": "HOTEL",
        "start_date": "2047-05-01",
        "title_en": "Aswan",
        "guest_count": 1,
        "items": [{"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 300}],
    }
    return str(desk.employee.client.post("/api/bookings", body).json["id"])


def test_a_booking_is_paid_part_by_part_and_then_confirmed(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    booking_id = booked(desk)
    statuses = []
    for amount in (300, 42):
        told = pay(desk, amount, booking_id, "BOOKING").json
        booking = desk.customer.client.get(f"/api/bookings/{booking_id}").json
        statuses.append((told["payment_status"], booking["payment_status"], booking["status"]))
    assert statuses == [("PARTIALLY_PAID", "PARTIALLY_PAID", "PENDING"), ("PAID", "PAID", "CONFIRMED")]
    paid = [one for one in history(desk) if one["transaction_type"] == "PAYMENT"]
    assert {(one["reference_type"], one["reference_id"]) for one in paid} == {("BOOKING", booking_id)}


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        (as_told("342.01"), 422, "validation_error"),
        ("0.0001", 422, "validation_error"),
        (as_told("100.01"), 409, "insufficient_balance"),
    ],
)
def test_what_can_not_be_paid_changes_nothing(desk: Desk, amount: str, status: int, code: str) -> None:
    give(desk.customer.id, wallet="100")
    order_id = desk.order()["id"]
    reply = pay(desk, amount, order_id)
    assert (reply.status, reply.json["code"]) == (status, code)
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "DRAFT"
    assert balances(desk.customer.id).wallet == as_told("100.00")


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"reference_type": "ORDER"},
        {"reference_id": NOBODY_S},
        {"reference_type": "PAYMENT", "reference_id": NOBODY_S},
        {"reference_type": "ORDER", "reference_id": "ORD-1"},
    ],
)
def test_what_is_to_be_paid_has_to_be_said(desk: Desk, about: dict[str, str]) -> None:
    assert desk.customer.client.post("/api/wallet/me/pay", {"amount": 10, **about}).status == 422


def test_nobody_pays_what_is_another_s_or_is_not_there(desk: Desk, other_customer: Person) -> None:
    for owner in (desk.customer, other_customer):
        give(owner.id, wallet="1000")
    order_id = desk.order()["id"]
    for person in (other_customer, desk.employee, desk.admin):
        give(person.id, wallet="1000")
        for reference_type, reference_id in (("ORDER", order_id), ("BOOKING", booked(desk))):
            body = {"amount": 10, "reference_type": reference_type, "reference_id": reference_id}
            assert person.client.post("/api/wallet/me/pay", body).status == 404
    assert pay(desk, 10, order_id, "BOOKING").status == 404
    assert pay(desk, 10, NOBODY_S).status == 404
    assert balances(desk.customer.id).wallet == as_told("1000.00")


def test_the_wallet_pays_nothing_in_another_currency(desk: Desk) -> None:
    give(desk.customer.id, wallet="1000")
    refused = pay(desk, 10, desk.order(currency=OTHER_CURRENCY)["id"])
    assert (refused.status, CURRENCY in refused.json["detail"], OTHER_CURRENCY in refused.json["detail"]) == (
        422,
        True,
        True,
    )
    assert balances(desk.customer.id).wallet == as_told("1000.00")
