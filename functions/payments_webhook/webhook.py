"""Fawaterk's webhook: read, checked, kept, acted on, answered as the contract's table has it."""

import hashlib
import json
from collections.abc import Sequence
from uuid import UUID

from lib import audit, db, logs, secrets
from lib.db import Transaction
from lib.errors import Unauthenticated, Unreadable
from lib.fawaterk.events import Event, UnreadableEvent, read_event
from lib.fawaterk.models import PaymentMethod
from lib.payments.settlement import Done
from lib.payments.webhooks import act, keep
from lib.web import Answer, Call

log = logs.get(__name__)

BODY_LIMIT = 64 * 1024
# Anybody can post here, so what has no valid hash may not fill the log: so many a minute, and (but for version 2's
# refunds, which the gateway does not sign) no body.
MOST_REFUSED_A_MINUTE = 60


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
    if event.given_hash is None and _is_flooded():
        log.warning("an unsigned refund is left out of the log", invoice_id=event.invoice_id)
        return {"status": "ignored", "message": "too many unsigned webhooks came this minute"}
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


def _is_flooded() -> bool:
    rows = db.read(
        """
        select count(*) >= :most::integer from (
            select from webhook_events
            where not hash_held and received_at > now() - interval '1 minute' limit :most::integer) recent
        """,
        most=MOST_REFUSED_A_MINUTE,
    )
    return bool(rows[0][0])


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


def told(call: Call, done: Done, payment_id: UUID) -> dict[str, object]:
    """What came of a reconciliation that staff asked for, which is in the audit log."""
    _record_reconciliation(call.actor, done, payment_id)
    return {"payment_id": str(payment_id), "outcome": done.outcome, "message": done.detail}


@db.in_transaction
def _record_reconciliation(tx: Transaction, actor: audit.Actor, done: Done, payment_id: UUID) -> None:
    audit.record(tx, actor, "reconcile", "payment", payment_id, after={"outcome": done.outcome, "detail": done.detail})
