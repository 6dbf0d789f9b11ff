"""The response to a request to pay."""

from dataclasses import dataclass
from uuid import UUID

from lib import db
from lib.errors import PaymentSuperseded
from lib.payments.pages import page_address


@dataclass(frozen=True, kw_only=True)
class _Response:
    document: str
    payment_number: str | None
    is_closed: bool


def pay_response(order_id: UUID, payment_id: UUID | None) -> bytes:
    """The response for a payment of an order. No payment: the order is PAID, because nothing was left to pay.

    The app opens `payment_url` unchecked. So where the gateway has no page, it is ours, which shows the code or the outcome.
    Raises LookupError if the payment is not one of this order, and PaymentSuperseded if it was closed since it was opened.
    """
    response = db.read.one(
        _Response,
        """
        select json_build_object(
            'payment_id', p.id, 'payment_number', p.payment_number, 'order_number', o.order_number,
            'booking_number', b.booking_number,
            'amount', money(coalesce(p.amount, 0), o.currency), 'currency', o.currency,
            'status', coalesce(p.status, 'PAID'), 'points_used', coalesce(p.points_to_use, 0),
            'cashback_used', money(coalesce(p.cashback_to_use, 0), o.currency),
            'wallet_used', money(coalesce(p.wallet_to_use, 0), o.currency),
            'payment_url', coalesce(
                p.payment_url,
                case when p.status = 'PENDING' then :pending_page else :success_page end || coalesce(p.return_token, '')),
            'fawry_code', p.fawry_code, 'qr_code', p.qr_code, 'qr_code_url', p.qr_code,
            'reference', p.gateway_reference, 'expires_at', p.expires_at,
            'invoice_id', p.gateway_invoice_id, 'invoice_key', p.gateway_invoice_key)::text as document,
               p.payment_number, coalesce(is_closed(p), false) as is_closed
        from orders o
        left join payments p on p.id = :payment_id and p.order_id = o.id
        left join bookings b on b.order_id = o.id
        where o.id = :order_id and (:payment_id::uuid is null or p.id is not null)
        """,
        order_id=order_id,
        payment_id=payment_id,
        pending_page=page_address("pending", ""),
        success_page=page_address("success", ""),
    )
    if response.is_closed and response.payment_number is not None:
        raise PaymentSuperseded(response.payment_number)
    return response.document.encode()
