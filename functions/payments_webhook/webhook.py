"""Receives Fawaterk's webhooks: parse, verify, store, process, and answer as the contract's table says."""

import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from lib import audit, db, logs, secrets
from lib.db import Transaction
from lib.errors import NotFound, Problem, TooLarge, Unauthenticated, Unreadable
from lib.fawaterk.events import Event, UnreadableEvent, read_event
from lib.fawaterk.models import PaymentMethod
from lib.fawaterk.parsing import REDACTED, text_without_secrets
from lib.gateway_events import records, repeats
from lib.gateway_events.matching import MatchedPayment, find_payment
from lib.gateway_events.processing import process, store
from lib.gateway_events.reconciling import reconcile
from lib.gateway_events.records import Allowance, Rejected
from lib.gateway_events.refund_reports import schedule_unsigned_check
from lib.security.throttle import place_of
from lib.web import Batches, Call, Response
from lib.web.routes import BODY_LIMIT as LARGEST_READ

log = logs.get(__name__)

BODY_LIMIT = 64 * 1024
# Anybody can post here. So that nobody can fill the log, only so many rejected webhooks are logged a minute, without body:
# of one sender, so that whoever posts junk takes nothing from the gateway, and of all senders together.
MOST_REFUSED = Allowance(of_one=60, of_all=240)
# What is turned away although it carries a signature may be news that we read wrongly, so its text is kept, without secrets:
# so much of it, and of so many a minute. Nobody who posts junk gets more than this into the log.
MOST_KEPT = Allowance(of_one=20, of_all=60)
LONGEST_KEPT = 4_000
_SIGNATURE = re.compile("[0-9a-fA-F]{64}")
_GZIP = b"\x1f\x8b"
# The only fields that are stored of a refund event of version 2, because the gateway does not sign it.
_UNSIGNED_FIELDS = ("transactionId", "amount", "currency", "status", "reason", "approvedAt")


_repeats = Batches(repeats.store_repeats)


async def recall(call: Call) -> dict[str, object] | None:
    """The outcome of a webhook that told nothing new a moment ago, or None. Raises Unreadable where the body breaks off."""
    try:
        known = repeats.recall(hashlib.sha256(_expanded(call.body(BODY_LIMIT))).hexdigest())
    except TooLarge:
        return None  # `receive` refuses it, and logs that, which the loop must not wait for
    if known is None:
        return None
    await _repeats.add(known)
    outcome = known.outcome
    log.info("a repeated webhook", outcome=outcome.status, detail=outcome.detail, payment_id=str(outcome.payment_id))
    return {"status": outcome.status, "message": outcome.detail}


def receive(call: Call) -> dict[str, object]:
    """Process a webhook and return its outcome. Raises Unreadable, Unauthenticated or TooLarge."""
    try:
        body = _expanded(call.body(BODY_LIMIT))
    except TooLarge:
        _log_too_large(call)
        raise
    try:
        event = read_event(body, call.request.headers.get("content-type"))
    except UnreadableEvent as error:
        _log_rejected(call, body, "unreadable", str(error), text_without_secrets(body))
        log.warning("an unreadable webhook", reason=str(error))
        raise Unreadable(f"This is no webhook that we know: {error}") from None
    if not _is_genuine(event):
        _log_rejected(call, body, "refused", "no hash, or a wrong one", json.dumps(event.body, ensure_ascii=False))
        log.warning("webhook hash does not hold", invoice_id=event.invoice_id, kind=event.kind, address=call.address)
        raise Unauthenticated("The hash does not hold")
    if not event.signed_texts:
        payment = find_payment(event)
        if not isinstance(payment, MatchedPayment) or _was_stored(payment.id):
            return _skip_unsigned(call, body, payment.id if isinstance(payment, MatchedPayment) else None)
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


def _skip_unsigned(call: Call, body: bytes, payment_id: UUID | None) -> dict[str, object]:
    """Log only the digest, because anybody could have sent it. If we know the payment, a job still checks it."""
    if payment_id is not None:
        schedule_unsigned_check(payment_id)
    _log_rejected(call, body, "ignored", "an unsigned refund, repeated or of a payment that we don't know")
    return {"status": "ignored", "message": "a refund starts a look at the gateway"}


def _expanded(body: bytes) -> bytes:
    """The body as it was before it was compressed, whatever its headers say. Raises TooLarge where it would be larger."""
    if not body.startswith(_GZIP):
        return body
    expanding = zlib.decompressobj(wbits=31)
    try:
        expanded = expanding.decompress(body, BODY_LIMIT + 1)
    except zlib.error:
        return body
    if len(expanded) > BODY_LIMIT:
        raise TooLarge(BODY_LIMIT)
    # What breaks off is kept as it came, like anything else that can't be read.
    return expanded if expanding.eof else body


def _log_too_large(call: Call) -> None:
    log.warning("a webhook is too large", bytes=call.request.content_length, address=call.address)
    try:
        body = call.body(LARGEST_READ)
    except Problem:
        return  # nobody has read it whole, so it has no digest
    _log_rejected(call, body, "refused", f"more than {BODY_LIMIT} bytes")


@db.in_transaction
def _log_rejected(tx: Transaction, call: Call, body: bytes, outcome: str, detail: str, text: str = "") -> None:
    rejected = Rejected(
        digest=hashlib.sha256(body).hexdigest(),
        outcome=outcome,
        detail=detail,
        sender=place_of(call.address)[0],
        kept=_without_our_keys(text)[:LONGEST_KEPT] if _SIGNATURE.search(text) else None,
    )
    records.insert_rejected(tx, rejected, most=MOST_REFUSED, most_kept=MOST_KEPT)


def _without_our_keys(text: str) -> str:
    for name in (secrets.FAWATERK_API_KEY, secrets.FAWATERK_VENDOR_KEY):
        for key in secrets.versions(name):
            text = text.replace(key or REDACTED, REDACTED)
    return text


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
