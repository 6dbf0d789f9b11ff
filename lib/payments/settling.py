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

from lib import audit, ledger, logs
from lib.bookings.queries import booking_of_order
from lib.config import config
from lib.db import Transaction
from lib.fawaterk.models import GatewayInvoice, Received
from lib.holds import holding
from lib.holds.records import OrderHolds, lock_holds
from lib.holds.splitting import BalanceLimits, Split, split
from lib.money import DECIMALS, rounded
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments import records
from lib.payments.applying import apply_to_order, release_and_earn, spend_split, tell_paid
from lib.payments.closing import close_open_attempt
from lib.payments.comparing import find_doubt, find_more, told_total
from lib.payments.locks import LockedPayment, ReviewReason, lock_payment
from lib.payments.rates import current_rate
from lib.payments.transactions import application, receive, receive_more

log = logs.get(__name__)

_LARGEST = Decimal("99999999999.999")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Money that has arrived. `counted`: how much of it to apply to the order, in the order's currency.

    `told`: the total as the gateway tells it, which may be converted. `transaction_id`: by which refunds may name it.
    """

    received: Received
    counted: Decimal
    told: Received | None = None
    paid_at: datetime | None = None
    transaction_id: str | None = None


def settle(tx: Transaction, payment_id: UUID, gateway_invoice: GatewayInvoice) -> Outcome:
    """Settle a payment that the gateway shows as paid, or flag it for review. Of one that is settled, keep what is more.

    One in review is looked at anew: if the gateway now shows what was asked for, it is settled and its review ends. What a
    person has decided about stands as long as the gateway shows the same.
    """
    order, payment = lock_payment(tx, payment_id)
    if payment.is_settled:
        return _keep_more(tx, order, payment, gateway_invoice)
    if not gateway_invoice.paid:
        return _keep_unpaid(tx, payment, gateway_invoice)
    doubt = _find_doubt(tx, payment, gateway_invoice)
    arrived, told = _arrived(payment, gateway_invoice), told_total(gateway_invoice)
    if payment.resolution is not None and _was_seen(payment, arrived, told):
        return Outcome("already_processed", f"a person has decided about it: {payment.resolution}", payment.id)
    if doubt is not None:
        records.write_gateway_answer(tx, payment, gateway_invoice.seen, gateway_invoice.transaction_id)
        return _flag_doubt(tx, payment, doubt, arrived=arrived, told=told)
    asked_for = Received(payment.amount, payment.currency)
    receipt = Receipt(
        received=asked_for,
        counted=payment.amount,
        told=told,
        paid_at=gateway_invoice.paid_at,
        transaction_id=gateway_invoice.transaction_id,
    )
    outcome = accept(tx, order, payment, receipt)
    if payment.review_reason is not None and outcome.status == "processed":
        _end_review(tx, payment)
    return outcome


def _keep_unpaid(tx: Transaction, payment: LockedPayment, shown: GatewayInvoice) -> Outcome:
    """Nothing is paid yet. What the payer is to pay is stored, if the look right after opening could not tell it."""
    if payment.in_review:
        return Outcome("already_processed", f"the payment waits for a person: {payment.review_reason}", payment.id)
    told = told_total(shown)
    if payment.expected_total is None and told is not None:
        records.write_expected(tx, payment.id, told)
    return Outcome("ignored", "the gateway says that it is not paid", payment.id)


def _keep_more(tx: Transaction, order: LockedOrder, payment: LockedPayment, shown: GatewayInvoice) -> Outcome:
    """Keep what the gateway shows beyond what was received when a payment was settled: a person decides about it.

    A person may have settled the 8 that it showed at first, and then it shows all 342.
    """
    settled = Outcome("already_processed", f"the payment is {payment.status}", payment.id)
    more = find_more(payment, shown, _arrived(payment, shown)) if shown.paid else Decimal(0)
    if more <= 0 or payment.gateway_invoice_id is None:
        return settled
    if payment.received_currency != payment.currency and payment.applied_amount > 0:
        # What counts for the order in another currency than its own counts as a whole, and what is more with it.
        log.error("more money of a payment in another currency", payment=payment.payment_number, more=str(more))
        return settled
    kept = records.add_received(tx, payment, more, told_total(shown))
    ledger.post(tx, ledger.lock_wallet(tx, order.user_id), [receive_more(order, kept, more)])
    if payment.in_review:
        return Outcome("review", str(payment.review_reason), payment.id)
    return flag(tx, kept, "AMOUNT_DIFFERS")


def _find_doubt(tx: Transaction, payment: LockedPayment, shown: GatewayInvoice) -> ReviewReason | None:
    """The doubt about a paid invoice; the rate that staff have set is read only where nothing else explains it."""
    doubt = find_doubt(payment, shown)
    if doubt != "CURRENCY_DIFFERS":
        return doubt
    return find_doubt(payment, shown, current_rate(tx, payment.currency))


def _arrived(payment: LockedPayment, shown: GatewayInvoice) -> Received | None:
    """What seems to have arrived, in whole minor units, as it may have to be booked; None if it can't be read.

    Less than one unit beside what was asked for is no money that could be applied, refunded or missed.
    """
    received = shown.received()
    if received is None or received.currency not in DECIMALS or received.amount > _LARGEST:
        return None
    unit = Decimal(1).scaleb(-DECIMALS[received.currency])
    if received.currency == payment.currency and abs(received.amount - payment.amount) < unit:
        return Received(payment.amount, payment.currency)
    amount = rounded(received.amount, received.currency)
    return Received(min(amount, _LARGEST), received.currency) if amount > 0 else None


def _was_seen(payment: LockedPayment, arrived: Received | None, told: Received | None) -> bool:
    """Whether the gateway showed the same before. Payments of the release before have no total to compare."""
    before = payment.received_amount, payment.received_currency
    if (arrived and arrived.amount, arrived and arrived.currency) != before:
        return False
    told_before = payment.gateway_total, payment.gateway_currency
    return told_before in ((None, None), (told and told.amount, told and told.currency))


def _flag_doubt(
    tx: Transaction, payment: LockedPayment, doubt: ReviewReason, *, arrived: Received | None, told: Received | None
) -> Outcome:
    """Record what seems to have arrived and flag the payment, unless it waits for a person with the same doubt."""
    if doubt == payment.review_reason and _was_seen(payment, arrived, told):
        return Outcome("already_processed", f"the payment waits for a person: {doubt}", payment.id)
    records.write_received(tx, payment, arrived, told)
    return flag(tx, payment, doubt)


def _end_review(tx: Transaction, payment: LockedPayment) -> None:
    """End the review of a payment that the gateway came to show as paid in full. `payment`: as it was before."""
    ended = records.end_review(tx, payment, "the gateway came to show the whole amount")
    audit.record(
        tx,
        None,
        "settle-reviewed",
        "payment",
        payment.id,
        before={
            "review_reason": payment.review_reason,
            "resolution": payment.resolution,
            "received_amount": payment.received_amount,
            "received_currency": payment.received_currency,
        },
        after={"resolution": ended.resolution, "note": "the gateway came to show the whole amount"},
    )
    log.info("a review is over: the gateway shows the whole amount", payment=payment.payment_number)


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
    # What a settled payment took from balances, it took when it was settled.
    split_left = Split() if payment.applied_amount > 0 else payment.split
    wanted = _within(split_left, order.remaining - receipt.counted, order.currency)
    spent_split = wanted if _can_spend(tx, wanted, held) else Split()
    paid_order = apply_to_order(tx, order, receipt.counted + spent_split.value)
    if paid_order is None:
        return _keep_unapplied(tx, order, payment, held, receipt)
    paid = _mark_paid(tx, payment, receipt)
    transactions = [*_arrival(order, payment, receipt), application(order, paid, receipt.received, receipt.counted)]
    if spent_split.value > 0:
        held, spent = spend_split(tx, paid_order, held, spent_split, paid.id)
    else:
        held, spent = holding.release_of_payment(tx, paid_order, held, paid.id)
    transactions += spent
    if payment.status != "PENDING":
        # This attempt was closed before. A newer one may be open, and it asks for more than is now left to pay.
        held, released = close_open_attempt(tx, paid_order, held, "the order was paid by another attempt")
        transactions += released
    transactions += release_and_earn(tx, paid_order, held)
    ledger.post(tx, held.wallet, transactions)
    tell_paid(tx, paid_order, paid, receipt.counted + spent_split.value)
    log.info("a payment is settled", payment=paid.payment_number, order=paid_order.order_number)
    if spent_split != wanted:
        return flag(tx, paid, "BALANCE_SHORT")
    return Outcome("processed", "settled", paid.id)


def _within(wanted: Split, room: Decimal, currency: str) -> Split:
    """An attempt's split, or as much of it as the order has room for: another payment may have paid a part meanwhile."""
    if wanted.value <= room:
        return wanted
    limits = BalanceLimits(points=wanted.points, cashback=wanted.cashback, wallet=wanted.wallet)
    return Split() if room <= 0 else split(room, currency, limits, config().loyalty)


def _can_spend(tx: Transaction, wanted: Split, held: OrderHolds) -> bool:
    """Whether all of a split can be spent: it is still held, or, if the attempt was closed, can be held again."""
    if wanted.value == 0:
        return False
    return held.split == wanted or holding.find_shortage(tx, held, wanted) is None


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
    return records.mark_paid(
        tx,
        payment,
        receipt.received,
        told=receipt.told,
        paid_at=receipt.paid_at,
        transaction_id=receipt.transaction_id,
        applied=receipt.counted,
    )


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
