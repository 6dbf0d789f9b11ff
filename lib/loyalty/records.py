"""Every statement that changes cashback. The customer's wallet must be locked."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import ledger
from lib.db import Transaction
from lib.errors import require_found
from lib.orders.locks import LockedOrder

CashbackStatus = Literal["PENDING", "APPROVED", "CREDITED", "REJECTED", "CANCELLED", "PENDING_WITHDRAWAL"]


@dataclass(frozen=True, kw_only=True)
class LockedCashback:
    """A cashback record that is locked until the transaction ends; amounts in major units."""

    id: UUID
    user_id: UUID
    order_id: UUID
    status: CashbackStatus
    currency: str
    cashback_amount: Decimal
    taken_back: Decimal

    @property
    def amount(self) -> Decimal:
        """What refunds have left of it."""
        return self.cashback_amount - self.taken_back


@dataclass(frozen=True, kw_only=True)
class NewCashback:
    """A cashback record to insert. `rate` is a percentage of `total`; amounts are in the currency of balances."""

    total: Decimal
    rate: Decimal
    amount: Decimal
    currency: str
    due_in_days: int


def lock_cashback(tx: Transaction, record_id: UUID) -> tuple[ledger.Wallet, LockedCashback]:
    """Lock the wallet of a cashback's customer and then the record. Raises NotFound."""
    user_id = require_found(
        tx.first_value(UUID, "select user_id from cashback_records where id = :id", id=record_id), "cashback"
    )
    wallet = ledger.lock_wallet(tx, user_id)
    return wallet, tx.one(LockedCashback, "select :row from cashback_records where id = :id for update", id=record_id)


def cashback_of_order(tx: Transaction, order: LockedOrder) -> LockedCashback | None:
    """Lock and return the cashback of a locked order, or None. The wallet must already be locked."""
    return tx.first(
        LockedCashback, "select :row from cashback_records where order_id = :order_id for update", order_id=order.id
    )


def insert(tx: Transaction, order: LockedOrder, new: NewCashback) -> None:
    """Insert the cashback of an order, unless it has one."""
    tx.run(
        """
        insert into cashback_records (user_id, order_id, reference_type, reference_id, booking_amount, cashback_rate,
                                      cashback_amount, currency, credit_due_at, description)
        values (:user_id, :order_id, :reference_type, :reference_id, :total, :rate, :amount, :currency,
                now() + make_interval(days => :days::integer), :description)
        on conflict (order_id) do nothing
        """,
        user_id=order.user_id,
        order_id=order.id,
        reference_type=order.reference.type,
        reference_id=order.reference.id,
        total=new.total,
        rate=new.rate,
        amount=new.amount,
        currency=new.currency,
        days=new.due_in_days,
        description=f"{new.rate}% of {order.order_number}",
    )


def mark_approved(tx: Transaction, record: LockedCashback, *, by_user_id: UUID) -> LockedCashback:
    """PENDING → APPROVED."""
    return tx.one(
        LockedCashback,
        """
        update cashback_records set status = 'APPROVED', approved_at = now(), approved_by_user_id = :by_user_id,
               updated_at = now()
        where id = :id and status = 'PENDING' returning :row
        """,
        id=record.id,
        by_user_id=by_user_id,
    )


def mark_credited(tx: Transaction, record: LockedCashback) -> LockedCashback:
    """PENDING or APPROVED → CREDITED."""
    return tx.one(
        LockedCashback,
        """
        update cashback_records set status = 'CREDITED', credited_at = now(), approved_at = coalesce(approved_at, now()),
               updated_at = now()
        where id = :id and status in ('PENDING', 'APPROVED') returning :row
        """,
        id=record.id,
    )


def mark_rejected(tx: Transaction, record: LockedCashback, reason: str) -> LockedCashback:
    """PENDING or APPROVED → REJECTED."""
    return tx.one(
        LockedCashback,
        """
        update cashback_records set status = 'REJECTED', rejection_reason = :reason, updated_at = now()
        where id = :id and status in ('PENDING', 'APPROVED') returning :row
        """,
        id=record.id,
        reason=reason,
    )


def take_back(tx: Transaction, record: LockedCashback, share: Decimal) -> LockedCashback:
    """Add an amount to what is taken back. A record that is not yet CREDITED becomes CANCELLED once nothing is left."""
    return tx.one(
        LockedCashback,
        """
        update cashback_records set taken_back = taken_back + :share::numeric, updated_at = now(),
               status = case when status <> 'CREDITED' and taken_back + :share::numeric = cashback_amount then 'CANCELLED'
                             else status end
        where id = :id and status in ('PENDING', 'APPROVED', 'CREDITED') returning :row
        """,
        id=record.id,
        share=share,
    )
