"""Balances that wait for an order to be paid: held, then spent with its payment or given back.

Everything here wants the order locked, so that nobody else touches its holds; the wallet is locked by the ledger.
"""

from decimal import ROUND_DOWN, Decimal
from typing import Literal
from uuid import UUID

from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance
from lib.ledger import lots
from lib.ledger.posting import POINTS, Account, Move, Posting, Words, balance, lock_wallet, post
from lib.money import DECIMALS
from lib.payments.locks import LockedOrder, Split

Source = Literal["POINTS", "CASHBACK", "WALLET"]

_HELD: dict[Source, Account] = {"POINTS": "POINTS_HELD", "CASHBACK": "CASHBACK_HELD", "WALLET": "WALLET_HELD"}
_NAMES: dict[Source, tuple[str, str]] = {
    "POINTS": ("Points for", "نقاط مقابل"),
    "CASHBACK": ("Cashback for", "استرداد نقدي مقابل"),
    "WALLET": ("Payment of", "دفع"),
}


def worth(points: int) -> Decimal:
    """What points pay, in the currency of balances, rounded down so that no points are worth more than they are."""
    loyalty = config().loyalty
    return (points * loyalty.point_value).quantize(Decimal(1).scaleb(-DECIMALS[loyalty.currency]), ROUND_DOWN)


def held(tx: Transaction, order_id: UUID, *, only_promised: bool = False) -> Split:
    """What is held for an order now, or what of it was promised with the order itself."""
    rows = tx.run(
        """
        select source, amount, points from holds
        where order_id = :id and state = 'HELD' and (is_for_order or not :only_promised::boolean)
        """,
        id=order_id,
        only_promised=only_promised,
    )
    amounts = {source: (Decimal(amount), points) for source, amount, points in rows}
    points_value, points = amounts.get("POINTS", (Decimal(0), 0))
    none = (Decimal(0), 0)
    return Split(points, points_value, amounts.get("CASHBACK", none)[0], amounts.get("WALLET", none)[0])


def lacking(tx: Transaction, order: LockedOrder, split: Split) -> InsufficientBalance | None:
    """What keeps an order's holds from becoming this split: a balance that has too little even with what they hold."""
    have = held(tx, order.id)
    lock_wallet(tx, order.user_id)
    currency = config().loyalty.currency
    if split.points > 0 and (points := lots.available(tx, order.user_id) + have.points) < split.points:
        return InsufficientBalance("points", Decimal(points))
    if (cashback := balance(tx, order.user_id, "CASHBACK", currency) + have.cashback) < split.cashback:
        return InsufficientBalance(f"{currency} of cashback", cashback)
    if (wallet := balance(tx, order.user_id, "WALLET", currency) + have.wallet) < split.wallet:
        return InsufficientBalance(f"{currency} in the wallet", wallet)
    return None


def arrange(
    tx: Transaction, order: LockedOrder, split: Split, payment_id: UUID | None, *, is_for_order: bool = False
) -> None:
    """Let an order hold just this split, for this attempt: what is held already is moved, else all is held anew.

    Raises InsufficientBalance.
    """
    if held(tx, order.id) == split:
        tx.run(
            "update holds set payment_id = :payment_id, updated_at = now() where order_id = :id and state = 'HELD'",
            payment_id=payment_id,
            id=order.id,
        )
        return
    if short := lacking(tx, order, split):
        raise short
    release_all(tx, order)
    amounts: dict[Source, Decimal] = {
        "POINTS": split.points_value,
        "CASHBACK": split.cashback,
        "WALLET": split.wallet,
    }
    for source, amount in amounts.items():
        if amount > 0:
            points = split.points if source == "POINTS" else 0
            _hold(tx, order, source, amount, points, payment_id, is_for_order=is_for_order)


def spend(tx: Transaction, order: LockedOrder, payment_id: UUID) -> Decimal:
    """HELD → SPENT for what an attempt holds; what it pays of the order."""
    spent = Decimal(0)
    for hold_id, source, amount, points in _holds(tx, order.id, payment_id):
        moves = [Move(_HELD[source], "SALES", amount, order.currency)]
        if source == "POINTS":
            moves = [
                Move("POINTS_HELD", "POINTS_REDEEMED", Decimal(points), POINTS),
                Move("REDEMPTIONS", "SALES", amount, order.currency),
            ]
        _post(tx, order, hold_id, "SPEND", source, moves, payment_id)
        _move(tx, hold_id, "SPENT")
        spent += amount
    return spent


def release(tx: Transaction, order: LockedOrder, payment_id: UUID) -> None:
    """Give back what an attempt holds; what was promised with the order itself stays held for it."""
    tx.run(
        """
        update holds set payment_id = null, updated_at = now()
        where payment_id = :payment_id and state = 'HELD' and is_for_order
        """,
        payment_id=payment_id,
    )
    _release(tx, order, payment_id)


def release_all(tx: Transaction, order: LockedOrder) -> None:
    """Give back all that an order holds."""
    _release(tx, order, None)


def _release(tx: Transaction, order: LockedOrder, payment_id: UUID | None) -> None:
    for hold_id, source, amount, points in _holds(tx, order.id, payment_id):
        unit = (Decimal(points), POINTS) if source == "POINTS" else (amount, order.currency)
        posted = _post(tx, order, hold_id, "RELEASE", source, [Move(_HELD[source], source, *unit)], None)
        if source == "POINTS":
            lots.give_back(tx, _held_by(tx, hold_id), posted)
        _move(tx, hold_id, "RELEASED")


def _hold(
    tx: Transaction,
    order: LockedOrder,
    source: Source,
    amount: Decimal,
    points: int,
    payment_id: UUID | None,
    *,
    is_for_order: bool,
) -> None:
    hold_id = UUID(
        str(
            tx.value(
                """
                insert into holds (order_id, payment_id, user_id, source, amount, points, is_for_order)
                values (:order_id, :payment_id, :user_id, :source, :amount, :points, :is_for_order) returning id
                """,
                order_id=order.id,
                payment_id=payment_id,
                user_id=order.user_id,
                source=source,
                amount=amount,
                points=points,
                is_for_order=is_for_order,
            )
        )
    )
    unit = (Decimal(points), POINTS) if source == "POINTS" else (amount, order.currency)
    posted = _post(tx, order, hold_id, "HOLD", source, [Move(source, _HELD[source], *unit)], None)
    if source == "POINTS":
        lots.take(tx, order.user_id, posted, points)


def _post(
    tx: Transaction,
    order: LockedOrder,
    hold_id: UUID,
    kind: Literal["HOLD", "SPEND", "RELEASE"],
    source: Source,
    moves: list[Move],
    payment_id: UUID | None,
) -> UUID:
    english, arabic = _NAMES[source]
    if kind == "RELEASE":
        english, arabic = "Not used for", "لم تُستخدم مقابل"
    posted = post(
        tx,
        Posting(
            key=f"hold:{hold_id}:{kind.lower()}",
            kind=kind,
            user_id=order.user_id,
            moves=moves,
            words=Words(f"{english} {order.order_number}", f"{arabic} {order.order_number}"),
            reference=order.reference,
            order_id=order.id,
            payment_id=payment_id,
        ),
    )
    if posted is None:
        raise LookupError(f"hold {hold_id} had its {kind} before")
    return posted


def _holds(tx: Transaction, order_id: UUID, payment_id: UUID | None) -> list[tuple[UUID, Source, Decimal, int]]:
    rows = tx.run(
        """
        select id, source, amount, points from holds
        where order_id = :order_id and state = 'HELD' and (:payment_id::uuid is null or payment_id = :payment_id)
        order by source
        """,
        order_id=order_id,
        payment_id=payment_id,
    )
    return [(hold_id, source, Decimal(amount), points) for hold_id, source, amount, points in rows]


def _held_by(tx: Transaction, hold_id: UUID) -> UUID:
    return UUID(str(tx.value("select id from ledger_transactions where key = :key", key=f"hold:{hold_id}:hold")))


def _move(tx: Transaction, hold_id: UUID, state: Literal["SPENT", "RELEASED"]) -> None:
    tx.run("update holds set state = :state, updated_at = now() where id = :id", id=hold_id, state=state)
