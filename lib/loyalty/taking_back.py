"""What a refund takes back of its order's points and cashback. What the customer has already spent becomes a debt."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from lib import ledger
from lib.db import Transaction
from lib.ledger import POINTS, Posting
from lib.loyalty import pending, records
from lib.loyalty.records import LockedCashback
from lib.money import rounded
from lib.orders.locks import LockedOrder


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """What one refund took back; cashback in major units of the currency of balances."""

    points: int
    cashback: Decimal


@dataclass(frozen=True, kw_only=True)
class _EarnedPoints:
    earned: int
    taken_back: int
    expired: int
    expired_taken_back: int


def take_back(tx: Transaction, order: LockedOrder, wallet: ledger.Wallet, refund_id: UUID) -> TakenBack:
    """Take back points and cashback in proportion to what was refunded of the order so far, less what was taken back before.

    Because the rounding is done on the sum so far, the shares of all refunds add up exactly to what was earned.
    """
    points, points_transaction = _take_back_points(tx, order, wallet, refund_id)
    cashback, cashback_transactions = _take_back_cashback(tx, order, wallet, refund_id)
    ledger.post(tx, wallet, [*points_transaction, *cashback_transactions])
    return TakenBack(points=points, cashback=cashback)


def share_of_points(*, earned: int, taken_back: int, refunded: Decimal, total: Decimal) -> int:
    """How many points a refund takes back. `refunded` includes it, `taken_back` does not; `total`: what was paid."""
    return int((earned * refunded / total).to_integral_value(ROUND_HALF_UP)) - taken_back


def _take_back_points(
    tx: Transaction, order: LockedOrder, wallet: ledger.Wallet, refund_id: UUID
) -> tuple[int, list[ledger.Transaction]]:
    # What has expired by now is removed first, so that it is not taken from the customer a second time.
    free = ledger.available_points(tx, wallet)
    points = tx.one(
        _EarnedPoints,
        """
        select coalesce(-sum(e.amount) filter (where a.kind = 'POINTS_ISSUED' and t.kind = 'EARN_POINTS'), 0)::bigint
                   as earned,
               coalesce(sum(e.amount) filter (where a.kind = 'POINTS_ISSUED' and t.kind = 'TAKE_BACK_POINTS'), 0)::bigint
                   as taken_back,
               coalesce(-sum(e.amount) filter (where a.kind = 'POINTS_EXPIRED'), 0)::bigint as expired_taken_back,
               (select coalesce(sum(u.points), 0) from points_lots l join points_lot_uses u on u.lot_id = l.id
                join ledger_transactions x on x.id = u.transaction_id and x.kind = 'EXPIRE_POINTS'
                where l.user_id = :user_id and l.order_id = :order_id)::bigint as expired
        from ledger_transactions t
        join ledger_entries e on e.transaction_id = t.id
        join ledger_accounts a on a.id = e.account_id and a.kind in ('POINTS_ISSUED', 'POINTS_EXPIRED')
        where t.order_id = :order_id
        """,
        user_id=order.user_id,
        order_id=order.id,
    )
    share = share_of_points(
        earned=points.earned, taken_back=points.taken_back, refunded=order.amount_refunded, total=order.amount_paid
    )
    if share <= 0:
        return 0, []
    waiting = pending.pending_of_order(tx, order)
    if waiting is not None:
        # All of a share waits: shares add up to what was earned, and nothing of it was credited yet.
        pending.take_back(tx, waiting, share)
        return share, [_taken(order, refund_id, [Posting("POINTS_PENDING", "POINTS_ISSUED", Decimal(share), POINTS)])]
    expired = min(share, points.expired - points.expired_taken_back)
    available = min(share - expired, free)
    postings = [
        Posting("POINTS_EXPIRED", "POINTS_ISSUED", Decimal(expired), POINTS),
        Posting("POINTS", "POINTS_ISSUED", Decimal(available), POINTS),
        Posting("POINTS_DEBT", "POINTS_ISSUED", Decimal(share - expired - available), POINTS),
    ]
    lots = ledger.TakePoints(available, first_order_id=order.id) if available > 0 else None
    return share, [_taken(order, refund_id, postings, lots)]


def _taken(
    order: LockedOrder, refund_id: UUID, postings: list[Posting], lots: ledger.TakePoints | None = None
) -> ledger.Transaction:
    return ledger.Transaction(
        key=f"refund:{refund_id}:take-back-points",
        kind="TAKE_BACK_POINTS",
        postings=postings,
        description=_description(order, "نقاط مستردة عن"),
        reference=ledger.Reference("REFUND", refund_id),
        order_id=order.id,
        lots=lots,
    )


def _take_back_cashback(
    tx: Transaction, order: LockedOrder, wallet: ledger.Wallet, refund_id: UUID
) -> tuple[Decimal, list[ledger.Transaction]]:
    record = records.cashback_of_order(tx, order)
    if record is None or record.status not in ("PENDING", "APPROVED", "CREDITED"):
        return Decimal(0), []
    share = share_of_cashback(record, refunded=order.amount_refunded, total=order.amount_paid)
    if share <= 0:
        return Decimal(0), []
    record = records.take_back(tx, record, share)
    if record.status != "CREDITED":
        return share, []
    available = min(share, ledger.balance(tx, wallet, "CASHBACK", record.currency))
    taken = ledger.Transaction(
        key=f"refund:{refund_id}:take-back-cashback",
        kind="TAKE_BACK_CASHBACK",
        postings=[
            Posting("CASHBACK", "CASHBACK_COST", available, record.currency),
            Posting("CASHBACK_DEBT", "CASHBACK_COST", share - available, record.currency),
        ],
        description=_description(order, "استرداد نقدي مسترجع عن"),
        reference=ledger.Reference("REFUND", refund_id),
        order_id=order.id,
    )
    return share, [taken]


def share_of_cashback(record: LockedCashback, *, refunded: Decimal, total: Decimal) -> Decimal:
    """How much of a cashback a refund takes back. `refunded` includes this refund; `total`: what was paid of the order."""
    return rounded(record.cashback_amount * refunded / total, record.currency) - record.taken_back


def _description(order: LockedOrder, arabic: str) -> ledger.Description:
    return ledger.Description(f"Taken back for {order.order_number}", f"{arabic} {order.order_number}")
