"""Staff change a customer's points and cashback by hand."""

from uuid import UUID

from functions.loyalty.checks import require_exact
from functions.loyalty.staff_schemas import CashbackChange, PointsChange
from lib import db
from lib.audit import Actor
from lib.db import Transaction
from lib.loyalty import adding


@db.in_transaction
def add_points(tx: Transaction, actor: Actor, change: PointsChange) -> UUID:
    """Give points; the ledger transaction's id. Raises NotFound, OwnAccount or CustomerInactive."""
    return adding.add_points(tx, actor, adding.Change(user_id=change.user_id, reason=change.reason), change.points)


@db.in_transaction
def remove_points(tx: Transaction, actor: Actor, change: PointsChange) -> UUID:
    """Take points; the ledger transaction's id. Raises NotFound, OwnAccount, CustomerInactive or InsufficientBalance."""
    return adding.remove_points(tx, actor, adding.Change(user_id=change.user_id, reason=change.reason), change.points)


@db.in_transaction
def add_cashback(tx: Transaction, actor: Actor, change: CashbackChange) -> UUID:
    """Give cashback; the ledger transaction's id. Raises NotFound, OwnAccount, CustomerInactive or Invalid."""
    require_exact(change.amount, "query")
    return adding.add_cashback(tx, actor, adding.Change(user_id=change.user_id, reason=change.reason), change.amount)


@db.in_transaction
def remove_cashback(tx: Transaction, actor: Actor, change: CashbackChange) -> UUID:
    """Take cashback; the ledger transaction's id.

    Raises NotFound, OwnAccount, CustomerInactive, Invalid or InsufficientBalance.
    """
    require_exact(change.amount, "query")
    return adding.remove_cashback(tx, actor, adding.Change(user_id=change.user_id, reason=change.reason), change.amount)
