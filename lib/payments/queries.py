"""The response to a request to pay."""

from dataclasses import dataclass
from uuid import UUID

from lib import db
from lib.errors import PaymentSuperseded
from lib.payments.pages import page_address


@dataclass(frozen=True, kw_only=True)
class _Response:
    document: str
    payment_number: str
    is_closed: bool


def pay_response(order_id: UUID, payment_id: UUID) -> bytes:
    """The response for a payment of an order.

    The app opens `payment_url` unchecked. So where the gateway has no page, it is ours, which shows the code or the outcome.
    Raises LookupError if the payment is not one of this order, and PaymentSuperseded if it was closed since it was opened.
    """
    response = db.read.one(
        _Response,
        """
        select json_build_object(
            'payment_id', p.id, 'payment_number', p.payment_number, 'order_number', o.order_number,
            'booking_number', b.booking_number,
            'amount', money(p.amount, o.currency), 'currency', o.currency,
            'status', p.status, 'points_used', p.points_to_use,
            'cashback_used', money(p.cashback_to_use, o.currency),
            'wallet_used', money(p.wallet_to_use, o.currency),
            'payment_url', coalesce(
                p.payment_url,
                case when p.status = 'PENDING' then :pending_page else :success_page end || p.return_token),
            'fawry_code', p.fawry_code, 'qr_code', p.qr_code, 'qr_code_url', p.qr_code,
            'reference', p.gateway_reference, 'expires_at', p.expires_at,
            'invoice_id', p.gateway_invoice_id, 'invoice_key', p.gateway_invoice_key)::text as document,
               p.payment_number, is_closed(p) as is_closed
        from orders o join payments p on p.order_id = o.id left join bookings b on b.order_id = o.id
        where o.id = :order_id and p.id = :payment_id
        """,
        order_id=order_id,
        payment_id=payment_id,
        pending_page=page_address("pending", ""),
        success_page=page_address("success", ""),
    )
    if response.is_closed:
        raise PaymentSuperseded(response.payment_number)
    return response.document.encode()
