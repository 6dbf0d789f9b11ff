"""The bookings function: staff and customers book, staff price and move bookings, customers see and pay theirs."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.bookings import changing, forms, making, moves, queries
from functions.bookings.schemas import (
    Booking,
    BookingCancellation,
    BookingChanges,
    BookingForm,
    BookingMove,
    BookingsQuery,
    MyBookingsQuery,
    NewBooking,
)
from lib.payments.opening import pay
from lib.payments.queries import pay_response
from lib.payments.schemas import PayAnswer, PayRequest
from lib.web import SIGNED_IN, STAFF, Api, Call, Response
from lib.web.service import add_health

api = Api("bookings", "Bookings")
add_health(api)


@api.post("/api/bookings", roles=SIGNED_IN, status=201, response=Booking, problems=(409,))
def create_booking(call: Call, body: NewBooking) -> bytes:
    """Book for a customer, as staff; or for oneself: a request that staff price."""
    return queries.one_booking(call.caller, making.create(call.caller, call.actor, body))


@api.post("/api/bookings/manual-create", roles=STAFF, status=201, response=Booking, problems=(409,))
def create_booking_by_form(call: Call, body: BookingForm) -> bytes:
    """Book for a customer as the app's form says, and take what it says is paid."""
    return queries.one_booking(call.caller, forms.make(call.actor, body))


@api.get("/api/bookings", roles=STAFF, response=list[Booking])
def list_bookings(call: Call, query: BookingsQuery) -> Response:
    """Everybody's bookings, newest first."""
    return queries.all_bookings(call, query)


@api.get("/api/bookings/me", roles=SIGNED_IN, response=list[Booking])
def list_my_bookings(call: Call, query: MyBookingsQuery) -> Response:
    """The caller's bookings, newest first."""
    return queries.my_bookings(call, query)


@api.get("/api/bookings/{booking_id}", roles=SIGNED_IN, response=Booking)
def get_booking(call: Call, booking_id: UUID) -> bytes:
    """One booking, for its owner or staff."""
    return queries.one_booking(call.caller, booking_id)


@api.put("/api/bookings/{booking_id}", roles=STAFF, response=Booking, problems=(409,))
def change_booking(call: Call, booking_id: UUID, body: BookingChanges) -> bytes:
    """Change a booking, price a customer's request, or mark it as paid; what is not sent stays."""
    changing.change(call.actor, booking_id, body)
    return queries.one_booking(call.caller, booking_id)


@api.delete("/api/bookings/{booking_id}", roles=STAFF, status=204, problems=(409,))
def delete_booking(call: Call, booking_id: UUID) -> None:
    """Delete a booking of which nothing was paid."""
    moves.delete(call.actor, booking_id)


@api.patch("/api/bookings/{booking_id}/status", roles=STAFF, response=Booking, one_transaction=False, problems=(409,))
def move_booking(call: Call, booking_id: UUID, body: BookingMove) -> bytes:
    """Confirm, complete or cancel a booking, or mark that nobody came."""
    if body.status == "CANCELLED":
        body = moves.look_before_refunding(call.actor, booking_id, body)
    moves.move_by_hand(call.actor, booking_id, body)
    return queries.one_booking(call.caller, booking_id)


@api.put("/api/bookings/{booking_id}/status", roles=STAFF, response=Booking, one_transaction=False, problems=(409,))
def put_booking_status(call: Call, booking_id: UUID, body: BookingMove) -> bytes:
    """The same as PATCH, for apps that send PUT."""
    if body.status == "CANCELLED":
        body = moves.look_before_refunding(call.actor, booking_id, body)
    moves.move_by_hand(call.actor, booking_id, body)
    return queries.one_booking(call.caller, booking_id)


@api.post("/api/bookings/{booking_id}/cancel", roles=SIGNED_IN, response=Booking, one_transaction=False, problems=(409,))
def cancel_booking(call: Call, booking_id: UUID, body: BookingCancellation) -> bytes:
    """Call a booking off: its owner while it is PENDING, or staff."""
    requested = moves.look_before_refunding(call.actor, booking_id, body)
    moves.cancel(call.caller, call.actor, booking_id, requested)
    return queries.one_booking(call.caller, booking_id)


@api.post(
    "/api/bookings/{booking_id}/pay",
    roles=SIGNED_IN,
    response=PayAnswer,
    one_transaction=False,
    problems=(409, 429, 502, 503),
)
def pay_booking(call: Call, booking_id: UUID, body: PayRequest) -> bytes:
    """Pay what is left of a booking, as an order is paid; its payment confirms it."""
    order_id = queries.order_behind(call.caller, booking_id)
    payment_id = pay(
        order_id, call.actor, body.payment_method_id, body.limits(), mobile_wallet_number=body.mobile_wallet_number
    )
    return pay_response(order_id, payment_id)


bookings = api.function()
