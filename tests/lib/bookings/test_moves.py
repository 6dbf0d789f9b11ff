"""What a refund of its order means to a booking."""

from uuid import UUID

import pytest

from lib import db
from lib.bookings.records import mark_refunded
from lib.db import Transaction
from tests.support.clients import System
from tests.support.money import SERVICE, Desk, open_desk

CAME = [["PENDING", None]]
REFUNDED = ["REFUNDED", "refunded"]


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def a_booking(desk: Desk, *statuses: str) -> tuple[str, UUID]:
    """A booking that staff have moved on to these states, and its order's id."""
    body = {
        "user_id": desk.customer.id,
        "booking_type": "TRIP",
        "title_en": "Siwa",
        "start_date": "2047-05-01",
        "items": [SERVICE],
    }
    booking = desk.employee.client.post("/api/bookings", body).json
    for status in statuses:
        assert desk.employee.client.patch(f"/api/bookings/{booking['id']}/status", {"status": status}).status == 200
    return booking["id"], UUID(booking["order_id"])


@db.in_transaction
def refund(tx: Transaction, order_id: UUID) -> None:
    """Do to the booking what a refund of all of its order does, as often as it may be said."""
    mark_refunded(tx, order_id)
    mark_refunded(tx, order_id)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), []),
        (("CONFIRMED",), [["CONFIRMED", None], ["CANCELLED", "refunded"], REFUNDED]),
        (("CANCELLED",), [["CANCELLED", None], REFUNDED]),
        (("CONFIRMED", "CANCELLED"), [["CONFIRMED", None], ["CANCELLED", None], REFUNDED]),
        (("CONFIRMED", "COMPLETED"), [["CONFIRMED", None], ["COMPLETED", None]]),
        (("CONFIRMED", "NO_SHOW"), [["CONFIRMED", None], ["NO_SHOW", None]]),
    ],
)
def test_a_refund_ends_a_booking_that_was_to_take_place_once(
    desk: Desk, before: tuple[str, ...], after: list[list[str | None]]
) -> None:
    booking_id, order_id = a_booking(desk, *before)
    refund(order_id)

    history = desk.customer.client.get(f"/api/bookings/{booking_id}").json["history"]
    assert [[one["status"], one["reason"]] for one in history] == CAME + after
    assert all(one["by"] is None for one in history if one["reason"] == "refunded")


def test_a_refund_of_an_order_without_a_booking_moves_none(desk: Desk) -> None:
    order = desk.order()
    refund(UUID(order["id"]))

    assert desk.customer.client.get("/api/bookings/me").json == []
