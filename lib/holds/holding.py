"""Holding, spending and releasing. Each changes the holds and returns ledger transactions, which the caller has to post."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import ledger
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance
from lib.holds import records
from lib.holds.records import Hold, OrderHolds, Source
from lib.holds.splitting import Split
from lib.ledger import POINTS, Account, Posting
from lib.orders.locks import LockedOrder

_HELD: dict[Source, Account] = {"POINTS": "POINTS_HELD", "CASHBACK": "CASHBACK_HELD", "WALLET": "WALLET_HELD"}
_NAMES: dict[Source, tuple[str, str]] = {
    "POINTS": ("Points for", "نقاط مقابل"),
    "CASHBACK": ("Cashback for", "استرداد نقدي مقابل"),
    "WALLET": ("Payment of", "دفع"),
}


def find_shortage(tx: Transaction, held: OrderHolds, split: Split) -> InsufficientBalance | None:
    """The first balance that is too small for this split, even with what the order holds of it; None if all are enough."""
    currency = config().loyalty.currency
    if split.points > 0:
        points = ledger.available_points(tx, held.wallet) + held.split.points
        if points < split.points:
            return InsufficientBalance("points", Decimal(points))
    free = ledger.balances(tx, held.wallet)
    if (cashback := free.get(("CASHBACK", currency), Decimal(0)) + held.split.cashback) < split.cashback:
        return InsufficientBalance(f"{currency} of cashback", cashback)
    if (wallet := free.get(("WALLET", currency), Decimal(0)) + held.split.wallet) < split.wallet:
        return InsufficientBalance(f"{currency} in the wallet", wallet)
    return None


def hold_split(
    tx: Transaction,
    order: LockedOrder,
    held: OrderHolds,
    split: Split,
    *,
    payment_id: UUID | None,
    is_for_order: bool = False,
) -> tuple[OrderHolds, list[ledger.Transaction]]:
    """Make an order hold exactly this split, for this attempt. If it already does, its holds are kept, else replaced.

    `is_for_order`: the holds belong to the order itself and survive its attempts. Raises InsufficientBalance.
    """
    if held.split == split:
        if all(hold.payment_id == payment_id for hold in held.holds):
            return held, []
        return OrderHolds(held.wallet, records.assign(tx, order, payment_id)), []
    if shortage := find_shortage(tx, held, split):
        raise shortage
    released = release(tx, order, held.holds)
    holds = records.insert(tx, order, split, payment_id, is_for_order=is_for_order)
    taken = [_transaction(order, hold, "HOLD", [_posting(order, hold, hold.source, _HELD[hold.source])]) for hold in holds]
    return OrderHolds(held.wallet, holds), [*released, *taken]


def spend(tx: Transaction, order: LockedOrder, holds: Sequence[Hold], payment_id: UUID) -> list[ledger.Transaction]:
    """HELD → SPENT: the holds pay the order, as part of this payment."""
    if not holds:
        return []
    records.mark(tx, holds, "SPENT")
    return [_transaction(order, hold, "SPEND", _spending(order, hold), payment_id) for hold in holds]


def release(tx: Transaction, order: LockedOrder, holds: Sequence[Hold]) -> list[ledger.Transaction]:
    """HELD → RELEASED: the holds go back to their balances, and points to the lots that they came from."""
    if not holds:
        return []
    records.mark(tx, holds, "RELEASED")
    return [_transaction(order, hold, "RELEASE", [_posting(order, hold, _HELD[hold.source], hold.source)]) for hold in holds]


def release_of_payment(
    tx: Transaction, order: LockedOrder, held: OrderHolds, payment_id: UUID
) -> tuple[OrderHolds, list[ledger.Transaction]]:
    """Release what an attempt holds. Holds of the order itself stay, and no longer belong to the attempt."""
    own = [hold for hold in held.holds if hold.payment_id == payment_id]
    of_order = [hold for hold in own if hold.is_for_order]
    unassigned = records.unassign_order_holds(tx, payment_id) if of_order else []
    left = OrderHolds(held.wallet, [*held.without(own).holds, *unassigned])
    return left, release(tx, order, [hold for hold in own if not hold.is_for_order])


def key_of_hold(hold_id: UUID) -> str:
    """The key of the ledger transaction by which a hold took its balance."""
    return f"hold:{hold_id}:hold"


def _spending(order: LockedOrder, hold: Hold) -> list[Posting]:
    if hold.source != "POINTS":
        return [Posting(_HELD[hold.source], "SALES", hold.amount, order.currency)]
    return [
        Posting("POINTS_HELD", "POINTS_REDEEMED", Decimal(hold.points), POINTS),
        Posting("REDEMPTIONS", "SALES", hold.amount, order.currency),
    ]


def _posting(order: LockedOrder, hold: Hold, source: Account, destination: Account) -> Posting:
    if hold.source == "POINTS":
        return Posting(source, destination, Decimal(hold.points), POINTS)
    return Posting(source, destination, hold.amount, order.currency)


def _transaction(
    order: LockedOrder,
    hold: Hold,
    kind: Literal["HOLD", "SPEND", "RELEASE"],
    postings: Sequence[Posting],
    payment_id: UUID | None = None,
) -> ledger.Transaction:
    english, arabic = ("Not used for", "لم تُستخدم مقابل") if kind == "RELEASE" else _NAMES[hold.source]
    return ledger.Transaction(
        key=f"hold:{hold.id}:{kind.lower()}",
        kind=kind,
        postings=postings,
        description=ledger.Description(f"{english} {order.order_number}", f"{arabic} {order.order_number}"),
        reference=order.reference,
        order_id=order.id,
        payment_id=payment_id,
        lots=_lot_change(hold, kind),
    )


def _lot_change(hold: Hold, kind: Literal["HOLD", "SPEND", "RELEASE"]) -> ledger.TakePoints | ledger.ReturnPoints | None:
    if hold.source != "POINTS" or kind == "SPEND":
        return None
    return ledger.TakePoints(hold.points) if kind == "HOLD" else ledger.ReturnPoints(key_of_hold(hold.id), hold.points)
