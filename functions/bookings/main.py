"""The bookings function: staff and customers book, staff price and move bookings, customers see and pay theirs."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.bookings import changing, making, moves, reading
from functions.bookings.schemas import (
    Booking,
    BookingCancellation,
    BookingChanges,
    BookingMove,
    BookingsQuery,
    MyBookingsQuery,
    NewBooking,
)
from lib.payments.opening import pay
from lib.payments.schemas import PayAnswer, PayRequest
from lib.web import SIGNED_IN, STAFF, Answer, Api, Call
from lib.web.service import add_health

api = Api("bookings", "Bookings")
add_health(api)


@api.post("/api/bookings", who=SIGNED_IN, status=201, answer=Booking, problems=(409,))
def create_booking(call: Call, body: NewBooking) -> bytes:
    """Book for a customer, as staff; or for oneself: a request that staff price."""
    return making.create(call.caller, call.actor, body)


@api.get("/api/bookings", who=STAFF, answer=list[Booking])
def list_bookings(call: Call, query: BookingsQuery) -> Answer:
    """Everybody's bookings, newest first."""
    return reading.all_bookings(call, query)


@api.get("/api/bookings/me", who=SIGNED_IN, answer=list[Booking])
def list_my_bookings(call: Call, query: MyBookingsQuery) -> Answer:
    """The caller's bookings, newest first."""
    return reading.my_bookings(call, query)


@api.get("/api/bookings/{booking_id}", who=SIGNED_IN, answer=Booking)
def get_booking(call: Call, booking_id: UUID) -> bytes:
    """One booking, for its owner or staff."""
    return reading.one_booking(call.caller, booking_id)


@api.put("/api/bookings/{booking_id}", who=STAFF, answer=Booking, problems=(409,))
def change_booking(call: Call, booking_id: UUID, body: BookingChanges) -> bytes:
    """Change a booking, or price a customer's request; what is not sent stays."""
    return changing.change(call.actor, booking_id, body)


@api.delete("/api/bookings/{booking_id}", who=STAFF, status=204, problems=(409,))
def delete_booking(call: Call, booking_id: UUID) -> None:
    """Delete a booking of which nothing was paid."""
    moves.delete(call.actor, booking_id)


@api.patch("/api/bookings/{booking_id}/status", who=STAFF, answer=Booking, problems=(409,))
def move_booking(call: Call, booking_id: UUID, body: BookingMove) -> bytes:
    """Confirm, complete or cancel a booking, or mark that nobody came."""
    return moves.move_by_hand(call.actor, booking_id, body)


@api.put("/api/bookings/{booking_id}/status", who=STAFF, answer=Booking, problems=(409,))
def put_booking_status(call: Call, booking_id: UUID, body: BookingMove) -> bytes:
    """The same as PATCH, for apps that send PUT."""
    return moves.move_by_hand(call.actor, booking_id, body)


@api.post("/api/bookings/{booking_id}/cancel", who=SIGNED_IN, answer=Booking, problems=(409,))
def cancel_booking(call: Call, booking_id: UUID, body: BookingCancellation) -> bytes:
    """Call a booking off: its owner while it is PENDING, or staff."""
    return moves.cancel(call.caller, call.actor, booking_id, body)


@api.post("/api/bookings/{booking_id}/pay", who=SIGNED_IN, answer=PayAnswer, calls_gateway=True, problems=(409, 502, 503))
def pay_booking(call: Call, booking_id: UUID, body: PayRequest) -> bytes:
    """Pay what is left of a booking, as an order is paid; its payment confirms it."""
    return pay(reading.order_behind(call.caller, booking_id), call.caller, body.payment_method_id, body.wanted())


bookings = api.function()
