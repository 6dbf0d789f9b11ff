"""Every statement that changes holds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib.db import Transaction
from lib.holds.splitting import Split
from lib.ledger import Wallet
from lib.orders.locks import LockedOrder

Source = Literal["POINTS", "CASHBACK", "WALLET"]


@dataclass(frozen=True, kw_only=True)
class Hold:
    """An amount of one balance that is held for an order. `points`: how many points that is, 0 for other balances.

    `is_for_order`: it was held when the order was made, and stays held when an attempt is closed.
    """

    id: UUID
    source: Source
    amount: Decimal
    points: int
    payment_id: UUID | None
    is_for_order: bool


@dataclass(frozen=True)
class OrderHolds:
    """The holds of an order whose customer's wallet is locked."""

    wallet: Wallet
    holds: Sequence[Hold]

    @property
    def split(self) -> Split:
        """How much of each balance is held."""
        return split_of(self.holds)

    @property
    def split_for_order(self) -> Split:
        """How much of each balance is held for the order itself, independent of its attempts."""
        return split_of([hold for hold in self.holds if hold.is_for_order])

    def without(self, holds: Sequence[Hold]) -> "OrderHolds":
        """The holds that are left after these were spent or released."""
        return OrderHolds(self.wallet, [hold for hold in self.holds if hold not in holds])


def split_of(holds: Sequence[Hold]) -> Split:
    """The amount of each balance in these holds."""
    amounts = {hold.source: hold.amount for hold in holds}
    return Split(
        points=sum(hold.points for hold in holds),
        points_value=amounts.get("POINTS", Decimal(0)),
        cashback=amounts.get("CASHBACK", Decimal(0)),
        wallet=amounts.get("WALLET", Decimal(0)),
    )


def held_by_order(tx: Transaction, order_id: UUID) -> list[Hold]:
    """The holds of a locked order. It does not lock the wallet, because the caller may still take a number before that."""
    return tx.all(
        Hold, "select :row from holds where order_id = :order_id and state = 'HELD' order by source", order_id=order_id
    )


def lock_holds(tx: Transaction, order: LockedOrder) -> OrderHolds:
    """Lock the wallet of an order's customer and read the order's holds, in one statement. Take all numbers before it."""
    rows = tx.all(
        Hold,
        """
        select h.id, h.source, h.amount, h.points, h.payment_id, coalesce(h.is_for_order, false) as is_for_order
        from wallets w left join holds h on h.order_id = :order_id and h.state = 'HELD'
        where w.user_id = :user_id order by h.source for update of w
        """,
        order_id=order.id,
        user_id=order.user_id,
    )
    # If the order holds nothing, the left join gives one row of nulls for the wallet.
    return OrderHolds(Wallet(order.user_id), [hold for hold in rows if hold.id is not None])


def insert(tx: Transaction, order: LockedOrder, split: Split, payment_id: UUID | None, *, is_for_order: bool) -> list[Hold]:
    """Insert the holds of an order for this split. No `payment_id`: they belong to no attempt."""
    parts = [
        {"source": "POINTS", "amount": split.points_value, "points": split.points},
        {"source": "CASHBACK", "amount": split.cashback, "points": 0},
        {"source": "WALLET", "amount": split.wallet, "points": 0},
    ]
    return tx.all(
        Hold,
        """
        insert into holds (order_id, payment_id, user_id, source, amount, points, is_for_order)
        select :order_id::uuid, :payment_id::uuid, :user_id::uuid, source, amount, points, :is_for_order::boolean
        from jsonb_to_recordset(:parts::jsonb) as part(source text, amount numeric, points integer) where amount > 0
        returning :row
        """,
        order_id=order.id,
        payment_id=payment_id,
        user_id=order.user_id,
        is_for_order=is_for_order,
        parts=json.dumps(parts, default=str),
    )


def assign(tx: Transaction, order: LockedOrder, payment_id: UUID | None) -> list[Hold]:
    """Assign all holds of an order to this attempt, or to none."""
    sql = """
        update holds set payment_id = :payment_id, updated_at = now()
        where order_id = :order_id and state = 'HELD' returning :row
        """
    return tx.all(Hold, sql, payment_id=payment_id, order_id=order.id)


def unassign_order_holds(tx: Transaction, payment_id: UUID) -> list[Hold]:
    """Detach the holds of the order itself from this attempt, so that they stay held when the attempt is closed."""
    sql = """
        update holds set payment_id = null, updated_at = now()
        where payment_id = :payment_id and state = 'HELD' and is_for_order returning :row
        """
    return tx.all(Hold, sql, payment_id=payment_id)


def mark(tx: Transaction, holds: Sequence[Hold], state: Literal["SPENT", "RELEASED"]) -> None:
    """HELD → SPENT or RELEASED for all these holds. Raises LookupError if one of them is no longer HELD."""
    moved = tx.column(
        UUID,
        """
        update holds set state = :state, updated_at = now(),
               payment_id = case when :state = 'RELEASED' and is_for_order then null else payment_id end
        where id = any(:ids::uuid[]) and state = 'HELD' returning id
        """,
        state=state,
        ids=[hold.id for hold in holds],
    )
    if len(moved) != len(holds):
        raise LookupError(f"a hold that is no longer HELD can't become {state}")
