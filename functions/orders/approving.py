"""Deciding about what another administrator has asked for: a refund, or an addition to a customer's balance."""

from uuid import UUID

from lib import db
from lib.approvals import records
from lib.approvals.records import Approval
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import require_found
from lib.loyalty.asking import add_approved
from lib.refunds.refunding import RefundRequest, refund


def approve(actor: Actor, approval_id: UUID) -> None:
    """PENDING → APPROVED, and do it. If it can't be done any more, it stays PENDING.

    Raises NotFound, OwnRequest, OwnAccount, IllegalMove, and everything that doing it raises.
    """
    asked = require_found(db.read.first(Approval, "select :row from approvals where id = :id", id=approval_id), "approval")
    if asked.order_id is None:
        _add(actor, approval_id)
        return
    payment_id = asked.request["payment_id"]
    request = RefundRequest(
        reason=asked.reason or "",
        destination=asked.request["destination"],
        amount=asked.amount,
        payment_id=None if payment_id is None else UUID(payment_id),
        request_key=asked.request_key,
        note=asked.request["note"],
        approval_id=approval_id,
    )
    refund(asked.order_id, actor, request)


@db.in_transaction
def reject(tx: Transaction, actor: Actor, approval_id: UUID, reason: str) -> None:
    """PENDING → REJECTED: nothing moves. Raises NotFound, OwnRequest, OwnAccount or IllegalMove."""
    records.mark_rejected(tx, actor, records.lock_undecided(tx, actor, approval_id, "rejected"), reason)


@db.in_transaction
def _add(tx: Transaction, actor: Actor, approval_id: UUID) -> None:
    asked = records.lock_undecided(tx, actor, approval_id, "approved")
    records.mark_approved(tx, actor, asked, add_approved(tx, actor, asked))
