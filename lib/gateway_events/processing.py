"""Processes a genuine webhook, as the contract's table says.

The status and the amount of a payment are not signed, so no event moves money by itself, and no event can undo a payment.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.fawaterk.events import Event, read_event
from lib.fawaterk.models import GatewayInvoice
from lib.gateway_events import records, repeats
from lib.gateway_events.asking import NoAnswer, ask_gateway
from lib.gateway_events.matching import Contradiction, MatchedPayment, attach, find_payment
from lib.gateway_events.refund_reports import process_refund_event, process_refunds, schedule_check
from lib.gateway_events.repeats import Known
from lib.outcomes import Outcome
from lib.payments import gateway
from lib.payments.closing import close
from lib.payments.locks import ClosedStatus
from lib.payments.settling import settle

log = logs.get(__name__)

_CLOSED_STATUS: dict[str, ClosedStatus] = {"failed": "FAILED", "expired": "EXPIRED", "cancelled": "CANCELLED"}


@db.in_transaction
def store(tx: Transaction, event: Event) -> UUID:
    """Insert a genuine event into the webhook log and the list of webhooks to retry; its id."""
    return records.insert_event(tx, event)


def process(event: Event, event_id: UUID, *, seconds: float = gateway.BUDGET_SECONDS) -> Outcome:
    """Process a stored event and store its outcome. The call to the gateway may take so many seconds."""
    if event.kind == "refund":
        return _conclude(event_id, process_refund_event(event, seconds))
    return _process_payment_event(event, event_id, seconds)


def _process_payment_event(event: Event, event_id: UUID, seconds: float) -> Outcome:
    payment = find_payment(event)
    if isinstance(payment, Contradiction):
        log.error("an event contradicts itself", event_id=str(event_id), kind=event.kind, detail=payment.detail)
        return _conclude(event_id, Outcome("unmatched", payment.detail))
    if outcome := _process_without_asking(event, payment.id if payment else None):
        return _conclude(event_id, outcome)
    deadline = gateway.Deadline(seconds)
    match _ask(event, payment, seconds):
        case Outcome() as outcome:
            return _conclude(event_id, outcome)
        case Matched(shows_refund=True) as matched:
            outcome = _conclude(event_id, process_refunds(matched.payment_id, deadline.left, is_reversed=True))
        case Matched() as matched if matched.gateway_invoice.paid or event.kind not in _CLOSED_STATUS:
            outcome = _settle(event_id, matched)
        case Matched() as matched:
            outcome = _close(event_id, matched.payment_id, _CLOSED_STATUS[event.kind], event.error_message)
    if outcome.status == "already_processed" and payment is not None and (payment.is_settled or payment.in_review):
        repeats.remember(event.digest, Known(event_id, outcome))
    return outcome


def _process_without_asking(event: Event, payment_id: UUID | None) -> Outcome | None:
    """Process an event of a kind for which the gateway is not asked now; None for the others."""
    match event.kind:
        case "pending":
            return Outcome("ignored", "pending is not paid", payment_id)
        case "card":
            return Outcome("ignored", "a card that the gateway keeps; no payment is made with it")
        case "unknown":
            return _look_at(event, payment_id)
        case _:
            return None


def process_again(event_id: UUID, *, seconds: float) -> Outcome:
    """Process a stored event once more. Its signature is not checked again: it was valid when the event came."""
    stored = db.read.first(
        _StoredEvent,
        """
        select e.body::text as body, e.digest from webhook_retries r
        join webhook_events e on e.id = r.event_id and e.received_at = r.event_received_at where r.event_id = :id
        """,
        id=event_id,
    )
    if stored is None:
        return Outcome("already_processed", "it was done meanwhile")
    # Repeats are found by the digest of the bytes that came. The stored JSON has other bytes, so the digest is taken over.
    event = replace(read_event(stored.body.encode(), "application/json"), digest=stored.digest)
    return process(event, event_id, seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class _StoredEvent:
    body: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Matched:
    """A payment of ours, and its invoice as the gateway has it now."""

    payment_id: UUID
    gateway_invoice: GatewayInvoice
    was_settled: bool = False

    @property
    def shows_refund(self) -> bool:
        """Whether the money of a payment that was settled is no longer all there."""
        return self.was_settled and (not self.gateway_invoice.paid or self.gateway_invoice.is_refunded)


def _look_at(event: Event, payment_id: UUID | None) -> Outcome:
    """Make a job ask the gateway about the payment of an event of an unknown kind."""
    log.error("the gateway signed an event of an unknown kind", invoice_id=event.invoice_id, payment_id=str(payment_id))
    if payment_id is None:
        return Outcome("unmatched", "an event of an unknown kind that names no payment of ours")
    schedule_check(payment_id)
    return Outcome("ignored", "an event of an unknown kind starts a look at the gateway", payment_id)


def _ask(event: Event, payment: MatchedPayment | None, seconds: float) -> Matched | Outcome:
    """Ask the gateway about the event's invoice. An attempt whose answer was lost is matched by the gateway's own data."""
    payment_id = payment.id if payment else None
    known_id = payment.gateway_invoice_id if payment else None
    invoice_id = known_id or event.invoice_id or event.invoice_key
    if invoice_id is None:
        return Outcome("unmatched", "it names no invoice of ours")
    gateway_invoice = ask_gateway(invoice_id, seconds)
    if isinstance(gateway_invoice, NoAnswer):
        if not gateway_invoice.is_final:
            seen = gateway_invoice.seen
            return Outcome("deferred", gateway_invoice.detail, payment_id, gateway_invoice.is_outage, seen)
        return Outcome("unmatched" if payment_id is None else "ignored", gateway_invoice.detail, payment_id)
    if known_id is None:
        payment_id = attach(gateway_invoice)
    if payment_id is None:
        if gateway_invoice.paid:
            log.error("the gateway shows money that names no attempt of ours", invoice_id=gateway_invoice.invoice_id)
        return Outcome("unmatched", "the gateway's pay_load names no attempt of ours")
    was_settled = payment is not None and payment.is_settled
    return Matched(payment_id=payment_id, gateway_invoice=gateway_invoice, was_settled=was_settled)


@db.in_transaction
def _settle(tx: Transaction, event_id: UUID, matched: Matched) -> Outcome:
    return _conclude(event_id, settle(tx, matched.payment_id, matched.gateway_invoice))


@db.in_transaction
def _close(tx: Transaction, event_id: UUID, payment_id: UUID, status: ClosedStatus, message: str | None) -> Outcome:
    return _conclude(event_id, close(tx, payment_id, status, message))


@db.in_transaction
def _conclude(tx: Transaction, event_id: UUID, outcome: Outcome) -> Outcome:
    """Store the outcome of the event, in the transaction that changed the payment if there is one."""
    records.insert_outcome(tx, event_id, outcome)
    return outcome
