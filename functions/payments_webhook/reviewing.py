"""An administrator's decision about a payment in review, after a new look at the gateway."""

from dataclasses import dataclass
from uuid import UUID

from functions.payments_webhook.schemas import Resolution
from lib import db
from lib.audit import Actor
from lib.errors import IllegalMove
from lib.gateway_events.reconciling import reconcile
from lib.reviews.resolving import resolve


@dataclass(frozen=True, kw_only=True)
class _InReview:
    payment_number: str
    is_to_look_at: bool


def decide(actor: Actor, payment_id: UUID, decision: Resolution) -> None:
    """Ask the gateway once more, and decide about what it shows now. If it is silent, what it showed last counts.

    If it now shows what the decision says, that is done already. Raises IllegalMove if this or other figures than those that
    the decision was made about make the decision another one, and whatever `resolve` raises.
    """
    before = _read(payment_id)
    if before is not None and before.is_to_look_at and reconcile(payment_id).status in ("processed", "review"):
        if decision.action == "settle" and _is_settled_by_gateway(payment_id):
            return
        raise IllegalMove(f"Payment {before.payment_number}", "shown anew by the gateway", "decided before you look again")
    resolve(payment_id, actor, decision.action, decision.note, decision.amount)


def _read(payment_id: UUID) -> _InReview | None:
    return db.read.first(
        _InReview,
        """
        select payment_number,
               not is_settled(p) or review_reason in ('REFUND_REPORTED', 'REFUND_UNKNOWN') as is_to_look_at
        from payments p where id = :id and in_review(p)
        """,
        id=payment_id,
    )


def _is_settled_by_gateway(payment_id: UUID) -> bool:
    return db.read.exists(
        """
        select from payments p
        where id = :id and is_settled(p) and not in_review(p)
          and not exists (select from gateway_refunds g
                          where g.payment_id = p.id and g.status in ('PENDING', 'NEEDS_REVIEW'))
        """,
        id=payment_id,
    )
