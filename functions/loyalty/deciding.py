"""Cashback as administrators decide about it: approved, credited, rejected."""

from uuid import UUID

from functions.loyalty.cashback import RECORD_FIELDS
from functions.loyalty.schemas import WaitingQuery
from lib import audit, db
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import IllegalMove, NotFound
from lib.loyalty.crediting import LockedCashback, credit, lock_cashback
from lib.web import Answer, Call, read_page

_RECORD = f"""
    json_build_object({RECORD_FIELDS}, 'approved_by_user_id', c.approved_by_user_id,
                      'user', json_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name,
                                                'email', u.email))
"""
_FILTERS = {"status": "c.status = :status", "user_id": "c.user_id = :user_id"}


def waiting(call: Call, query: WaitingQuery) -> Answer:
    """What waits to be approved or credited, newest first."""
    values = query.model_dump(include=set(_FILTERS), exclude_none=True)
    where = ["c.status in ('PENDING', 'APPROVED')", *(_FILTERS[name] for name in values)]
    page = read_page(
        f"""
        select {_RECORD} as item, c.created_at as sort_at, c.id
        from cashback_records c join users u on u.id = c.user_id
        where {" and ".join(where)} and (c.created_at, c.id) < (:after_at::timestamptz, :after_id::uuid)
        order by c.created_at desc, c.id desc limit :limit::integer + 1
        """,  # noqa: S608 - only constants are joined
        query,
        **values,
    )
    return Answer(page.body, headers=page.link(call.request, config().app_base_url))


@db.in_transaction
def approve(tx: Transaction, actor: Actor, record_id: UUID) -> bytes:
    """PENDING → APPROVED. Raises NotFound or IllegalMove."""
    record = _locked(tx, record_id, "approved", "PENDING")
    tx.run(
        """
        update cashback_records set status = 'APPROVED', approved_at = now(), approved_by_user_id = :actor_id,
               updated_at = now()
        where id = :id
        """,
        id=record_id,
        actor_id=actor.user_id,
    )
    return _decided(tx, actor, record, "approve", "APPROVED")


@db.in_transaction
def credit_by_hand(tx: Transaction, actor: Actor, record_id: UUID) -> bytes:
    """APPROVED → CREDITED, before its refund window has closed. Raises NotFound or IllegalMove."""
    record = _locked(tx, record_id, "credited; it has to be approved first", "APPROVED")
    credit(tx, record)
    return _decided(tx, actor, record, "credit", "CREDITED")


@db.in_transaction
def reject(tx: Transaction, actor: Actor, record_id: UUID, reason: str) -> bytes:
    """PENDING or APPROVED → REJECTED. Raises NotFound or IllegalMove."""
    record = _locked(tx, record_id, "rejected", "PENDING", "APPROVED")
    tx.run(
        "update cashback_records set status = 'REJECTED', rejection_reason = :reason, updated_at = now() where id = :id",
        id=record_id,
        reason=reason,
    )
    return _decided(tx, actor, record, "reject", "REJECTED", reason)


def _locked(tx: Transaction, record_id: UUID, move: str, *statuses: str) -> LockedCashback:
    record = lock_cashback(tx, record_id)
    if record is None:
        raise NotFound("There is no such cashback")
    if record.status not in statuses:
        raise IllegalMove("The cashback", record.status, move)
    return record


def _decided(
    tx: Transaction, actor: Actor, record: LockedCashback, action: str, status: str, reason: str | None = None
) -> bytes:
    after = {"status": status, "amount": record.amount} | ({} if reason is None else {"reason": reason})
    audit.record(tx, actor, action, "cashback", record.id, before={"status": record.status}, after=after)
    return tx.json(
        f"select {_RECORD}::text from cashback_records c join users u on u.id = c.user_id where c.id = :id",  # noqa: S608 - a constant
        id=record.id,
    )
