"""Closes attempts, and cancels orders of which nothing was paid."""

from uuid import UUID

from lib import ledger, logs
from lib.db import Transaction
from lib.errors import IllegalMove
from lib.holds import holding
from lib.holds.records import OrderHolds, lock_holds
from lib.orders import records as orders
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments import records
from lib.payments.locks import ClosedStatus, LockedPayment, lock_payment
from lib.payments.payable import refuse_while_in_review

log = logs.get(__name__)


def close(tx: Transaction, payment_id: UUID, status: ClosedStatus, why: str | None) -> Outcome:
    """PENDING → FAILED, EXPIRED or CANCELLED, and release what the attempt holds.

    The caller makes sure that the gateway does not show the payment as paid. A payment that is settled, closed or in review
    stays as it is.
    """
    order, payment = lock_payment(tx, payment_id)
    if payment.status == status or payment.is_settled or payment.in_review:
        return Outcome("already_processed", f"the payment is {payment.status}", payment_id)
    if payment.status != "PENDING":
        return Outcome("ignored", f"the payment is {payment.status} already", payment_id)
    records.close(tx, payment, status, why)
    release_attempt(tx, order, payment)
    log.info("a payment is closed", payment=payment.payment_number, status=status)
    return Outcome("processed", f"PENDING → {status}", payment_id)


def release_attempt(tx: Transaction, order: LockedOrder, payment: LockedPayment) -> None:
    """Release what an attempt holds, and post that. Holds of the order itself stay."""
    if payment.split.value > 0:
        held, released = holding.release_of_payment(tx, order, lock_holds(tx, order), payment.id)
        ledger.post(tx, held.wallet, released)


def close_open_attempt(
    tx: Transaction, order: LockedOrder, held: OrderHolds, why: str
) -> tuple[OrderHolds, list[ledger.Transaction]]:
    """PENDING → CANCELLED for the open attempt of an order, if it has one that is not in review.

    Returns what the order still holds, and the transactions that release the rest.
    """
    closed = records.close_attempt_of_order(tx, order, "CANCELLED", why)
    return (held, []) if closed is None else holding.release_of_payment(tx, order, held, closed.id)


def cancel_order(tx: Transaction, order: LockedOrder, why: str) -> LockedOrder:
    """DRAFT or ISSUED → CANCELLED, if nothing was paid; its open payment is closed and its holds are released.

    Raises IllegalMove, or PaymentInReview if a payment of it is in review.
    """
    if order.status not in ("DRAFT", "ISSUED"):
        raise IllegalMove(f"Order {order.order_number}", order.status, "cancelled")
    if order.amount_paid > 0:
        raise IllegalMove(f"Order {order.order_number}", order.payment_status, "cancelled; refund it instead")
    stop_paying(tx, order, why)
    return orders.cancel(tx, order)


def stop_paying(tx: Transaction, order: LockedOrder, why: str) -> None:
    """Close the open payment of a locked order and release all its holds. Raises PaymentInReview."""
    refuse_while_in_review(tx, order, "nothing can be cancelled before that is resolved")
    records.close_attempt_of_order(tx, order, "CANCELLED", why)
    release_order(tx, order)


def release_order(tx: Transaction, order: LockedOrder) -> None:
    """Release all holds of an order, and post that."""
    held = lock_holds(tx, order)
    ledger.post(tx, held.wallet, holding.release(tx, order, held.holds))
