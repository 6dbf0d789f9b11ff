"""Fawaterk's webhook: read, checked, kept, acted on, answered as the contract's table has it."""

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
from lib.payments.matching import find_payment
from lib.payments.reconciling import reconcile
from lib.payments.webhooks import act, keep, look_later
from lib.web import Answer, Call

log = logs.get(__name__)

BODY_LIMIT = 64 * 1024
# Anybody can post here, so what has no valid hash may not fill the log: so many a minute, and no body.
MOST_REFUSED_A_MINUTE = 60
# What is kept of version 2's refunds, which the gateway does not sign.
_UNSIGNED_FIELDS = ("transactionId", "amount", "currency", "status", "reason", "approvedAt")


def receive(call: Call) -> dict[str, object]:
    """Take a webhook and say what was done about it. Raises Unreadable, Unauthenticated or TooLarge."""
    body = call.body(BODY_LIMIT)
    try:
        event = read_event(body, call.request.headers.get("Content-Type"))
    except UnreadableEvent as error:
        _sample(body, "unreadable", str(error))
        log.warning("an unreadable webhook", reason=str(error))
        raise Unreadable(f"This is no webhook that we know: {error}") from None
    if not _is_genuine(event):
        _sample(body, "refused", "no hash, or a wrong one")
        log.warning("webhook hash does not hold", invoice_id=event.invoice_id, kind=event.kind, address=call.address)
        raise Unauthenticated("The hash does not hold")
    if not event.signed_texts:
        payment_id = find_payment(event)
        if payment_id is None or _was_kept(payment_id):
            return _pass_over(body, payment_id)
        event = replace(event, body={name: str(event.body[name])[:200] for name in _UNSIGNED_FIELDS if name in event.body})
    event_id = keep(event)
    logs.bind(webhook_event_id=str(event_id), invoice_id=event.invoice_id)
    done = act(event, event_id)
    log.info("webhook", kind=event.kind, outcome=done.outcome, detail=done.detail, payment_id=str(done.payment_id))
    return {"status": done.outcome, "message": done.detail}


def _is_genuine(event: Event) -> bool:
    # The gateway does not sign version 2's refunds. They are let in because they move nothing.
    if event.kind == "refund" and event.shape == "v2":
        return True
    return any(event.is_genuine(key) for key in secrets.versions(secrets.FAWATERK_VENDOR_KEY)[:2])


def _was_kept(payment_id: UUID) -> bool:
    """Whether an unsigned refund of this payment was kept within the hour."""
    rows = db.read(
        """
        select exists (select from webhook_outcomes o
                       join webhook_events e on e.id = o.event_id and e.received_at = o.event_received_at
                       where o.payment_id = :payment_id and not e.hash_held and e.received_at > now() - interval '1 hour')
        """,
        payment_id=payment_id,
    )
    return bool(rows[0][0])


def _pass_over(body: bytes, payment_id: UUID | None) -> dict[str, object]:
    """Anybody could have sent it: it fills no log, but a payment that we know is looked at all the same."""
    if payment_id is not None:
        look_later(payment_id)
    _sample(body, "ignored", "an unsigned refund, repeated or of a payment that we don't know")
    return {"status": "ignored", "message": "a refund starts a look at the gateway"}


@db.in_transaction
def _sample(tx: Transaction, body: bytes, outcome: str, detail: str) -> None:
    """Log the digest of a body that was turned away, unless the same came this hour or many came this minute."""
    tx.run(
        """
        with kept as (
            insert into webhook_events (digest, hash_held)
            select :digest, false
            where not exists (select from webhook_events
                              where digest = :digest and received_at > now() - interval '1 hour' and not hash_held)
              and (select count(*) from (select from webhook_events where not hash_held
                       and received_at > now() - interval '1 minute' limit :most::integer) recent) < :most::integer
            returning id, received_at
        )
        insert into webhook_outcomes (event_id, event_received_at, outcome, detail)
        select id, received_at, :outcome, :detail from kept
        """,
        digest=hashlib.sha256(body).hexdigest(),
        most=MOST_REFUSED_A_MINUTE,
        outcome=outcome,
        detail=detail,
    )


def methods_answer(methods: Sequence[PaymentMethod]) -> Answer:
    """The account's methods in the contract's words."""
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
    return Answer(json.dumps(listed, ensure_ascii=False).encode())


def reconcile_by_hand(actor: audit.Actor, payment_id: UUID) -> dict[str, object]:
    """Ask the gateway now, and say what came of it. Raises NotFound.

    That somebody asks is in the audit log before anything follows from it, and what came of it afterwards.
    """
    _record(actor, "ask-gateway", payment_id, None)
    done = reconcile(payment_id)
    _record(actor, "reconcile", payment_id, {"outcome": done.outcome, "detail": done.detail})
    return {"payment_id": str(payment_id), "outcome": done.outcome, "message": done.detail}


@db.in_transaction
def _record(tx: Transaction, actor: audit.Actor, action: str, payment_id: UUID, after: dict[str, object] | None) -> None:
    if not tx.row("select 1 from payments where id = :id", id=payment_id):
        raise NotFound("There is no such payment")
    audit.record(tx, actor, action, "payment", payment_id, after=after)
