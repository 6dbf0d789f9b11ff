"""Points that wait for the refund window of their order, because its money came by hand. The wallet must be locked.

They lie in an account of their own, where nobody can use them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import ledger
from lib.config import config
from lib.db import Transaction
from lib.ledger import POINTS, Posting
from lib.orders.locks import LockedOrder


@dataclass(frozen=True, kw_only=True)
class PendingPoints:
    """An order's points that wait, locked until the transaction ends. `taken_back`: what refunds have taken of them."""

    order_id: UUID
    user_id: UUID
    points: int
    taken_back: int
    multiplier: Decimal

    @property
    def left(self) -> int:
        """What refunds have left of them."""
        return self.points - self.taken_back


def insert(tx: Transaction, order: LockedOrder, points: int, multiplier: Decimal) -> None:
    """Let the points of an order wait for its refund window."""
    tx.run(
        """
        insert into pending_points (order_id, user_id, points, multiplier, window_days, credit_due_at)
        values (:order_id, :user_id, :points, :multiplier, :days::integer, now() + make_interval(days => :days::integer))
        """,
        order_id=order.id,
        user_id=order.user_id,
        points=points,
        multiplier=multiplier,
        days=config().loyalty.refund_window_days,
    )


def pending_of_order(tx: Transaction, order: LockedOrder) -> PendingPoints | None:
    """Lock and return the points of a locked order that still wait, or None."""
    return tx.first(
        PendingPoints,
        "select :row from pending_points where order_id = :id and status = 'PENDING' for update",
        id=order.id,
    )


def lock_due(tx: Transaction, order_ids: Sequence[UUID]) -> list[PendingPoints]:
    """Lock the wallets of these orders' customers, and then those of their points that are due."""
    ledger.lock_wallets(
        tx, tx.column(UUID, "select user_id from pending_points where order_id = any(:ids::uuid[])", ids=list(order_ids))
    )
    sql = """
        select :row from pending_points
        where order_id = any(:ids::uuid[]) and order_id in (select order_id from due_points) order by order_id for update
        """
    return tx.all(PendingPoints, sql, ids=list(order_ids))


def take_back(tx: Transaction, pending: PendingPoints, share: int) -> None:
    """Add to what was taken back of points that wait; they are CANCELLED once nothing is left."""
    tx.run(
        """
        update pending_points set taken_back = taken_back + :share::integer, updated_at = now(),
               status = case when taken_back + :share::integer = points then 'CANCELLED' else status end
        where order_id = :order_id
        """,
        order_id=pending.order_id,
        share=share,
    )


def credit_all(tx: Transaction, due: Sequence[PendingPoints]) -> None:
    """PENDING → CREDITED: their customers, whose wallets are locked, can use what is left of these points."""
    ledger.post_of_many(tx, [(ledger.Wallet(pending.user_id), _credit(pending)) for pending in due])
    _mark_credited(tx, due)


def credit_waiting_of(tx: Transaction, wallet: ledger.Wallet) -> None:
    """PENDING → CREDITED for all points of a locked wallet's customer, whether or not their window has closed."""
    sql = "select :row from pending_points where user_id = :id and status = 'PENDING' order by order_id for update"
    if waiting := tx.all(PendingPoints, sql, id=wallet.user_id):
        ledger.post(tx, wallet, [_credit(pending) for pending in waiting])
        _mark_credited(tx, waiting)


def _mark_credited(tx: Transaction, credited: Sequence[PendingPoints]) -> None:
    tx.run(
        """
        update pending_points set status = 'CREDITED', updated_at = now() where order_id = any(:ids::uuid[])
        """,
        ids=[pending.order_id for pending in credited],
    )


def _credit(pending: PendingPoints) -> ledger.Transaction:
    return ledger.Transaction(
        key=f"order:{pending.order_id}:credit-points",
        kind="CREDIT_POINTS",
        postings=[Posting("POINTS_PENDING", "POINTS", Decimal(pending.left), POINTS)],
        description=ledger.Description("Points that have waited", "نقاط كانت قيد الانتظار"),
        reference=ledger.Reference("ORDER", pending.order_id),
        order_id=pending.order_id,
        multiplier=pending.multiplier,
        lots=ledger.OpenLot(pending.left, pending.order_id),
    )
