"""Section 1: what the screens that pay send."""

from tests.app.client.calls import Sent, call
from tests.app.client.shapes import Maybe, OneOf

OPENED = {
    "payment_id": "id",
    "payment_number": "text",
    "amount": "number",
    "currency": "text",
    "status": OneOf("PENDING", "PAID"),
    "payment_url": "address",
    "invoice_id": Maybe("text"),
    "invoice_key": Maybe("text"),
    "fawry_code": Maybe("text"),
    "qr_code": Maybe("text"),
    "qr_code_url": Maybe("text"),
    "reference": Maybe("text"),
    "expires_at": Maybe("moment"),
}


@call("POST /api/payments/create", reads={**OPENED, "order_number": "text", "booking_number": Maybe("text")})
def pay_now(*, order_id: str | None = None, booking_id: str | None = None, amount: object = 1) -> Sent:
    """Home, orders, invoices and bookings: Pay Now. The sum, the names and the words are theirs."""
    named = {"order_id": order_id} if booking_id is None else {"booking_id": booking_id}
    return Sent(
        {
            "amount": amount,
            "currency": "USD",
            "customer_first_name": "Mona",
            "customer_last_name": "",
            "customer_email": "mona@example.com",
            "customer_phone": None,
            "description": "Order payment",
            "payment_method_id": 2,
            "save_card": True,
            **named,
        }
    )


@call("POST /api/payments/quick-pay", reads={**OPENED, "order_number": "text"})
def quick_pay(amount: object, currency: str) -> Sent:
    """Payment methods: a sum on account."""
    return Sent({"amount": amount, "currency": currency, "payment_method_id": 2})


@call("POST /api/orders/{order_id}/pay", reads={**OPENED, "order_number": "text"})
def pay_order(order_id: str) -> Sent:
    """Booking detail, where the booking names an invoice."""
    return Sent({"save_card": False}, order_id=order_id)


@call("POST /api/bookings/{booking_id}/pay", reads={**OPENED, "booking_number": "text"})
def pay_booking(booking_id: str) -> Sent:
    """Booking detail."""
    return Sent({"payment_method_id": 2, "save_card": False}, booking_id=booking_id)


@call(
    "GET /api/payments/status/{payment_id}",
    reads={
        "status": OneOf("PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED", "PARTIALLY_REFUNDED"),
        "amount": "number",
        "currency": "text",
        "error_message": Maybe("text"),
    },
)
def payment_status(payment_id: str) -> Sent:
    """The success and the fail screen."""
    return Sent(payment_id=payment_id)
