"""Administrators' decisions about cashback: approve, credit, reject."""

from uuid import UUID

from lib import audit, db, ledger
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Conflict, IllegalMove
from lib.loyalty import records
from lib.loyalty.crediting import credit
from lib.loyalty.records import CashbackStatus, LockedCashback
from lib.security.rights import refuse_own_account


@db.in_transaction
def approve(tx: Transaction, actor: Actor, record_id: UUID) -> None:
    """PENDING → APPROVED. Raises NotFound, OwnAccount or IllegalMove."""
    _, record = _locked(tx, actor, record_id, "approved", "PENDING")
    records.mark_approved(tx, record, by_user_id=actor.user_id)
    _record(tx, actor, record, "approve", {"status": "APPROVED"})


@db.in_transaction
def credit_by_hand(tx: Transaction, actor: Actor, record_id: UUID) -> None:
    """APPROVED → CREDITED, also before the refund window has closed.

    Raises NotFound, OwnAccount, IllegalMove, or Conflict if its booking was called off.
    """
    wallet, record = _locked(tx, actor, record_id, "credited; it has to be approved first", "APPROVED")
    if record.is_called_off:
        raise Conflict("The booking was called off; its cashback can only be rejected")
    credit(tx, wallet, record)
    _record(tx, actor, record, "credit", {"status": "CREDITED"})


@db.in_transaction
def reject(tx: Transaction, actor: Actor, record_id: UUID, reason: str) -> None:
    """PENDING or APPROVED → REJECTED. Raises NotFound, OwnAccount or IllegalMove."""
    _, record = _locked(tx, actor, record_id, "rejected", "PENDING", "APPROVED")
    records.mark_rejected(tx, record, reason)
    _record(tx, actor, record, "reject", {"status": "REJECTED", "reason": reason})


def _locked(
    tx: Transaction, actor: Actor, record_id: UUID, move: str, *statuses: CashbackStatus
) -> tuple[ledger.Wallet, LockedCashback]:
    wallet, record = records.lock_cashback(tx, record_id)
    refuse_own_account(actor.user_id, record.user_id)
    if record.status not in statuses:
        raise IllegalMove("The cashback", record.status, move)
    return wallet, record


def _record(tx: Transaction, actor: Actor, record: LockedCashback, action: str, after: dict[str, object]) -> None:
    """Add the decision to the audit log. `record`: as it was before the decision."""
    after = {**after, "amount": record.amount}
    audit.record(tx, actor, action, "cashback", record.id, before={"status": record.status}, after=after)
