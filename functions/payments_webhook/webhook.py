"""Receives Fawaterk's webhooks: parse, verify, store, process, and answer as the contract's table says."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from lib import audit, db, logs, secrets
from lib.db import Transaction
from lib.errors import NotFound, Unauthenticated, Unreadable
from lib.fawaterk.events import Event, UnreadableEvent, read_event
from lib.fawaterk.models import PaymentMethod
from lib.gateway_events import records
from lib.gateway_events.matching import find_payment
from lib.gateway_events.processing import process, store
from lib.gateway_events.reconciling import reconcile
from lib.gateway_events.refund_reports import schedule_check
from lib.web import Call, Response

log = logs.get(__name__)

BODY_LIMIT = 64 * 1024
# Anybody can post here. So that nobody can fill the log, only so many rejected webhooks are logged a minute, without body.
MOST_REFUSED_A_MINUTE = 60
# The only fields that are stored of a refund event of version 2, because the gateway does not sign it.
_UNSIGNED_FIELDS = ("transactionId", "amount", "currency", "status", "reason", "approvedAt")


def receive(call: Call) -> dict[str, object]:
    """Process a webhook and return its outcome. Raises Unreadable, Unauthenticated or TooLarge."""
    body = call.body(BODY_LIMIT)
    try:
        event = read_event(body, call.request.headers.get("content-type"))
    except UnreadableEvent as error:
        _log_rejected(body, "unreadable", str(error))
        log.warning("an unreadable webhook", reason=str(error))
        raise Unreadable(f"This is no webhook that we know: {error}") from None
    if not _is_genuine(event):
        _log_rejected(body, "refused", "no hash, or a wrong one")
        log.warning("webhook hash does not hold", invoice_id=event.invoice_id, kind=event.kind, address=call.address)
        raise Unauthenticated("The hash does not hold")
    if not event.signed_texts:
        payment = find_payment(event)
        if payment is None or _was_stored(payment.id):
            return _skip_unsigned(body, payment.id if payment else None)
        event = replace(event, body={name: str(event.body[name])[:200] for name in _UNSIGNED_FIELDS if name in event.body})
    event_id = store(event)
    logs.bind(webhook_event_id=str(event_id), invoice_id=event.invoice_id)
    outcome = process(event, event_id)
    log.info("webhook", kind=event.kind, outcome=outcome.status, detail=outcome.detail, payment_id=str(outcome.payment_id))
    return {"status": outcome.status, "message": outcome.detail}


def _is_genuine(event: Event) -> bool:
    # The gateway does not sign refund events of version 2. They are accepted because they change nothing by themselves.
    if event.kind == "refund" and event.shape == "v2":
        return True
    return any(event.is_genuine(key) for key in secrets.in_use(secrets.FAWATERK_VENDOR_KEY))


def _was_stored(payment_id: UUID) -> bool:
    """Whether an unsigned refund of this payment was stored within the hour."""
    return db.read.exists(
        """
        select from webhook_outcomes o
        join webhook_events e on e.id = o.event_id and e.received_at = o.event_received_at
        where o.payment_id = :payment_id and not e.hash_held and e.received_at > now() - interval '1 hour' limit 1
        """,
        payment_id=payment_id,
    )


def _skip_unsigned(body: bytes, payment_id: UUID | None) -> dict[str, object]:
    """Log only the digest, because anybody could have sent it. If we know the payment, a job still checks it."""
    if payment_id is not None:
        schedule_check(payment_id)
    _log_rejected(body, "ignored", "an unsigned refund, repeated or of a payment that we don't know")
    return {"status": "ignored", "message": "a refund starts a look at the gateway"}


@db.in_transaction
def _log_rejected(tx: Transaction, body: bytes, outcome: str, detail: str) -> None:
    digest = hashlib.sha256(body).hexdigest()
    records.insert_rejected(tx, digest, outcome, detail, most_a_minute=MOST_REFUSED_A_MINUTE)


def methods_response(methods: Sequence[PaymentMethod]) -> Response:
    """The account's payment methods, in the contract's form."""
    listed = [
        {
            "payment_method_id": method.payment_method_id,
            "name_en": method.name_en,
            "name_ar": method.name_ar,
            "redirect": method.redirect,
            "logo": method.logo,
        }
        for method in methods
    ]
    return Response(json.dumps(listed, ensure_ascii=False).encode())


def reconcile_by_hand(actor: audit.Actor, payment_id: UUID) -> dict[str, object]:
    """Ask the gateway about a payment now, and return the outcome. Raises NotFound.

    The audit log gets two entries: the request before the gateway is asked, and the outcome afterwards.
    """
    _record(actor, "ask-gateway", payment_id, None)
    outcome = reconcile(payment_id)
    _record(actor, "reconcile", payment_id, {"outcome": outcome.status, "detail": outcome.detail})
    return {"payment_id": str(payment_id), "outcome": outcome.status, "message": outcome.detail}


@db.in_transaction
def _record(tx: Transaction, actor: audit.Actor, action: str, payment_id: UUID, after: dict[str, object] | None) -> None:
    if not tx.exists("select from payments where id = :id", id=payment_id):
        raise NotFound("There is no such payment")
    audit.record(tx, actor, action, "payment", payment_id, after=after)
