"""Every statement that changes approvals. Each is decided once, by neither the one who asked nor the one who gains."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from lib import audit
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import IllegalMove, OwnRequest, require_found
from lib.security.rights import refuse_own_account

ApprovalKind = Literal["DEPOSIT", "ADD_POINTS", "ADD_CASHBACK", "REFUND"]
ApprovalStatus = Literal["PENDING", "APPROVED", "REJECTED"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for. `amount` in major units of `currency`, or points; `user_id`: who gains.

    `request`: all that doing it needs, as JSON has it. `request_key`: the same key again is the same request.
    """

    kind: ApprovalKind
    user_id: UUID
    amount: Decimal
    currency: str
    request: Mapping[str, object]
    reason: str | None
    order_id: UUID | None = None
    request_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Something that waits for another administrator."""

    approval_id: UUID


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What was asked for and who asked; locked, or as it was read."""

    id: UUID
    kind: ApprovalKind
    status: ApprovalStatus
    user_id: UUID
    order_id: UUID | None
    amount: Decimal
    request: dict[str, Any]
    reason: str | None
    request_key: str | None
    asked_by_user_id: UUID


def insert(tx: Transaction, actor: Actor, asked: Asked, value: Decimal | None) -> Waiting:
    """Keep what is asked for until it is decided. `value`: in the currency of balances, None if nobody knows the rate."""
    approval_id = tx.value(
        UUID,
        """
        insert into approvals (kind, user_id, order_id, amount, currency, value, request, reason, request_key,
                               asked_by_user_id)
        values (:kind, :user_id, :order_id::uuid, :amount, :currency, :value::numeric, :request::jsonb, :reason,
                :request_key, :actor_id)
        returning id
        """,
        kind=asked.kind,
        user_id=asked.user_id,
        order_id=asked.order_id,
        amount=asked.amount,
        currency=asked.currency,
        value=value,
        request=json.dumps(asked.request, default=str),
        reason=asked.reason,
        request_key=asked.request_key,
        actor_id=actor.user_id,
    )
    after = {
        "kind": asked.kind,
        "user_id": asked.user_id,
        "order_id": asked.order_id,
        "amount": asked.amount,
        "currency": asked.currency,
        "reason": asked.reason,
    }
    audit.record(tx, actor, "ask", "approval", approval_id, after=after)
    return Waiting(approval_id=approval_id)


def find_waiting(tx: Transaction, request_key: str | None) -> Waiting | None:
    """What the same request has asked for before and what still waits."""
    approval_id = tx.first_value(
        UUID, "select id from approvals where request_key = :key and status = 'PENDING' limit 1", key=request_key
    )
    return None if approval_id is None else Waiting(approval_id=approval_id)


def is_any_waiting_for(tx: Transaction, user_id: UUID) -> bool:
    """Whether something waits that this customer would gain by."""
    return tx.exists("select 1 from approvals where user_id = :user_id and status = 'PENDING' limit 1", user_id=user_id)


def lock_undecided(tx: Transaction, actor: Actor, approval_id: UUID, move: str) -> Approval:
    """Lock an approval that this administrator may decide. Raises NotFound, OwnRequest, OwnAccount or IllegalMove."""
    approval = require_found(
        tx.first(Approval, "select :row from approvals where id = :id for update", id=approval_id), "approval"
    )
    refuse_own_account(actor.user_id, approval.user_id)
    if approval.asked_by_user_id == actor.user_id:
        raise OwnRequest
    if approval.status != "PENDING":
        raise IllegalMove("The approval", approval.status, move)
    return approval


def mark_approved(tx: Transaction, actor: Actor, approval: Approval, result_id: UUID) -> None:
    """PENDING → APPROVED. `result_id`: the refund or the ledger transaction that came of it."""
    tx.run(
        """
        update approvals set status = 'APPROVED', decided_by_user_id = :actor_id, result_id = :result_id, decided_at = now()
        where id = :id
        """,
        id=approval.id,
        actor_id=actor.user_id,
        result_id=result_id,
    )
    _record(tx, actor, "approve", approval, {"status": "APPROVED", "result_id": result_id})


def mark_rejected(tx: Transaction, actor: Actor, approval: Approval, reason: str) -> None:
    """PENDING → REJECTED."""
    tx.run(
        """
        update approvals set status = 'REJECTED', decided_by_user_id = :actor_id, rejection_reason = :reason,
               decided_at = now()
        where id = :id
        """,
        id=approval.id,
        actor_id=actor.user_id,
        reason=reason,
    )
    _record(tx, actor, "reject", approval, {"status": "REJECTED", "reason": reason})


def _record(tx: Transaction, actor: Actor, action: str, approval: Approval, after: dict[str, object]) -> None:
    after = {**after, "kind": approval.kind, "amount": approval.amount, "asked_by_user_id": approval.asked_by_user_id}
    audit.record(tx, actor, action, "approval", approval.id, before={"status": approval.status}, after=after)
