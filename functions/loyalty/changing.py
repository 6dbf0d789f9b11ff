"""Staff change a customer's balances by hand. What is large waits for another administrator before it adds anything."""

from decimal import Decimal
from uuid import UUID

from functions.loyalty.checks import require_exact
from functions.loyalty.schemas import DeskMovement
from functions.loyalty.staff_schemas import CashbackChange, PointsChange
from lib import db
from lib.approvals import Waiting
from lib.audit import Actor
from lib.db import Transaction
from lib.loyalty import adding
from lib.loyalty.adding import Change
from lib.loyalty.asking import ask_for_addition


@db.in_transaction
def deposit(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement) -> UUID | Waiting:
    """Put money into a wallet; the ledger transaction's id. Raises NotFound, OwnAccount, CustomerInactive or Invalid."""
    require_exact(movement.amount)
    change = _of_wallet(user_id, movement)
    waiting = ask_for_addition(tx, actor, "DEPOSIT", change, movement.amount)
    return waiting or adding.deposit(tx, actor, change, movement.amount)


@db.in_transaction
def withdraw(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement) -> UUID:
    """Take money out of a wallet; the ledger transaction's id.

    Raises NotFound, OwnAccount, CustomerInactive, Invalid or InsufficientBalance.
    """
    require_exact(movement.amount)
    return adding.withdraw(tx, actor, _of_wallet(user_id, movement), movement.amount)


@db.in_transaction
def add_points(tx: Transaction, actor: Actor, change: PointsChange) -> UUID | Waiting:
    """Give points; the ledger transaction's id. Raises NotFound, OwnAccount or CustomerInactive."""
    waiting = ask_for_addition(tx, actor, "ADD_POINTS", _change(change), Decimal(change.points))
    return waiting or adding.add_points(tx, actor, _change(change), change.points)


@db.in_transaction
def remove_points(tx: Transaction, actor: Actor, change: PointsChange) -> UUID:
    """Take points; the ledger transaction's id. Raises NotFound, OwnAccount, CustomerInactive or InsufficientBalance."""
    return adding.remove_points(tx, actor, _change(change), change.points)


@db.in_transaction
def add_cashback(tx: Transaction, actor: Actor, change: CashbackChange) -> UUID | Waiting:
    """Give cashback; the ledger transaction's id. Raises NotFound, OwnAccount, CustomerInactive or Invalid."""
    require_exact(change.amount, "query")
    waiting = ask_for_addition(tx, actor, "ADD_CASHBACK", _change(change), change.amount)
    return waiting or adding.add_cashback(tx, actor, _change(change), change.amount)


@db.in_transaction
def remove_cashback(tx: Transaction, actor: Actor, change: CashbackChange) -> UUID:
    """Take cashback; the ledger transaction's id.

    Raises NotFound, OwnAccount, CustomerInactive, Invalid or InsufficientBalance.
    """
    require_exact(change.amount, "query")
    return adding.remove_cashback(tx, actor, _change(change), change.amount)


def _change(change: PointsChange | CashbackChange) -> Change:
    return Change(user_id=change.user_id, reason=change.reason, reason_ar=change.reason)


def _of_wallet(user_id: UUID, movement: DeskMovement) -> Change:
    return Change(user_id=user_id, reason=movement.description_en, reason_ar=movement.description_ar)
