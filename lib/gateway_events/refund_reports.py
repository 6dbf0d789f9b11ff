"""Compares refunds that the gateway reports with those that we asked it for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.fawaterk.events import Event
from lib.money import DECIMALS, same_amount
from lib.outcomes import Outcome
from lib.payments import schedule
from lib.payments.locks import LockedPayment, lock_payment
from lib.payments.settling import flag
from lib.refunds import records as refunds
from lib.refunds.completing import complete_at_gateway
from lib.refunds.records import RefundStatus


@dataclass(frozen=True, kw_only=True)
class _OwnRefund:
    """A refund that we asked the gateway for; `amount` in major units of its currency."""

    id: UUID
    refund_number: str
    status: RefundStatus
    part_id: UUID
    amount: Decimal
    confirmed_at: datetime | None


_OWN_REFUNDS = (
    "select :row from gateway_refunds where payment_id = :payment_id and currency = :currency order by created_at, id"
)


def process_refund_event(event: Event, payment_id: UUID | None) -> Outcome:
    """Process an event about a refund.

    A signed event confirms the refund that we asked for, or flags the payment if we asked for none. An unsigned event only
    makes a job check the payment.
    """
    if payment_id is None:
        return Outcome("ignored", "a refund of a payment that we don't know")
    if event.signed_texts:
        confirmed = None if event.amount is None else confirm(payment_id, event.amount, event.currency or "")
        return confirmed or flag_reported_refund(payment_id)
    schedule_check(payment_id)
    number = _find_equal_refund(payment_id, event.amount, event.currency)
    detail = (
        "a refund starts a look at the gateway" if number is None else f"it may be refund {number}; the gateway is asked"
    )
    return Outcome("ignored", detail, payment_id)


@db.in_transaction
def schedule_check(tx: Transaction, payment_id: UUID) -> None:
    """Make the next reconciling run compare a payment with the gateway."""
    schedule.schedule_check(tx, payment_id)


@db.in_transaction
def confirm(tx: Transaction, payment_id: UUID, amount: Decimal, currency: str) -> Outcome | None:
    """Confirm our refund that a signed event reports, and complete it if it is under way. None if no refund of ours matches.

    The signature only covers the payment, the amount and the currency. If several refunds match, the oldest one is
    confirmed. If one of them was confirmed before, nothing happens: this event may be a copy of the earlier one.
    """
    order, _ = lock_payment(tx, payment_id)
    if currency not in DECIMALS:
        return None
    own = tx.all(_OwnRefund, _OWN_REFUNDS, payment_id=payment_id, currency=currency)
    equal = [one for one in own if same_amount(amount, one.amount, currency)]
    if not equal:
        return None
    confirmed = next((one for one in equal if one.confirmed_at is not None), None)
    if confirmed is not None:
        return Outcome("already_processed", f"refund {confirmed.refund_number} was confirmed before", payment_id)
    oldest = equal[0]
    refunds.confirm_part(tx, oldest.part_id)
    if oldest.status != "COMPLETED":
        complete_at_gateway(tx, order, refunds.read_refund(tx, oldest.id))
    return Outcome("processed", f"refund {oldest.refund_number} is confirmed", payment_id)


def _find_equal_refund(payment_id: UUID, amount: Decimal | None, currency: str | None) -> str | None:
    """The number of our refund with the same amount, for the outcome's text alone: an unsigned report proves nothing."""
    if amount is None or currency not in DECIMALS:
        return None
    for one in db.read.all(_OwnRefund, _OWN_REFUNDS, payment_id=payment_id, currency=currency):
        if same_amount(amount, one.amount, currency):
            return one.refund_number
    return None


@db.in_transaction
def process_refunded_invoice(tx: Transaction, payment_id: UUID) -> Outcome:
    """The gateway shows that money of a payment was refunded. Flag the payment, unless we asked for a refund of it."""
    if tx.exists("select from gateway_refunds where payment_id = :id", id=payment_id):
        return Outcome("already_processed", "we have sent money of it back", payment_id)
    return flag_reported_refund(payment_id)


@db.in_transaction
def flag_reported_refund(tx: Transaction, payment_id: UUID) -> Outcome:
    """Flag a payment because the gateway reports a refund that we did not ask for. Its status and money do not change."""
    _, payment = lock_payment(tx, payment_id)
    if not _is_unexpected(payment):
        return Outcome("already_processed", "there is nothing to flag", payment_id)
    return flag(tx, payment, "REFUND_REPORTED")


def _is_unexpected(payment: LockedPayment) -> bool:
    """Whether a refund is unexpected: it is settled, not in review, and no person has reviewed or ordered a refund."""
    is_known = payment.review_reason == "REFUND_REPORTED" or payment.resolution == "REFUND_DUE"
    return payment.is_settled and not payment.in_review and not is_known
