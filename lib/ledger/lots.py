"""Lots of points. Each earning opens a lot with its own expiry, and the lot that expires first is spent first.

What is left in all lots of a customer is the balance of their POINTS account; verifying.py checks that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import db
from lib.ledger.accounts import POINTS, Wallet, balance
from lib.ledger.transactions import Description, Posting, Transaction, post, post_of_many

LIVE_DAYS = 365
# What comes back keeps its old expiry, but can be used for so many days.
LEAST_DAYS = 30

EXPIRED = Description("Points that expired", "نقاط منتهية الصلاحية")


@dataclass(frozen=True)
class OpenLot:
    """Put the points of a transaction into a new lot that expires after LIVE_DAYS."""

    points: int
    order_id: UUID | None = None

    def as_json(self) -> dict[str, object]:
        """Its field in `post_transactions`."""
        return {"open_lot": {"points": self.points, "order_id": self.order_id, "days": LIVE_DAYS}}


@dataclass(frozen=True)
class TakePoints:
    """Take the points of a transaction out of lots: first out of those of `first_order_id`, then those that expire first."""

    points: int
    first_order_id: UUID | None = None

    def as_json(self) -> dict[str, object]:
        """Its field in `post_transactions`."""
        return {"take_points": {"points": self.points, "first_order_id": self.first_order_id}}


@dataclass(frozen=True)
class ReturnPoints:
    """Return points that the transaction with the key `taken_by` took from lots, but for the first `already` of them.

    Those that expire last come back first. They keep their expiry, but have at least LEAST_DAYS: after a refund, and the
    first time that a hold of them is released.
    """

    taken_by: str
    points: int
    already: int = 0

    def as_json(self) -> dict[str, object]:
        """Its field in `post_transactions`."""
        return {
            "return_points": {
                "taken_by": self.taken_by,
                "points": self.points,
                "already": self.already,
                "days": LEAST_DAYS,
            }
        }


@dataclass(frozen=True)
class ExpireLot:
    """Remove what is left in a lot that has expired."""

    lot_id: UUID
    points: int

    def as_json(self) -> dict[str, object]:
        """Its field in `post_transactions`."""
        return {"expire_lot": {"lot_id": self.lot_id, "points": self.points}}


@dataclass(frozen=True, kw_only=True)
class _OverdueLot:
    id: UUID
    user_id: UUID
    points_left: int
    uses: int


def available_points(tx: db.Transaction, wallet: Wallet) -> int:
    """The points that a customer can use now. Expired points are removed first."""
    expire_points(tx, wallet)
    return int(balance(tx, wallet, "POINTS", POINTS))


def expire_points(tx: db.Transaction, wallet: Wallet) -> int:
    """Remove what is left in a customer's expired lots; how many points that was."""
    overdue = _overdue(tx, [wallet])
    posted = post(tx, wallet, [_expiry(lot) for lot in overdue])
    if len(posted) != len(overdue):
        raise LookupError(f"a points lot of customer {wallet.user_id} was expired before")
    return sum(lot.points_left for lot in overdue)


def expire_points_of_many(tx: db.Transaction, wallets: Sequence[Wallet]) -> int:
    """Remove what is left in the expired lots of these customers; how many of them had some."""
    overdue = _overdue(tx, wallets)
    if post_of_many(tx, [(Wallet(lot.user_id), _expiry(lot)) for lot in overdue]) != len(overdue):
        raise LookupError("a points lot was expired before")
    return len({lot.user_id for lot in overdue})


def _overdue(tx: db.Transaction, wallets: Sequence[Wallet]) -> list[_OverdueLot]:
    return tx.all(
        _OverdueLot,
        """
        select l.id, l.user_id, l.points_left, (select count(*) from points_lot_uses u where u.lot_id = l.id) as uses
        from overdue_lots l where l.user_id = any(:user_ids::uuid[]) order by l.user_id, l.expires_at, l.id
        """,
        user_ids=[wallet.user_id for wallet in wallets],
    )


def _expiry(lot: _OverdueLot) -> Transaction:
    return Transaction(
        # Held points can come back to a lot that has expired. It then expires again, so the key needs a counter.
        key=f"lot:{lot.id}:expire:{lot.uses}",
        kind="EXPIRE_POINTS",
        postings=[Posting("POINTS", "POINTS_EXPIRED", Decimal(lot.points_left), POINTS)],
        description=EXPIRED,
        lots=ExpireLot(lot.id, lot.points_left),
    )
