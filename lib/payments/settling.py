"""Settles payments: what the gateway shows is compared with what was asked for, and only then anything changes.

Webhooks, return pages, jobs and staff all settle a payment here, in one transaction:

    settle → lock → doubt? flag : accept
    accept → apply to the order, confirm its booking → mark paid → spend balances → earn → post

Doing it twice does nothing the second time.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lib import ledger, logs
from lib.bookings.queries import booking_of_order
from lib.db import Transaction
from lib.fawaterk.models import GatewayInvoice, Received
from lib.holds import holding
from lib.holds.records import OrderHolds, lock_holds
from lib.holds.splitting import Split
from lib.money import DECIMALS, same_amount
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments import records
from lib.payments.applying import apply_to_order, release_and_earn, spend_split
from lib.payments.closing import close_open_attempt
from lib.payments.locks import LockedPayment, ReviewReason, lock_payment
from lib.payments.transactions import application, receive

log = logs.get(__name__)

_LARGEST = Decimal("99999999999.999")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Money that has arrived. `counted`: how much of it to apply to the order, in the order's currency."""

    received: Received
    counted: Decimal
    paid_at: datetime | None = None


def settle(tx: Transaction, payment_id: UUID, gateway_invoice: GatewayInvoice) -> Outcome:
    """Settle a payment that the gateway shows as paid, or flag it for review. Skip one that is settled or in review."""
    order, payment = lock_payment(tx, payment_id)
    if payment.is_settled:
        return Outcome("already_processed", f"the payment is {payment.status}", payment_id)
    if payment.in_review:
        return Outcome("already_processed", f"the payment waits for a person: {payment.review_reason}", payment_id)
    if not gateway_invoice.paid:
        return Outcome("ignored", "the gateway says that it is not paid", payment_id)
    received = gateway_invoice.received()
    doubt = find_doubt(payment, received)
    if doubt is not None:
        return _flag_doubt(tx, payment, received, doubt)
    expected = Received(payment.amount, payment.currency)
    return accept(tx, order, payment, Receipt(received=expected, counted=payment.amount, paid_at=gateway_invoice.paid_at))


def find_doubt(payment: LockedPayment, received: Received | None) -> ReviewReason | None:
    """Why the money that arrived is not what was asked for; None if it is. Amounts are compared in minor units."""
    if received is None or received.currency not in DECIMALS or not 0 < received.amount <= _LARGEST:
        return "AMOUNT_UNREADABLE"
    if received.currency != payment.currency:
        return "CURRENCY_DIFFERS"
    return None if same_amount(received.amount, payment.amount, payment.currency) else "AMOUNT_DIFFERS"


def _flag_doubt(tx: Transaction, payment: LockedPayment, received: Received | None, doubt: ReviewReason) -> Outcome:
    """Record what seems to have arrived and flag the payment, unless a person has already decided about the same doubt."""
    arrived = None if doubt == "AMOUNT_UNREADABLE" else received
    if (doubt, arrived.amount if arrived else None) == (payment.review_reason, payment.received_amount):
        return Outcome("already_processed", f"a person has decided about it: {payment.resolution}", payment.id)
    records.write_received(tx, payment, arrived)
    return flag(tx, payment, doubt)


def flag(tx: Transaction, payment: LockedPayment, reason: ReviewReason) -> Outcome:
    """Flag a payment for review: a person has to decide about it."""
    log.error("a payment waits for a person", payment=payment.payment_number, reason=reason)
    records.flag_for_review(tx, payment, reason)
    return Outcome("review", reason, payment.id)


def accept(tx: Transaction, order: LockedOrder, payment: LockedPayment, receipt: Receipt) -> Outcome:
    """Accept the money of a payment: apply it to the order, together with the balances that the attempt was to use.

    The payment is flagged for review if the order can't take the money, or if the order stays partly paid because the
    balances could not be spent.
    """
    held = lock_holds(tx, order)
    split = payment.split if _can_spend(tx, payment.split, held, order.remaining - receipt.counted) else Split()
    paid_order = apply_to_order(tx, order, receipt.counted + split.value)
    if paid_order is None:
        return _keep_unapplied(tx, order, payment, held, receipt)
    paid = _mark_paid(tx, payment, receipt)
    transactions = [*_arrival(order, payment, receipt), application(order, paid, receipt.received, receipt.counted)]
    if split.value > 0:
        held, spent = spend_split(tx, paid_order, held, split, paid.id)
    else:
        held, spent = holding.release_of_payment(tx, paid_order, held, paid.id)
    transactions += spent
    if payment.status != "PENDING":
        # This attempt was closed before. A newer one may be open, and it asks for more than is now left to pay.
        held, released = close_open_attempt(tx, paid_order, held, "the order was paid by another attempt")
        transactions += released
    transactions += release_and_earn(tx, paid_order, held)
    ledger.post(tx, held.wallet, transactions)
    log.info("a payment is settled", payment=paid.payment_number, order=paid_order.order_number)
    if split != paid.split and paid_order.status != "PAID":
        return flag(tx, paid, "BALANCE_SHORT")
    return Outcome("processed", "settled", paid.id)


def _can_spend(tx: Transaction, split: Split, held: OrderHolds, room: Decimal) -> bool:
    """Whether all of an attempt's split can be spent: it is still held, or, if the attempt was closed, can be held again."""
    if split.value == 0 or split.value > room:
        return False
    return held.split == split or holding.find_shortage(tx, held, split) is None


def _keep_unapplied(
    tx: Transaction, order: LockedOrder, payment: LockedPayment, held: OrderHolds, receipt: Receipt
) -> Outcome:
    """Keep money that the order can't take: it stays unapplied, and a person decides what to do with it."""
    paid = _mark_paid(tx, payment, replace(receipt, counted=Decimal(0)))
    held, released = holding.release_of_payment(tx, order, held, paid.id)
    ledger.post(tx, held.wallet, [*_arrival(order, payment, receipt), *released])
    booking = None if order.booking_id is None else booking_of_order(tx, order.id)
    is_called_off = order.status == "CANCELLED" or (booking is not None and booking.is_called_off)
    return flag(tx, paid, "ORDER_CANCELLED" if is_called_off else "SECOND_PAYMENT")


def _mark_paid(tx: Transaction, payment: LockedPayment, receipt: Receipt) -> LockedPayment:
    """Mark a payment PAID and record how much was applied. If it is settled already, record only what was applied."""
    if payment.is_settled:
        return records.apply_received(tx, payment, receipt.counted)
    return records.mark_paid(tx, payment, receipt.received, paid_at=receipt.paid_at, applied=receipt.counted)


def _arrival(order: LockedOrder, payment: LockedPayment, receipt: Receipt) -> list[ledger.Transaction]:
    """The transaction of the money's arrival, or none where it was posted before. `payment` is the row before the move."""
    return [] if payment.is_settled else [receive(order, payment, receipt.received)]


def record_unapplied(tx: Transaction, order: LockedOrder, payment: LockedPayment, received: Received) -> None:
    """Mark a payment PAID without applying its money to the order, because the money is to be refunded."""
    held = lock_holds(tx, order)
    receipt = Receipt(received=received, counted=Decimal(0))
    paid = _mark_paid(tx, payment, receipt)
    _, released = holding.release_of_payment(tx, order, held, paid.id)
    ledger.post(tx, held.wallet, [*_arrival(order, payment, receipt), *released])
