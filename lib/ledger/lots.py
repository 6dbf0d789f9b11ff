"""Points by when they expire: each earning is a lot, the lot that expires first is spent first.

The sum of what is left in a customer's lots is the balance of their POINTS account; verifying proves it.
"""

from decimal import Decimal
from uuid import UUID

from lib.db import Transaction
from lib.errors import InsufficientBalance
from lib.ledger.posting import POINTS, Move, Posting, Words, lock_wallet, post

LIVE_DAYS = 365

EXPIRED = Words("Points that expired", "نقاط منتهية الصلاحية")


def available(tx: Transaction, user_id: UUID) -> int:
    """The points that can be used now; what has expired is taken off first. The wallet is locked from here on."""
    lock_wallet(tx, user_id)
    expire(tx, user_id)
    return int(
        str(
            tx.value(
                "select coalesce(sum(points_left), 0) from points_lots where user_id = :user_id and points_left > 0",
                user_id=user_id,
            )
        )
    )


def open_lot(tx: Transaction, user_id: UUID, transaction_id: UUID, points: int, order_id: UUID | None) -> None:
    """Put points that a transaction has brought into a lot that lives for LIVE_DAYS."""
    tx.run(
        """
        insert into points_lots (user_id, transaction_id, order_id, points, points_left, expires_at)
        values (:user_id, :transaction_id, :order_id, :points, :points, now() + make_interval(days => :days::integer))
        """,
        user_id=user_id,
        transaction_id=transaction_id,
        order_id=order_id,
        points=points,
        days=LIVE_DAYS,
    )


def take(tx: Transaction, user_id: UUID, transaction_id: UUID, points: int, first: UUID | None = None) -> None:
    """Take the points of a transaction out of lots: those that order `first` earned, then those that expire soonest.

    Raises InsufficientBalance; the wallet must be locked.
    """
    taken = tx.value(
        """
        with lots as (
            select id, points_left,
                   sum(points_left) over (order by order_id is distinct from :first::uuid, expires_at, id)
                   - points_left as before
            from points_lots where user_id = :user_id and points_left > 0
        ), used as (
            insert into points_lot_uses (transaction_id, lot_id, points)
            select :transaction_id::uuid, id, least(points_left, :points::integer - before)
            from lots where before < :points::integer
            returning points
        )
        select coalesce(sum(points), 0) from used
        """,
        user_id=user_id,
        transaction_id=transaction_id,
        points=points,
        first=first,
    )
    if taken != points:
        raise InsufficientBalance("points", Decimal(str(taken)))


def give_back(tx: Transaction, taken_by: UUID, transaction_id: UUID) -> None:
    """Put what one transaction has taken back into the very lots it came from, by another; some may expire at once."""
    tx.run(
        """
        insert into points_lot_uses (transaction_id, lot_id, points)
        select :transaction_id::uuid, lot_id, -points from points_lot_uses where transaction_id = :taken_by
        """,
        transaction_id=transaction_id,
        taken_by=taken_by,
    )


def expire(tx: Transaction, user_id: UUID) -> int:
    """Take off what is left in a customer's lots whose time is over; how many points that was."""
    lock_wallet(tx, user_id)
    due = tx.run(
        """
        select l.id, l.points_left, (select count(*) from points_lot_uses u where u.lot_id = l.id)
        from points_lots l where l.user_id = :user_id and l.points_left > 0 and l.expires_at <= now()
        order by l.expires_at, l.id
        """,
        user_id=user_id,
    )
    for lot_id, left, uses in due:
        # Points that were held when their lot expired come back to it and expire in their turn.
        posted = post(
            tx,
            Posting(
                key=f"lot:{lot_id}:expire:{uses}",
                kind="EXPIRE_POINTS",
                user_id=user_id,
                moves=[Move("POINTS", "POINTS_EXPIRED", Decimal(left), POINTS)],
                words=EXPIRED,
            ),
        )
        if posted is None:
            raise LookupError(f"points lot {lot_id} was expired before")
        tx.run(
            "insert into points_lot_uses (transaction_id, lot_id, points) values (:transaction_id, :lot_id, :points)",
            transaction_id=posted,
            lot_id=lot_id,
            points=left,
        )
    return sum(left for _, left, _ in due)
