"""Refunds that the gateway tells of. Whatever it tells is a reason to look at its list of refunds, which alone decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.fawaterk.errors import GatewayError, GatewayUnavailable
from lib.fawaterk.events import Event
from lib.outcomes import Outcome
from lib.payments import schedule
from lib.payments.locks import LockedPayment, lock_payment
from lib.payments.settling import flag
from lib.refunds.looking import look
from lib.refunds.matching import match

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class _Refunded:
    id: UUID
    order_id: UUID


def process_refund_event(event: Event, seconds: float) -> Outcome:
    """Process an event about a refund: look at the gateway's list, or, if nobody signed the event, let a job look.

    The event names a number alone, which may be that of an invoice and that of another payment's transaction. The list says
    which of the two it is. It can lag behind the event, which is then deferred.
    """
    named = _find_named(event)
    if not named:
        return Outcome("ignored", "a refund of a payment that we don't know")
    if not event.signed_texts:
        for payment in named:
            schedule_unsigned_check(payment.id)
        return Outcome("ignored", "a refund starts a look at the gateway", named[0].id)
    if (no_answer := _look(named[0], seconds)) is not None:
        return no_answer
    outcomes = [match(payment.id) for payment in named]
    for status in ("review", "processed"):
        for outcome in outcomes:
            if outcome.status == status:
                return outcome
    shown = next((payment.id for payment in named if _is_shown(payment.id, event)), None)
    if shown is None:
        return Outcome("deferred", "the gateway's list of refunds does not show it yet", named[0].id)
    return Outcome("already_processed", "it is counted", shown)


def _find_named(event: Event) -> Sequence[_Refunded]:
    return db.read.all(
        _Refunded,
        """
        select id, order_id from payments
        where gateway_transaction_id = :number::text or gateway_invoice_id = :number::text
        order by gateway_transaction_id is null, id limit 2
        """,
        number=event.transaction_id or event.invoice_id,
    )


def _look(payment: _Refunded, seconds: float) -> Outcome | None:
    """Look at the gateway's list; why nothing was seen, or None."""
    try:
        look(seconds, order_id=payment.order_id)
    except GatewayError as error:
        log.warning("the gateway does not show its list of refunds", payment_id=str(payment.id), error=str(error))
        is_silent = isinstance(error, GatewayUnavailable)
        return Outcome("deferred", "the gateway does not show its list of refunds", payment.id, is_silent, str(error))
    return None


def _is_shown(payment_id: UUID, event: Event) -> bool:
    return db.read.exists(
        """
        select from payment_refund_requests
        where payment_id = :id and state = 'APPROVED' and amount = coalesce(:amount::numeric, amount)
        """,
        id=payment_id,
        amount=event.amount,
    )


@db.in_transaction
def schedule_check(tx: Transaction, payment_id: UUID) -> None:
    """Make the next reconciling run compare a payment with the gateway."""
    schedule.schedule_check(tx, payment_id)


@db.in_transaction
def schedule_unsigned_check(tx: Transaction, payment_id: UUID) -> None:
    """Make a reconciling run compare a payment with the gateway, once an hour at most: nobody signed what asks for it."""
    schedule.schedule_unsigned_check(tx, payment_id)


def process_refunds(payment_id: UUID, seconds: float, *, is_reversed: bool) -> Outcome:
    """Look at the gateway's list for a settled payment, and match what it shows.

    `is_reversed`: its invoice shows that money went back. If the list does not explain that, a person has to.
    """
    payment = db.read.one(_Refunded, "select :row from payments where id = :id", id=payment_id)
    if (no_answer := _look(payment, seconds)) is not None:
        return no_answer
    outcome = match(payment_id)
    if is_reversed and outcome.status == "already_processed":
        return _flag_unexplained(payment_id)
    return outcome


@db.in_transaction
def _flag_unexplained(tx: Transaction, payment_id: UUID) -> Outcome:
    """Flag a payment whose money went back although no refund in the gateway's list has sent it."""
    _, payment = lock_payment(tx, payment_id)
    if tx.exists("select from payment_refund_requests where payment_id = :id and state <> 'REJECTED'", id=payment_id):
        return Outcome("already_processed", "the gateway's list of refunds explains it", payment_id)
    if not _is_unexpected(payment):
        return Outcome("already_processed", "there is nothing to flag", payment_id)
    return flag(tx, payment, "REFUND_REPORTED")


def _is_unexpected(payment: LockedPayment) -> bool:
    """Whether it is unexpected: it is settled, not in review, and no person has reviewed or ordered a refund."""
    is_known = payment.review_reason == "REFUND_REPORTED" or payment.resolution == "REFUND_DUE"
    return payment.is_settled and not payment.in_review and not is_known
