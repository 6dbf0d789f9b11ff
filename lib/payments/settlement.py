"""Settling: what the gateway shows is compared with what was asked for, and only then does anything move.

Whatever brought the news (webhook, return page, job, a person), it ends here, in one transaction: payment → order →
booking, with the postings. Doing it twice does nothing the second time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import logs
from lib.bookings.moves import confirm_paid, was_called_off
from lib.db import Transaction
from lib.errors import PaymentInReview
from lib.fawaterk.models import GatewayInvoice, Received
from lib.loyalty.earning import earn
from lib.money import DECIMALS, same_amount
from lib.payments import holds
from lib.payments.locks import LockedOrder, LockedPayment, lock_payment
from lib.payments.posting import post_application, post_receipt

log = logs.get(__name__)

Outcome = Literal["processed", "ignored", "review", "already_processed", "deferred", "unmatched"]
ClosedStatus = Literal["FAILED", "EXPIRED", "CANCELLED"]

_LARGEST = Decimal("99999999999.999")

# What closing an attempt leaves to a job: its page or code can be paid all the same, and the webhook be lost.
WATCHED = "check_due_at = case when gateway_invoice_id is not null then now() + interval '1 hour' end"


@dataclass(frozen=True)
class Done:
    """What was done about some news, in the webhook's words, and why. `gateway_was_silent`: it was asked, and away."""

    outcome: Outcome
    detail: str
    payment_id: UUID | None = None
    gateway_was_silent: bool = False


def settle(tx: Transaction, payment_id: UUID, seen: GatewayInvoice) -> Done:
    """Take up a payment that the gateway shows as paid: settled, recorded for review, or already done."""
    locked = lock_payment(tx, payment_id)
    if locked is None:
        return Done("unmatched", "the payment is gone")
    order, payment = locked
    if payment.is_settled:
        return Done("already_processed", f"the payment is {payment.status}", payment_id)
    if payment.in_review:
        return Done("already_processed", f"the payment waits for a person: {payment.review_reason}", payment_id)
    if not seen.paid:
        return Done("ignored", "the gateway says that it is not paid", payment_id)
    received = seen.received()
    doubt = _doubt(payment, received)
    if doubt:
        return _hold_for_review(tx, payment, received, doubt)
    asked = Received(payment.amount, payment.currency)
    record_paid(tx, order, payment, asked, seen.paid_at)
    return credit_order(tx, order, payment, payment.amount, asked)


def _doubt(payment: LockedPayment, received: Received | None) -> str | None:
    if received is None or received.currency not in DECIMALS or not 0 < received.amount <= _LARGEST:
        return "AMOUNT_UNREADABLE"
    if received.currency != payment.currency:
        return "CURRENCY_DIFFERS"
    return None if same_amount(received.amount, payment.amount, payment.currency) else "AMOUNT_DIFFERS"


def _hold_for_review(tx: Transaction, payment: LockedPayment, received: Received | None, reason: str) -> Done:
    arrived = None if reason == "AMOUNT_UNREADABLE" else received
    amount = arrived.amount if arrived else None
    if (reason, amount) == (payment.review_reason, payment.received_amount):
        return Done("already_processed", f"a person has decided about it: {payment.resolution}", payment.id)
    tx.run(
        "update payments set received_amount = :amount, received_currency = :currency where id = :id",
        id=payment.id,
        amount=amount,
        currency=arrived.currency if arrived else None,
    )
    flag(tx, payment, reason)
    return Done("review", reason, payment.id)


def flag(tx: Transaction, payment: LockedPayment, reason: str) -> None:
    """Let a payment wait for a person. An earlier decision was about something else; the audit log keeps it."""
    log.error("a payment waits for a person", payment=payment.payment_number, reason=reason)
    tx.run(
        """
        update payments set review_reason = :reason, resolution = null, resolution_note = null,
               resolved_by_user_id = null, resolved_at = null, check_due_at = null, updated_at = now()
        where id = :id
        """,
        id=payment.id,
        reason=reason,
    )


def record_paid(
    tx: Transaction, order: LockedOrder, payment: LockedPayment, received: Received, paid_at: datetime | None
) -> None:
    """Write down that a payment's money has arrived. It counts for nothing yet."""
    tx.run(
        """
        update payments set status = 'PAID', paid_at = :paid_at, received_amount = :amount, received_currency = :currency,
               error_message = null, check_due_at = null, updated_at = now()
        where id = :id
        """,
        id=payment.id,
        amount=received.amount,
        currency=received.currency,
        paid_at=paid_at or datetime.now(UTC),
    )
    post_receipt(tx, order, payment, received)


def credit_order(tx: Transaction, order: LockedOrder, payment: LockedPayment, amount: Decimal, received: Received) -> Done:
    """Count the money of a PAID payment for its order, with the balances that its attempt was to take.

    Money that the order has no room for is flagged for a person, and so is an order that stays partly paid because the
    balances are gone by the time the money comes.
    """
    is_called_off = order.status == "CANCELLED" or was_called_off(tx, order.id)
    if is_called_off or order.status != "ISSUED" or amount > order.remaining:
        holds.release(tx, order, payment.id)
        reason = "ORDER_CANCELLED" if is_called_off else "SECOND_PAYMENT"
        flag(tx, payment, reason)
        return Done("review", reason, payment.id)
    post_application(tx, order, payment, amount, received)
    spent = _spend_balances(tx, order, payment, order.remaining - amount)
    is_whole = count(tx, order, amount + spent)
    log.info("a payment is settled", payment=payment.payment_number, order=order.order_number)
    if spent < payment.split.value and not is_whole:
        flag(tx, payment, "BALANCE_SHORT")
        return Done("review", "BALANCE_SHORT", payment.id)
    return Done("processed", "settled", payment.id)


def _spend_balances(tx: Transaction, order: LockedOrder, payment: LockedPayment, room: Decimal) -> Decimal:
    """Spend what the attempt holds, or would hold had it not been closed: all of its split, or nothing."""
    split = payment.split
    if split.value == 0:
        return Decimal(0)
    if split.value > room or holds.lacking(tx, order, split):
        holds.release(tx, order, payment.id)
        return Decimal(0)
    holds.arrange(tx, order, split, payment.id)
    return holds.spend(tx, order, payment.id)


def count(tx: Transaction, order: LockedOrder, amount: Decimal) -> bool:
    """Count so much as paid of an ISSUED order; whether it is PAID with it, which confirms its booking and earns.

    An attempt that is still open asks for what was left before, and so is closed.
    """
    is_whole = amount == order.remaining
    tx.run(
        """
        update orders set amount_paid = amount_paid + :amount::numeric, updated_at = now(),
               payment_status = case when :whole::boolean then 'PAID' else 'PARTIALLY_PAID' end,
               status = case when :whole::boolean then 'PAID' else status end,
               paid_at = case when :whole::boolean then now() else paid_at end
        where id = :id
        """,
        id=order.id,
        amount=amount,
        whole=is_whole,
    )
    close_open_attempt(tx, order, "the order was paid by another attempt")
    if is_whole or holds.held(tx, order.id).value > order.remaining - amount:
        holds.release_all(tx, order)
    if is_whole:
        confirm_paid(tx, order.id)
        earn(tx, order)
    return is_whole


def close_open_attempt(tx: Transaction, order: LockedOrder, message: str) -> None:
    """PENDING → CANCELLED for the attempt that an order has open, if it has one and no person looks at it."""
    closed = tx.row(
        f"""
        update payments set status = 'CANCELLED', error_message = :message, {WATCHED}, updated_at = now()
        where order_id = :order_id and status = 'PENDING' and review_reason is null returning id
        """,  # noqa: S608 - a constant
        order_id=order.id,
        message=message,
    )
    if closed:
        holds.release(tx, order, closed[0])


def refuse_while_in_review(tx: Transaction, order_id: UUID, advice: str) -> None:
    """Raise PaymentInReview, with advice for who asked, while a payment of a locked order waits for a person."""
    held = tx.row(
        "select payment_number from payments where order_id = :id and review_reason is not null and resolution is null",
        id=order_id,
    )
    if held:
        raise PaymentInReview(held[0], advice)


def close(tx: Transaction, payment_id: UUID, status: ClosedStatus, message: str | None) -> Done:
    """PENDING → FAILED, EXPIRED or CANCELLED, once the gateway has said that it is not paid. Nothing else is moved."""
    locked = lock_payment(tx, payment_id)
    if locked is None:
        return Done("unmatched", "the payment is gone")
    order, payment = locked
    if payment.status == status or payment.is_settled or payment.in_review:
        return Done("already_processed", f"the payment is {payment.status}", payment_id)
    if payment.status != "PENDING":
        return Done("ignored", f"the payment is {payment.status} already", payment_id)
    tx.run(
        f"update payments set status = :status, error_message = :message, {WATCHED}, updated_at = now() where id = :id",  # noqa: S608 - a constant
        id=payment_id,
        status=status,
        message=message,
    )
    holds.release(tx, order, payment_id)
    log.info("a payment is closed", payment=payment.payment_number, status=status)
    return Done("processed", f"PENDING → {status}", payment_id)
