"""What a refund takes back of what its order has earned; what is spent already becomes a debt."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from lib.db import Transaction
from lib.ledger import lots
from lib.ledger.posting import POINTS, Move, Posting, Words, balance, lock_wallet, post
from lib.loyalty.crediting import LockedCashback, lock_cashback
from lib.money import rounded
from lib.payments.locks import LockedOrder


@dataclass(frozen=True)
class TakenBack:
    """What one refund took back; cashback in major units of the currency of balances."""

    points: int
    cashback: Decimal


def take_back(tx: Transaction, order: LockedOrder, refund_id: UUID, refunded: Decimal) -> TakenBack:
    """Take back the share of an order's points and cashback; `refunded`: all that went back so far, this refund included.

    Each share is the difference of two rounded sums, so that all shares add up to the whole.
    """
    lock_wallet(tx, order.user_id)
    return TakenBack(
        points=_take_back_points(tx, order, refund_id, refunded),
        cashback=_take_back_cashback(tx, order, refund_id, refunded),
    )


def _take_back_points(tx: Transaction, order: LockedOrder, refund_id: UUID, refunded: Decimal) -> int:
    row = tx.row(
        """
        select coalesce(-sum(e.amount) filter (where t.kind = 'EARN_POINTS'), 0),
               coalesce(sum(e.amount) filter (where t.kind = 'TAKE_BACK_POINTS'), 0)
        from ledger_transactions t
        join ledger_entries e on e.transaction_id = t.id
        join ledger_accounts a on a.id = e.account_id and a.kind = 'POINTS_ISSUED'
        where t.order_id = :order_id
        """,
        order_id=order.id,
    )
    earned, taken = (Decimal(value) for value in row) if row else (Decimal(0), Decimal(0))
    share = (earned * refunded / order.total_amount).to_integral_value(ROUND_HALF_UP) - taken
    if share <= 0:
        return 0
    there = min(share, Decimal(lots.available(tx, order.user_id)))
    posted = post(
        tx,
        Posting(
            key=f"refund:{refund_id}:take-back-points",
            kind="TAKE_BACK_POINTS",
            user_id=order.user_id,
            moves=[
                Move("POINTS", "POINTS_ISSUED", there, POINTS),
                Move("POINTS_DEBT", "POINTS_ISSUED", share - there, POINTS),
            ],
            words=Words(f"Taken back for {order.order_number}", f"نقاط مستردة عن {order.order_number}"),
            reference=("REFUND", refund_id),
            order_id=order.id,
        ),
    )
    if posted is not None and there > 0:
        lots.take(tx, order.user_id, posted, int(there), first=order.id)
    return int(share)


def _take_back_cashback(tx: Transaction, order: LockedOrder, refund_id: UUID, refunded: Decimal) -> Decimal:
    row = tx.row("select id from cashback_records where order_id = :order_id", order_id=order.id)
    record = lock_cashback(tx, row[0]) if row else None
    if record is None or record.status not in ("PENDING", "APPROVED", "CREDITED"):
        return Decimal(0)
    share = rounded(record.cashback_amount * refunded / order.total_amount, record.currency) - record.taken_back
    if share <= 0:
        return Decimal(0)
    is_gone = record.taken_back + share == record.cashback_amount and record.status != "CREDITED"
    tx.run(
        """
        update cashback_records set taken_back = taken_back + :share::numeric, updated_at = now(),
               status = case when :gone::boolean then 'CANCELLED' else status end
        where id = :id
        """,
        id=record.id,
        share=share,
        gone=is_gone,
    )
    if record.status == "CREDITED":
        _post_cashback(tx, order, record, refund_id, share)
    return share


def _post_cashback(tx: Transaction, order: LockedOrder, record: LockedCashback, refund_id: UUID, share: Decimal) -> None:
    there = min(share, balance(tx, record.user_id, "CASHBACK", record.currency))
    post(
        tx,
        Posting(
            key=f"refund:{refund_id}:take-back-cashback",
            kind="TAKE_BACK_CASHBACK",
            user_id=record.user_id,
            moves=[
                Move("CASHBACK", "CASHBACK_COST", there, record.currency),
                Move("CASHBACK_DEBT", "CASHBACK_COST", share - there, record.currency),
            ],
            words=Words(f"Taken back for {order.order_number}", f"استرداد نقدي مسترجع عن {order.order_number}"),
            reference=("REFUND", refund_id),
            order_id=order.id,
        ),
    )
