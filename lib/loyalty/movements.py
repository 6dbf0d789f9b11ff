"""What staff move by hand in a customer's balances: each movement has its row and its entry in the audit log."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import audit
from lib.audit import Actor
from lib.db import Transaction

Kind = Literal["DEPOSIT", "WITHDRAWAL", "ADD_POINTS", "REMOVE_POINTS", "ADD_CASHBACK", "REMOVE_CASHBACK"]

_ACTIONS: dict[Kind, str] = {
    "DEPOSIT": "deposit",
    "WITHDRAWAL": "withdraw",
    "ADD_POINTS": "add-points",
    "REMOVE_POINTS": "remove-points",
    "ADD_CASHBACK": "add-cashback",
    "REMOVE_CASHBACK": "remove-cashback",
}


@dataclass(frozen=True, kw_only=True)
class Movement:
    """What staff moved. `amount`: in major units of `currency`, or points; `before` and `after`: the free balance."""

    transaction_id: UUID
    user_id: UUID
    kind: Kind
    amount: Decimal
    currency: str
    reason: str | None
    before: Decimal
    after: Decimal


def record_movement(tx: Transaction, actor: Actor, movement: Movement) -> None:
    """Keep who moved what and why, for the histories that staff read and for the audit log."""
    tx.run(
        """
        insert into desk_movements (transaction_id, user_id, kind, amount, currency, reason, created_by_user_id)
        values (:transaction_id, :user_id, :kind, :amount, :currency, :reason, :actor_id)
        """,
        transaction_id=movement.transaction_id,
        user_id=movement.user_id,
        kind=movement.kind,
        amount=movement.amount,
        currency=movement.currency,
        reason=movement.reason,
        actor_id=actor.user_id,
    )
    audit.record(
        tx,
        actor,
        _ACTIONS[movement.kind],
        "wallet",
        movement.user_id,
        before={"balance": movement.before},
        after={
            "balance": movement.after,
            "amount": movement.amount,
            "currency": movement.currency,
            "reason": movement.reason,
            "transaction_id": movement.transaction_id,
        },
    )
