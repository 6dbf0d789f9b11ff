"""Crediting cashback: by hand once it is approved, or by the job once its refund window has closed."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib.db import Transaction
from lib.ledger.posting import Move, Posting, Words, balance, lock_wallet, post


@dataclass(frozen=True)
class LockedCashback:
    """A cashback record whose customer's wallet is locked too; amounts in major units of its currency."""

    id: UUID
    user_id: UUID
    order_id: UUID
    status: str
    currency: str
    cashback_amount: Decimal
    taken_back: Decimal

    @property
    def amount(self) -> Decimal:
        """What is left of it after refunds."""
        return self.cashback_amount - self.taken_back


def lock_cashback(tx: Transaction, record_id: UUID) -> LockedCashback | None:
    """Lock the wallet of a cashback's customer and then the record, or None where there is no such record."""
    row = tx.row("select user_id from cashback_records where id = :id", id=record_id)
    if row is None:
        return None
    lock_wallet(tx, row[0])
    row = tx.row(
        """
        select id, user_id, order_id, status, currency, cashback_amount, taken_back
        from cashback_records where id = :id for update
        """,
        id=record_id,
    )
    return LockedCashback(*row) if row else None


def credit(tx: Transaction, record: LockedCashback) -> None:
    """PENDING or APPROVED → CREDITED: what is left of it becomes the customer's, less what they owe from before."""
    debt = min(record.amount, -balance(tx, record.user_id, "CASHBACK_DEBT", record.currency))
    post(
        tx,
        Posting(
            key=f"cashback:{record.id}:credit",
            kind="CREDIT_CASHBACK",
            user_id=record.user_id,
            moves=[
                Move("CASHBACK_COST", "CASHBACK_DEBT", debt, record.currency),
                Move("CASHBACK_COST", "CASHBACK", record.amount - debt, record.currency),
            ],
            words=Words("Cashback", "استرداد نقدي"),
            reference=("CASHBACK", record.id),
            order_id=record.order_id,
        ),
    )
    tx.run(
        """
        update cashback_records set status = 'CREDITED', credited_at = now(), approved_at = coalesce(approved_at, now()),
               updated_at = now()
        where id = :id
        """,
        id=record.id,
    )
