"""Money that was taken elsewhere: cash at the desk, a bank transfer."""

import secrets as randomness
from uuid import UUID

from lib import audit
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import NotFound
from lib.fawaterk.models import Received
from lib.payments.locks import lock_order, lock_payment
from lib.payments.posting import post_receipt
from lib.payments.settlement import credit_order


def settle_by_hand(tx: Transaction, actor: Actor, order_id: UUID) -> None:
    """Record a MANUAL payment of all that is left of an issued order, and settle the order with it."""
    order = lock_order(tx, order_id)
    if order is None:
        raise NotFound("There is no such order")
    payment_id = UUID(
        str(
            tx.value(
                """
                insert into payments (payment_number, order_id, user_id, payment_type, payment_method, amount, currency,
                                      status, return_token, received_amount, received_currency, paid_at, check_due_at)
                values (take_number('PAY'), :order_id, :user_id, 'MANUAL', 'MANUAL', :amount, :currency, 'PAID',
                        :token, :amount, :currency, now(), null)
                returning id
                """,
                order_id=order_id,
                user_id=order.user_id,
                amount=order.remaining,
                currency=order.currency,
                token=randomness.token_urlsafe(24),
            )
        )
    )
    locked = lock_payment(tx, payment_id)
    if locked is None:
        raise LookupError(f"payment {payment_id} was just written")
    received = Received(order.remaining, order.currency)
    post_receipt(tx, *locked, received)
    credit_order(tx, *locked, order.remaining, received)
    audit.record(tx, actor, "settle-manually", "payment", payment_id, after={"amount": order.remaining})
