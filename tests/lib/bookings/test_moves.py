"""What a refund of its order means to a booking."""

from uuid import UUID

import pytest

from lib.bookings import records as bookings
from lib.bookings.queries import booking_of_order
from lib.bookings.records import mark_refunded
from lib.bookings.state import BookingStatus
from lib.db import Transaction
from lib.orders.locks import LockedOrder
from tests.support.scenes import a_booked_order

REFUNDED = ["REFUNDED", "refunded"]


def moved(tx: Transaction, order: LockedOrder, *statuses: BookingStatus) -> None:
    """Move the booking of an order on to these states, as staff do."""
    for status in statuses:
        booking = booking_of_order(tx, order.id)
        assert booking is not None
        bookings.move(tx, booking, status, reason=None, by_user_id=order.user_id)


def history_of(tx: Transaction, order: LockedOrder) -> list[list[str | None]]:
    sql = """
        select h.status, h.reason from booking_history h join bookings b on b.id = h.booking_id
        where b.order_id = :id order by h.id
    """
    return [list(row) for row in tx.run(sql, id=order.id)]


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
    tx: Transaction, customer: UUID, before: tuple[BookingStatus, ...], after: list[list[str | None]]
) -> None:
    order = a_booked_order(customer)
    moved(tx, order, *before)
    mark_refunded(tx, order.id)
    mark_refunded(tx, order.id)

    assert history_of(tx, order) == [["PENDING", None], *after]
    by_nobody = "select by_user_id is null from booking_history where reason = 'refunded' and booking_id = :id"
    booking = booking_of_order(tx, order.id)
    assert booking is not None
    assert all(tx.column(bool, by_nobody, id=booking.id))


def test_a_refund_of_an_order_without_a_booking_moves_none(tx: Transaction, order: LockedOrder) -> None:
    other = a_booked_order(order.user_id)
    mark_refunded(tx, order.id)

    assert history_of(tx, order) == []
    assert history_of(tx, other) == [["PENDING", None]]
