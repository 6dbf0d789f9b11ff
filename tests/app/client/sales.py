"""Section 3: staff work on orders, bookings and payments, and customers see theirs."""

from decimal import Decimal
from typing import Any

from lib.config import default_currency
from tests.app.client.calls import Sent, call, good
from tests.app.client.shapes import Maybe, OneOf
from tests.support.money import Desk

PAYMENT_STATUS = OneOf("UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED", "CANCELLED")
AMOUNTS = {
    "subtotal": "number",
    "tax_rate": "number",
    "tax_amount": "number",
    "discount_amount": "number",
    "total_amount": "number",
    "amount_paid": "number",
    "amount_held": "number",
    "amount_due": "number",
    "currency": "text",
}
ITEM = {
    "id": "id",
    "description_ar": "text",
    "description_en": "text",
    "quantity": "number",
    "unit_price": "number",
    "total_price": "number",
    "currency": "text",
}
CUSTOMER = {"id": "id", "first_name": "text", "last_name": "text", "email": "text", "phone": Maybe("text")}
ORDER = {
    **AMOUNTS,
    "id": "id",
    "order_number": "text",
    "user_id": "id",
    "user": {**CUSTOMER, "username": Maybe("text")},
    "status": OneOf("DRAFT", "ISSUED", "PAID", "CANCELLED", "REFUNDED"),
    "payment_status": PAYMENT_STATUS,
    "is_free": "flag",
    "notes_ar": Maybe("text"),
    "notes_en": Maybe("text"),
    "due_date": Maybe("day"),
    "issued_at": Maybe("moment"),
    "paid_at": Maybe("moment"),
    "created_at": "moment",
    "updated_at": "moment",
    "items": [ITEM],
}
BOOKING = {
    **AMOUNTS,
    "id": "id",
    "booking_number": "text",
    "order_id": "id",
    "user_id": "id",
    "membership_id": "text",
    "customer_name": "text",
    "booking_type": OneOf("TRIP", "HOTEL", "FLIGHT", "PACKAGE", "OFFER", "CUSTOM"),
    "status": OneOf("PENDING", "CONFIRMED", "COMPLETED", "CANCELLED", "NO_SHOW", "REFUNDED"),
    "payment_status": PAYMENT_STATUS,
    "title_ar": Maybe("text"),
    "title_en": Maybe("text"),
    "start_date": Maybe("day"),
    "end_date": Maybe("day"),
    "guest_count": "count",
    "customer_notes": Maybe("text"),
    "booking_details": Maybe("object"),
    "created_at": "moment",
    "items": [{**ITEM, "item_type": Maybe("text"), "item_details": Maybe("object")}],
}
PAYMENT = {
    "id": "id",
    "payment_number": "text",
    "amount": "number",
    "currency": "text",
    "status": OneOf(
        "PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED", "PARTIALLY_REFUNDED", "UNPAID", "PARTIALLY_PAID"
    ),
    "payment_method": Maybe("text"),
    "payment_type": "text",
    "source": OneOf("PAYMENT", "INVOICE"),
    "created_at": "moment",
    "paid_at": Maybe("moment"),
    "order": Maybe({"id": "id", "order_number": "text", "notes_en": Maybe("text"), "notes_ar": Maybe("text")}),
    "booking": Maybe(
        {
            "id": "id",
            "booking_number": "text",
            "booking_type": "text",
            "title_en": Maybe("text"),
            "title_ar": Maybe("text"),
            "start_date": Maybe("day"),
            "end_date": Maybe("day"),
        }
    ),
}
PAYMENT_OF_USER = {**PAYMENT, "user_id": Maybe("id"), "user": Maybe(CUSTOMER)}


def order_form(user_id: str, currency: str, **typed: object) -> dict[str, object]:
    """What the screen of an order sends, new or edited: it asks for no discount, tax rate or balances."""
    return {
        "user_id": user_id,
        "items": [{"description_en": "Nile\nby boat", "description_ar": "Nile\nby boat", "quantity": 2, "unit_price": 150}],
        "notes_en": "",
        "points_to_use": 0,
        "wallet_to_use": 0,
        "cashback_to_use": 0,
        "tax_rate": 14,
        "currency": currency,
        "discount_amount": 0,
        "is_free": False,
        "payment_status": "UNPAID",
        **typed,
    }


@call("POST /api/orders", reads=ORDER, status=201)
def create_order(form: dict[str, object]) -> Sent:
    """New order."""
    return Sent(form)


@call("PUT /api/orders/{order_id}", reads=ORDER)
def change_order(order_id: str, form: dict[str, object]) -> Sent:
    """Edit order."""
    return Sent(form, order_id=order_id)


@call("DELETE /api/orders/{order_id}", reads="null", status=204)
def delete_order(order_id: str) -> Sent:
    """Orders: delete."""
    return Sent(order_id=order_id)


@call("GET /api/orders", reads=[ORDER])
def list_orders() -> Sent:
    """Orders of staff; the screen searches by itself."""
    return Sent()


@call("GET /api/orders/me", reads=[ORDER])
def my_orders() -> Sent:
    """Home, orders and invoices of a customer."""
    return Sent()


@call("GET /api/orders/{order_id}", reads=ORDER)
def one_order(order_id: str) -> Sent:
    """An order, for its owner and for staff."""
    return Sent(order_id=order_id)


def booking_form(user_id: str, currency: str, **typed: object) -> dict[str, object]:
    """What the screen of a new booking sends."""
    return {
        "user_id": user_id,
        "booking_type": "HOTEL",
        "destination": "Aswan",
        "start_date": "2047-05-01",
        "end_date": "2047-05-04",
        "num_persons": 2,
        "notes": "",
        "original_price": 250,
        "discount": 50,
        "currency": currency,
        "payment_status": "UNPAID",
        "payment_method": "CASH",
        "wallet_to_use": 0,
        "points_action": None,
        "points_amount": 0,
        "points_reason": None,
        **typed,
    }


def edit_booking_form(booking: dict[str, Any], **typed: object) -> dict[str, object]:
    """What the edit screen of a booking sends, filled in from what it read; JavaScript knows one kind of number."""
    parts = booking["title_en"].split(": ")
    filled = {
        **booking_form(booking["user_id"], booking["currency"]),
        "booking_type": booking["booking_type"],
        "destination": parts[1] if len(parts) > 1 else booking["title_en"],
        "start_date": booking["start_date"],
        "end_date": booking["end_date"],
        "num_persons": booking["guest_count"],
        "notes": booking["customer_notes"] or "",
        "original_price": booking["subtotal"],
        "discount": booking["discount_amount"],
        "payment_status": booking["payment_status"],
        "payment_method": "MANUAL",
        **typed,
    }
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in filled.items()}


@call("POST /api/bookings/manual-create", reads=BOOKING, status=201)
def create_booking(form: dict[str, object]) -> Sent:
    """New booking."""
    return Sent(form)


@call("PUT /api/bookings/{booking_id}", reads=BOOKING)
def change_booking(booking_id: str, form: dict[str, object]) -> Sent:
    """Edit booking."""
    return Sent(form, booking_id=booking_id)


@call("GET /api/bookings", reads=[BOOKING])
def list_bookings() -> Sent:
    """Bookings of staff."""
    return Sent()


@call("GET /api/bookings/me", reads=[BOOKING])
def my_bookings() -> Sent:
    """Home and bookings of a customer."""
    return Sent()


@call("GET /api/bookings/{booking_id}", reads=BOOKING)
def one_booking(booking_id: str) -> Sent:
    """A booking, for its owner and for staff."""
    return Sent(booking_id=booking_id)


@call("PATCH /api/bookings/{booking_id}/status", reads=BOOKING)
def move_booking(booking_id: str, status: str, reason: str | None = None) -> Sent:
    """Bookings of staff: confirm, complete, cancel."""
    return Sent({"status": status, **({"reason": reason} if reason else {})}, booking_id=booking_id)


@call("GET /api/payments", reads={"items": [PAYMENT_OF_USER], "total": "count"})
def list_payments() -> Sent:
    """Payments of staff; the screen filters and adds up by itself."""
    return Sent()


@call("GET /api/payments/my-payments", reads={"items": [PAYMENT], "total": "count"})
def my_payments() -> Sent:
    """Payments of a customer."""
    return Sent()


@call(
    "GET /api/admin/payments/{payment_id}",
    reads={
        **PAYMENT_OF_USER,
        "user_id": "id",
        "user": CUSTOMER,
        "order_id": Maybe("id"),
        "transaction_id": Maybe("text"),
        "description": Maybe("text"),
    },
)
def one_payment(payment_id: str) -> Sent:
    """A payment, or by its order's id an order without one."""
    return Sent(payment_id=payment_id)


def order_of(desk: Desk, **typed: object) -> dict[str, Any]:
    """An order that an administrator made for the customer, with what they typed."""
    form = order_form(desk.customer.id, default_currency(), **typed)
    return dict(good(create_order(desk.admin.client, form)))


def booking_of(desk: Desk, **typed: object) -> dict[str, Any]:
    """A booking that an administrator made for the customer, with what they typed."""
    form = booking_form(desk.customer.id, default_currency(), **typed)
    return dict(good(create_booking(desk.admin.client, form)))
