"""A refund from its request to its answer.

What goes to balances is done in one transaction. What goes by the gateway is claimed first: written down, committed,
and then sent once. The gateway's call has no idempotency key, so an unknown outcome is never sent again; it waits.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import audit, db, logs
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid, NotFound, PaymentInReview
from lib.fawaterk.errors import GatewayError, GatewayRefused
from lib.money import DECIMALS, is_exact, rounded
from lib.payments import gateway
from lib.payments.locks import LockedOrder, lock_order, lock_payment
from lib.payments.settlement import refuse_while_in_review
from lib.refunds import outcomes
from lib.refunds.allocating import Destination, Paid, Part, allocate, left_of
from lib.refunds.completing import complete
from lib.refunds.paid import paid_of, unapplied_of
from lib.refunds.records import NewRefund, answer, insert, read

log = logs.get(__name__)

_LONGEST_REASON = 255


@dataclass(frozen=True)
class RefundRequest:
    """What is to go back. No `amount`: all that is left. `request_key`: the same one again is the same refund.

    `payment_id`: of this payment, what never counted for the order (a second payment, money for a cancelled order).
    """

    reason: str
    destination: Destination
    amount: Decimal | None = None
    payment_id: UUID | None = None
    request_key: str | None = None


@dataclass(frozen=True)
class ToSend:
    """A claimed refund that the gateway is now asked for, once."""

    refund_id: UUID
    refund_number: str
    invoice_id: str
    amount: Decimal
    reason: str


def refund(order_id: UUID, actor: Actor, request: RefundRequest) -> bytes:
    """Refund an order, or money that never counted for it; the refund as it stands then.

    Raises NotFound, IllegalMove, PaymentInReview, or Invalid, which says how much can go where.
    """
    refund_id, to_send = _begin(order_id, actor, request)
    if to_send is not None:
        _send(to_send)
    return _answer(refund_id)


@db.in_transaction
def _begin(tx: Transaction, order_id: UUID, actor: Actor, request: RefundRequest) -> tuple[UUID, ToSend | None]:
    order = lock_order(tx, order_id)
    if order is None:
        raise NotFound("There is no such order")
    if (earlier := _earlier(tx, order, request.request_key)) is not None:
        return earlier, None
    _refuse_while_under_way(tx, order)
    if request.payment_id is None:
        paid, currency = _paid(tx, order), order.currency
    else:
        paid, currency = _unapplied(tx, order, request.payment_id)
    amount = _amount(left_of(paid), currency, request.amount)
    parts = allocate(paid, amount, currency, request.destination)
    refund_id = insert(
        tx,
        order,
        NewRefund(
            payment_id=request.payment_id,
            amount=amount,
            currency=currency,
            reason=request.reason,
            destination=request.destination,
            parts=parts,
            created_by=actor.user_id,
            request_key=request.request_key,
        ),
    )
    return refund_id, _claimed_or_completed(tx, order, refund_id, actor, request.reason, parts)


def _earlier(tx: Transaction, order: LockedOrder, request_key: str | None) -> UUID | None:
    """The refund that this very request has made before; as long as a key lives, so that it can be used anew then."""
    row = tx.row(
        """
        select id from refunds
        where request_key = :key and order_id = :order_id and created_at > now() - interval '24 hours'
        order by created_at desc limit 1
        """,
        key=request_key,
        order_id=order.id,
    )
    return row[0] if row else None


def _refuse_while_under_way(tx: Transaction, order: LockedOrder) -> None:
    row = tx.row(
        "select refund_number, status from refunds where order_id = :id and status in ('PENDING', 'NEEDS_REVIEW')",
        id=order.id,
    )
    if row:
        raise IllegalMove(f"Refund {row[0]} of this order", row[1], "followed by another before it is decided")


def _paid(tx: Transaction, order: LockedOrder) -> list[Paid]:
    if order.status != "PAID" and not (order.status == "ISSUED" and order.amount_paid > 0):
        raise IllegalMove(f"Order {order.order_number}", order.status, "refunded: nothing of it is paid")
    refuse_while_in_review(tx, order.id, "nothing can be refunded before that is resolved")
    paid = paid_of(tx, order)
    if left_of(paid) <= 0:
        raise IllegalMove(f"Order {order.order_number}", order.status, "refunded: nothing of it was paid with money")
    return paid


def _unapplied(tx: Transaction, order: LockedOrder, payment_id: UUID) -> tuple[list[Paid], str]:
    locked = lock_payment(tx, payment_id)
    if locked is None or locked[0].id != order.id:
        raise Invalid.field(["body", "payment_id"], "is no payment of this order")
    payment = locked[1]
    if payment.in_review:
        raise PaymentInReview(payment.payment_number, "nothing of it can be refunded before that is resolved")
    paid, currency = unapplied_of(tx, payment)
    if paid.left <= 0:
        raise IllegalMove(
            f"Payment {payment.payment_number}", payment.status, "refunded by itself: all of its money counts for the order"
        )
    return [paid], currency


def _amount(left: Decimal, currency: str, wanted: Decimal | None) -> Decimal:
    if wanted is None:
        return left
    if not is_exact(wanted, currency):
        raise Invalid.field(["body", "amount"], f"must have at most {DECIMALS[currency]} decimals in {currency}", "decimals")
    if wanted > left:
        raise Invalid.field(["body", "amount"], f"must be at most {left} {currency}, which is what is left")
    return rounded(wanted, currency)


def _claimed_or_completed(
    tx: Transaction, order: LockedOrder, refund_id: UUID, actor: Actor, reason: str, parts: list[Part]
) -> ToSend | None:
    """What is to be sent to the gateway; a refund without such a part is completed at once."""
    written = read(tx, refund_id)
    audit.record(
        tx,
        actor,
        "refund",
        "order",
        order.id,
        before={"status": order.status, "amount_paid": order.amount_paid, "amount_refunded": order.amount_refunded},
        after={
            "refund_number": written.refund_number,
            "amount": written.amount,
            "currency": written.currency,
            "reason": reason,
            "to": [f"{part.amount} {part.destination}" for part in parts],
        },
    )
    for part in parts:
        if part.destination == "GATEWAY" and part.invoice_id is not None:
            return ToSend(refund_id, written.refund_number, part.invoice_id, part.amount, reason)
    complete(tx, order, written)
    return None


def _send(claimed: ToSend) -> None:
    reason = f"{claimed.refund_number}: {claimed.reason}"[:_LONGEST_REASON]
    try:
        gateway.client().refund(claimed.invoice_id, claimed.amount, reason, gateway.BUDGET_SECONDS)
    except GatewayRefused as refusal:
        reasons = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in refusal.messages.items())
        log.warning("the gateway refused a refund", refund=claimed.refund_number, reasons=reasons)
        outcomes.refused(claimed.refund_id, f"the gateway refused: {reasons}")
    except GatewayError as error:
        log.warning("nobody knows what became of a refund", refund=claimed.refund_number, error=str(error))
        outcomes.unknown(claimed.refund_id, "the gateway did not say whether it has done it")
    else:
        outcomes.done(claimed.refund_id)


@db.in_transaction
def _answer(tx: Transaction, refund_id: UUID) -> bytes:
    return answer(tx, refund_id)
