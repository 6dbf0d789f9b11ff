"""A person's decision about a payment that waits for one."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import audit, db
from lib.audit import Actor
from lib.bookings.moves import was_called_off
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid, NotFound
from lib.fawaterk.models import Received
from lib.money import is_exact
from lib.payments import holds
from lib.payments.locks import LockedOrder, LockedPayment, lock_payment
from lib.payments.settlement import WATCHED, credit_order, record_paid
from lib.refunds.outcomes import decide_unknown

Action = Literal["settle", "reject", "refund"]

_RESOLUTION = {"settle": "SETTLED", "reject": "REJECTED", "refund": "REFUND_DUE"}


@db.in_transaction
def resolve(tx: Transaction, payment_id: UUID, actor: Actor, action: Action, note: str, amount: Decimal | None) -> None:
    """Settle a payment in review for `amount` (in the order's currency; absent: what arrived), reject or mark for refund.

    Raises NotFound, IllegalMove where it waits for nobody, and Invalid for an amount that the order has no room for.
    """
    locked = lock_payment(tx, payment_id)
    if locked is None:
        raise NotFound("There is no such payment")
    order, payment = locked
    if not payment.in_review:
        raise IllegalMove(f"Payment {payment.payment_number}", f"{payment.status} and not in review", "resolved")
    if payment.review_reason == "REFUND_UNKNOWN":
        _decide_refund(tx, order, payment, action)
    elif payment.review_reason == "BALANCE_SHORT":
        # Its money was counted when it came: the person has seen that the rest is still to be paid.
        pass
    elif action == "settle":
        _settle(tx, order, payment, amount)
    elif not payment.is_settled:
        _leave(tx, order, payment, action, amount)
    tx.run(
        """
        update payments set resolution = :resolution, resolution_note = :note, resolved_by_user_id = :actor_id,
               resolved_at = now(), updated_at = now()
        where id = :id
        """,
        id=payment_id,
        resolution=_RESOLUTION[action],
        note=note,
        actor_id=actor.user_id,
    )
    audit.record(
        tx,
        actor,
        f"resolve-{action}",
        "payment",
        payment_id,
        before={"status": payment.status, "review_reason": payment.review_reason},
        after={"resolution": _RESOLUTION[action], "note": note, "amount": amount},
    )


def _decide_refund(tx: Transaction, order: LockedOrder, payment: LockedPayment, action: Action) -> None:
    """Settle: the gateway has sent the money back; reject: it has not."""
    if action == "refund":
        raise IllegalMove(
            f"The refund of payment {payment.payment_number}",
            "of unknown outcome",
            "sent again; settle it if the gateway has done it, reject it if not",
        )
    decide_unknown(tx, order, payment.id, was_done=action == "settle")


def _settle(tx: Transaction, order: LockedOrder, payment: LockedPayment, amount: Decimal | None) -> None:
    counted = amount if amount is not None else _arrived(order, payment)
    # Of a reported refund the money was counted when it came; a second payment's was not, and the order may have room.
    if order.status != "ISSUED" or payment.review_reason == "REFUND_REPORTED" or was_called_off(tx, order.id):
        raise IllegalMove(f"Order {order.order_number}", order.status, "paid with this money; mark the payment for refund")
    if payment.received_currency == order.currency and counted > (payment.received_amount or 0):
        raise Invalid.field(["body", "amount"], f"must not be above the {payment.received_amount} that arrived")
    if not 0 < counted <= order.remaining or not is_exact(counted, order.currency):
        raise Invalid.field(["body", "amount"], f"must be above 0 and at most {order.remaining} {order.currency}")
    received = Received(payment.received_amount or counted, payment.received_currency or order.currency)
    if not payment.is_settled:
        record_paid(tx, order, payment, received, None)
    credit_order(tx, order, payment, counted, received)


def _arrived(order: LockedOrder, payment: LockedPayment) -> Decimal:
    if payment.received_amount is None or payment.received_currency != order.currency:
        raise Invalid.field(
            ["body", "amount"],
            f"is needed: say what the money counts for in {order.currency}, as it can't be told from it",
        )
    return payment.received_amount


def _leave(tx: Transaction, order: LockedOrder, payment: LockedPayment, action: Action, amount: Decimal | None) -> None:
    """The money will not count for the order: a rejected payment failed, one to be refunded holds money that goes back."""
    holds.release(tx, order, payment.id)
    if action == "refund":
        arrived = payment.received_amount or amount
        if arrived is None:
            raise Invalid.field(["body", "amount"], "is needed: what arrived can't be told from the gateway's answer")
        record_paid(tx, order, payment, Received(arrived, payment.received_currency or payment.currency), None)
    else:
        tx.run(
            f"""
            update payments set status = case when status = 'PENDING' then 'FAILED' else status end,
                   error_message = 'rejected by staff', {WATCHED}
            where id = :id
            """,  # noqa: S608 - a constant
            id=payment.id,
        )
