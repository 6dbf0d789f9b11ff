"""Reads bookings for responses. Prices come from a booking's order, and only staff see internal notes."""

from uuid import UUID

from functions.bookings.schemas import BookingsQuery, MyBookingsQuery
from lib import db
from lib.errors import require_found
from lib.security.callers import Caller
from lib.web import Call, Listing, Response, read_page

_BOOKINGS = Listing(
    "booking_documents(:staff::boolean)",
    {
        "status": "status = :status",
        "booking_type": "booking_type = :booking_type",
        "booking_source": "booking_source = :booking_source",
        "user_id": "user_id = :user_id",
        "starts_from": "start_date >= :starts_from",
        "starts_to": "start_date <= :starts_to",
    },
)


def one_booking(caller: Caller, booking_id: UUID) -> bytes:
    """One booking. Raises NotFound if there is none, or if this caller may not see it."""
    document = db.read.first_json(
        """
        select document::text from booking_documents(:staff::boolean)
        where id = :id and (:staff::boolean or user_id = :caller_id)
        """,
        id=booking_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    return require_found(document, "booking")


def order_behind(caller: Caller, booking_id: UUID) -> UUID:
    """The id of a booking's order. Raises NotFound if there is none, or if this caller may not see it."""
    order_id = db.read.first_value(
        UUID,
        "select order_id from bookings where id = :id and (:staff::boolean or user_id = :caller_id)",
        id=booking_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    return require_found(order_id, "booking")


def my_bookings(call: Call, query: MyBookingsQuery) -> Response:
    """The caller's own bookings."""
    values = query.model_dump(include={"status"}, exclude_none=True)
    caller = call.caller
    return read_page(query, _BOOKINGS, **values, user_id=caller.user_id, staff=caller.is_staff).response(call)


def all_bookings(call: Call, query: BookingsQuery) -> Response:
    """Bookings by the query's filters."""
    values = query.model_dump(include=set(_BOOKINGS.filters), exclude_none=True)
    return read_page(query, _BOOKINGS, **values, staff=call.caller.is_staff).response(call)
