"""Withdrawals of cashback: a customer asks, the sum is held, an administrator lets it into the wallet or gives it back."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from functions.loyalty.checks import require_exact
from lib import audit, db, ledger
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import IllegalMove, InsufficientBalance, require_found
from lib.ledger import Account, Posting
from lib.security.people import require_active
from lib.security.rights import refuse_own_account

_Decision = Literal["APPROVED", "REJECTED"]


@dataclass(frozen=True, kw_only=True)
class _LockedWithdrawal:
    id: UUID
    user_id: UUID
    amount: Decimal
    currency: str
    status: str


@db.in_transaction
def request_withdrawal(tx: Transaction, user_id: UUID, amount: Decimal) -> UUID:
    """Hold cashback until a decision; the request's id. Raises Invalid or InsufficientBalance."""
    require_exact(amount)
    currency = config().loyalty.currency
    wallet = ledger.lock_wallet(tx, user_id)
    available = ledger.balance(tx, wallet, "CASHBACK", currency)
    if available < amount:
        raise InsufficientBalance(f"{currency} of cashback", available)
    request = tx.one(
        _LockedWithdrawal,
        """
        insert into cashback_withdrawals (user_id, amount, currency) values (:user_id, :amount, :currency) returning :row
        """,
        user_id=user_id,
        amount=amount,
        currency=currency,
    )
    asked = ledger.Description("Cashback to be moved into the wallet", "استرداد نقدي قيد التحويل إلى المحفظة")
    _post(tx, wallet, request, "REQUEST_WITHDRAWAL", ("CASHBACK", "CASHBACK_HELD"), asked)
    return request.id


@db.in_transaction
def approve_withdrawal(tx: Transaction, actor: Actor, request_id: UUID) -> UUID:
    """PENDING → APPROVED: the sum goes into the wallet; the ledger transaction's id.

    Raises NotFound, OwnAccount, CustomerInactive or IllegalMove.
    """
    wallet, request = _lock_undecided(tx, actor, request_id, "approved")
    require_active(tx, request.user_id)
    moved = ledger.Description("Cashback moved into the wallet", "تحويل الاسترداد النقدي إلى المحفظة")
    posted = _post(tx, wallet, request, "APPROVE_WITHDRAWAL", ("CASHBACK_HELD", "WALLET"), moved)
    _decide(tx, actor, request, "APPROVED", None)
    return posted


@db.in_transaction
def reject_withdrawal(tx: Transaction, actor: Actor, request_id: UUID, reason: str) -> None:
    """PENDING → REJECTED: the sum is cashback again. Raises NotFound, OwnAccount or IllegalMove."""
    wallet, request = _lock_undecided(tx, actor, request_id, "rejected")
    returned = ledger.Description("Withdrawal of cashback rejected", "رفض سحب الاسترداد النقدي")
    _post(tx, wallet, request, "REJECT_WITHDRAWAL", ("CASHBACK_HELD", "CASHBACK"), returned)
    _decide(tx, actor, request, "REJECTED", reason)


def _lock_undecided(tx: Transaction, actor: Actor, request_id: UUID, move: str) -> tuple[ledger.Wallet, _LockedWithdrawal]:
    user_id = require_found(
        tx.first_value(UUID, "select user_id from cashback_withdrawals where id = :id", id=request_id), "withdrawal"
    )
    refuse_own_account(actor.user_id, user_id)
    wallet = ledger.lock_wallet(tx, user_id)
    request = tx.one(_LockedWithdrawal, "select :row from cashback_withdrawals where id = :id for update", id=request_id)
    if request.status != "PENDING":
        raise IllegalMove("The withdrawal", request.status, move)
    return wallet, request


def _post(
    tx: Transaction,
    wallet: ledger.Wallet,
    request: _LockedWithdrawal,
    kind: Literal["REQUEST_WITHDRAWAL", "APPROVE_WITHDRAWAL", "REJECT_WITHDRAWAL"],
    way: tuple[Account, Account],
    description: ledger.Description,
) -> UUID:
    transaction = ledger.Transaction(
        key=f"withdrawal:{request.id}:{kind.partition('_')[0].lower()}",
        kind=kind,
        postings=[Posting(*way, request.amount, request.currency)],
        description=description,
    )
    return ledger.post_one(tx, wallet, transaction)


def _decide(tx: Transaction, actor: Actor, request: _LockedWithdrawal, decision: _Decision, reason: str | None) -> None:
    tx.run(
        """
        update cashback_withdrawals set status = :status, rejection_reason = :reason, decided_by_user_id = :actor_id,
               updated_at = now()
        where id = :id
        """,
        id=request.id,
        status=decision,
        reason=reason,
        actor_id=actor.user_id,
    )
    after = {"status": decision, "amount": request.amount, "currency": request.currency, "user_id": request.user_id}
    if reason is not None:
        after["reason"] = reason
    action = "approve" if decision == "APPROVED" else "reject"
    audit.record(tx, actor, action, "cashback-withdrawal", request.id, before={"status": "PENDING"}, after=after)
