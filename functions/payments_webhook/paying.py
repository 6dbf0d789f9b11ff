"""Paying from the app's screens, which name an order or a booking of the caller in the body."""

from uuid import UUID

from functions.payments_webhook.schemas import PaymentToCreate
from lib import db
from lib.audit import Actor
from lib.errors import require_found
from lib.payments.opening import pay
from lib.payments.queries import pay_response


def create_payment(actor: Actor, asked: PaymentToCreate) -> bytes:
    """Open a payment of what is left of the caller's own order or booking, and return the response.

    Raises NotFound, and what `pay` raises.
    """
    order_id = _own_order(actor, asked)
    return pay_response(order_id, pay(order_id, actor, asked.payment_method_id, None))


def _own_order(actor: Actor, asked: PaymentToCreate) -> UUID:
    order_id = db.read.first_value(
        UUID,
        """
        select o.id from orders o left join bookings b on b.order_id = o.id
        where (o.id = :order_id or b.id = :booking_id) and o.user_id = :caller_id
        """,
        order_id=asked.order_id,
        booking_id=asked.booking_id,
        caller_id=actor.user_id,
    )
    return require_found(order_id, "order" if asked.booking_id is None else "booking")
