"""Additions by staff that are large wait for another administrator; what was asked for is kept whole, and done from that."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import ledger
from lib.approvals import Asked, Waiting, ask_if_large
from lib.approvals.records import Approval
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.ledger import POINTS
from lib.loyalty import adding
from lib.loyalty.adding import Change
from lib.security.people import require_active
from lib.security.rights import refuse_own_account

AdditionKind = Literal["DEPOSIT", "ADD_POINTS", "ADD_CASHBACK"]


def ask_for_addition(tx: Transaction, actor: Actor, kind: AdditionKind, change: Change, amount: Decimal) -> Waiting | None:
    """Keep an addition above the limit for another administrator; None: it may be done now. The wallet must not be locked.

    `amount` in the currency of balances, or points. Raises NotFound, OwnAccount or CustomerInactive.
    """
    refuse_own_account(actor.user_id, change.user_id)
    require_active(tx, change.user_id)
    about = change.reference
    asked = Asked(
        kind=kind,
        user_id=change.user_id,
        amount=amount,
        currency=POINTS if kind == "ADD_POINTS" else config().loyalty.currency,
        request={
            "reason": change.reason,
            "reason_ar": change.reason_ar,
            "reference": None if about is None else {"type": about.type, "id": about.id},
        },
        reason=change.reason,
    )
    return ask_if_large(tx, actor, asked)


def add_approved(tx: Transaction, actor: Actor, asked: Approval) -> UUID:
    """Do what was asked for; the ledger transaction's id. Raises NotFound, OwnAccount or CustomerInactive."""
    about = asked.request["reference"]
    change = Change(
        user_id=asked.user_id,
        reason=asked.request["reason"],
        reason_ar=asked.request["reason_ar"],
        reference=None if about is None else ledger.Reference(about["type"], UUID(about["id"])),
    )
    amount = Decimal(asked.amount)
    if asked.kind == "ADD_POINTS":
        return adding.add_points(tx, actor, change, int(amount))
    return (adding.deposit if asked.kind == "DEPOSIT" else adding.add_cashback)(tx, actor, change, amount)
