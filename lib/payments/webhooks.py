"""What is done about a genuine webhook, by the contract's table. It is only a reason to look: the gateway decides.

Status and amount of a payment are not signed, so no event moves money by itself, and none can undo a payment. What the
gateway does sign is a refund's amount (version 3): it confirms the refund that we asked for.
"""

import json
from dataclasses import dataclass, replace
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.fawaterk.events import Event, read_event
from lib.fawaterk.models import GatewayInvoice
from lib.payments import gateway
from lib.payments.matching import attach, find_payment
from lib.payments.reconciling import SETTLED, Silence, ask, flag_reported_refund
from lib.payments.settlement import ClosedStatus, Done, close, settle
from lib.refunds.confirming import confirm, named

log = logs.get(__name__)

_LEADS_TO: dict[str, ClosedStatus] = {"failed": "FAILED", "expired": "EXPIRED", "cancelled": "CANCELLED"}
# A deferred or unmatched event is due again so many seconds later, longer each time.
RETRY_SECONDS = 60
LONGEST_RETRY_SECONDS = 3600


@dataclass(frozen=True)
class Found:
    """A payment of ours, and what the gateway shows of it now."""

    payment_id: UUID
    seen: GatewayInvoice


def act(event: Event, event_id: UUID, *, seconds: float = gateway.BUDGET_SECONDS) -> Done:
    """Do what an event calls for, once, and write down beside it what was done; the gateway has so many seconds."""
    found = _look(event, seconds)
    if isinstance(found, Done):
        return _conclude(event_id, found)
    status = None if found.seen.paid else _LEADS_TO.get(event.kind)
    if status is not None:
        return _close(event_id, found.payment_id, status, event.error_message)
    return _settle(event_id, found.payment_id, found.seen)


def _look(event: Event, seconds: float) -> Found | Done:
    payment_id = find_payment(event)
    if event.kind == "refund":
        return _report_refund(event, payment_id)
    if event.kind == "pending":
        return Done("ignored", "pending is not paid", payment_id)
    if payment_id is not None and (done := _done_already(event, payment_id)):
        return done
    return _ask(event, payment_id, seconds)


def _ask(event: Event, payment_id: UUID | None, seconds: float) -> Found | Done:
    known_id = None if payment_id is None else _gateway_invoice(payment_id)
    invoice_id = known_id or event.invoice_id or event.invoice_key
    if invoice_id is None:
        return Done("unmatched", "it names no invoice of ours")
    seen = ask(invoice_id, seconds)
    if isinstance(seen, Silence):
        if not seen.is_final:
            return Done("deferred", seen.detail, payment_id, seen.is_outage)
        return Done("unmatched" if payment_id is None else "ignored", seen.detail, payment_id)
    if payment_id is None or known_id is None:
        payment_id = attach(seen)
    if payment_id is None:
        if seen.paid:
            log.error("the gateway shows money that names no attempt of ours", invoice_id=seen.invoice_id)
        return Done("unmatched", "the gateway's pay_load, total and currency name no attempt of ours")
    return Found(payment_id, seen)


def _done_already(event: Event, payment_id: UUID) -> Done | None:
    """What to say of an event that changes nothing any more, so that the gateway need not be asked."""
    rows = db.read(
        """
        select p.status, p.review_reason is not null and p.resolution is null,
               exists (select from webhook_events e
                       join webhook_outcomes o on o.event_id = e.id and o.event_received_at = e.received_at
                       where e.digest = :digest and o.outcome in ('processed', 'review'))
        from payments p where p.id = :id
        """,
        id=payment_id,
        digest=event.digest,
    )
    status, is_in_review, was_done = rows[0]
    if status in SETTLED or status == _LEADS_TO.get(event.kind):
        return Done("already_processed", f"the payment is {status}", payment_id)
    if is_in_review or was_done:
        return Done("already_processed", "it was acted on before", payment_id)
    return None


def _gateway_invoice(payment_id: UUID) -> str | None:
    rows = db.read("select gateway_invoice_id from payments where id = :id", id=payment_id)
    return None if rows[0][0] is None else str(rows[0][0])


def _report_refund(event: Event, payment_id: UUID | None) -> Done:
    """A signed refund confirms the one that we asked for, any other waits for a person; an unsigned one starts a look."""
    if payment_id is None:
        return Done("ignored", "a refund of a payment that we don't know")
    if event.signed_texts:
        confirmed = None if event.amount is None else confirm(payment_id, event.amount, event.currency or "")
        return confirmed or flag_reported_refund(payment_id)
    look_later(payment_id)
    number = named(payment_id, event.amount, event.currency)
    detail = (
        "a refund starts a look at the gateway" if number is None else f"it may be refund {number}; the gateway is asked"
    )
    return Done("ignored", detail, payment_id)


@db.in_transaction
def look_later(tx: Transaction, payment_id: UUID) -> None:
    """Let the next run of the reconciling job compare a payment with the gateway."""
    tx.run(
        """
        update payments set check_due_at = now()
        where id = :id and gateway_invoice_id is not null and (review_reason is null or resolution is not null)
        """,
        id=payment_id,
    )


@db.in_transaction
def _settle(tx: Transaction, event_id: UUID, payment_id: UUID, seen: GatewayInvoice) -> Done:
    return _write_outcome(tx, event_id, settle(tx, payment_id, seen))


@db.in_transaction
def _close(tx: Transaction, event_id: UUID, payment_id: UUID, status: ClosedStatus, message: str | None) -> Done:
    return _write_outcome(tx, event_id, close(tx, payment_id, status, message))


@db.in_transaction
def _conclude(tx: Transaction, event_id: UUID, done: Done) -> Done:
    return _write_outcome(tx, event_id, done)


def _write_outcome(tx: Transaction, event_id: UUID, done: Done) -> Done:
    """Write what was done beside the event; what is left to do stays on the list of jobs, anything else leaves it.

    Of the unmatched only news of money is kept there: the end of a payment that we don't know is nothing to us.
    """
    tx.run(
        """
        insert into webhook_outcomes (event_id, event_received_at, outcome, detail, payment_id)
        select id, received_at, :outcome, :detail, :payment_id from webhook_events where id = :id
        """,
        id=event_id,
        outcome=done.outcome,
        detail=done.detail,
        payment_id=done.payment_id,
    )
    is_money = tx.value("select kind = 'paid' from webhook_events where id = :id", id=event_id)
    if done.outcome == "deferred" or (done.outcome == "unmatched" and is_money):
        tx.run(
            """
            update webhook_retries set tries = tries + 1,
                   due_at = now() + make_interval(secs => least(:seconds::integer * (tries + 1), :longest::integer))
            where event_id = :id
            """,
            id=event_id,
            seconds=RETRY_SECONDS,
            longest=LONGEST_RETRY_SECONDS,
        )
    else:
        tx.run("delete from webhook_retries where event_id = :id", id=event_id)
    return done


@db.in_transaction
def keep(tx: Transaction, event: Event) -> UUID:
    """Put a genuine event into the log, on the list of jobs at once: should this instance die, one of them takes it up."""
    row = tx.row(
        """
        with kept as (
            insert into webhook_events (digest, hash_held, kind, shape, encoding, invoice_id, invoice_key, reference, body)
            values (:digest, :hash_held, :kind, :shape, :encoding, :invoice_id, :invoice_key, :reference, :body::jsonb)
            returning id, received_at
        )
        insert into webhook_retries (event_id, event_received_at, due_at)
        select id, received_at, now() + interval '1 minute' from kept returning event_id
        """,
        digest=event.digest,
        hash_held=event.given_hash is not None,
        kind=event.kind,
        shape=event.shape,
        encoding=event.encoding,
        invoice_id=event.invoice_id,
        invoice_key=event.invoice_key,
        reference=event.reference,
        body=json.dumps(event.body, default=str),
    )
    if row is None:
        raise LookupError("an insert gave no row")
    return UUID(str(row[0]))


def act_again(event_id: UUID, *, seconds: float) -> Done:
    """Take a kept event up once more; its hash held when it came."""
    rows = db.read(
        """
        select e.body::text, e.digest from webhook_retries r
        join webhook_events e on e.id = r.event_id and e.received_at = r.event_received_at where r.event_id = :id
        """,
        id=event_id,
    )
    if not rows:
        return Done("already_processed", "it was done meanwhile")
    body, digest = rows[0]
    # What was kept reads the same but for its bytes, by whose digest a repeat is known.
    event = replace(read_event(body.encode(), "application/json"), digest=digest)
    return act(event, event_id, seconds=seconds)
