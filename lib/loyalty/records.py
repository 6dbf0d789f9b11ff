"""Every statement that changes the cashback of orders. The customer's wallet must be locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from lib import ledger
from lib.db import Column, Transaction
from lib.errors import require_found
from lib.orders.locks import LockedOrder

CashbackStatus = Literal["PENDING", "APPROVED", "CREDITED", "REJECTED", "CANCELLED", "PENDING_WITHDRAWAL"]


@dataclass(frozen=True, kw_only=True)
class LockedCashback:
    """A cashback record that is locked until the transaction ends; amounts in major units.

    `is_called_off`: its booking was called off, so it is not credited.
    """

    id: UUID
    user_id: UUID
    order_id: UUID
    status: CashbackStatus
    currency: str
    cashback_amount: Decimal
    taken_back: Decimal
    is_called_off: Annotated[bool, Column("is_called_off(cashback_records)")]

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


def lock_due(tx: Transaction, record_ids: Sequence[UUID]) -> list[LockedCashback]:
    """Lock the wallets of these records' customers, and then those of the records that are due."""
    ledger.lock_wallets(
        tx, tx.column(UUID, "select user_id from cashback_records where id = any(:ids::uuid[])", ids=list(record_ids))
    )
    sql = """
        select :row from cashback_records
        where id = any(:ids::uuid[]) and id in (select id from due_cashback) order by id for update
        """
    return tx.all(LockedCashback, sql, ids=list(record_ids))


def lock_waiting_of(tx: Transaction, wallet: ledger.Wallet) -> list[LockedCashback]:
    """Lock the cashback of a customer that waits to be credited."""
    sql = """
        select :row from cashback_records
        where user_id = :user_id and status in ('PENDING', 'APPROVED') order by id for update
        """
    return tx.all(LockedCashback, sql, user_id=wallet.user_id)


def insert(tx: Transaction, order: LockedOrder, new: NewCashback) -> None:
    """Insert the cashback of an order, unless it has one."""
    tx.send(
        """
        insert into cashback_records (user_id, order_id, reference_type, reference_id, booking_amount, cashback_rate,
                                      cashback_amount, currency, window_days, credit_due_at, description)
        values (:user_id, :order_id, :reference_type, :reference_id, :total, :rate, :amount, :currency,
                :days::integer, now() + make_interval(days => :days::integer), :description)
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


def mark_all_credited(tx: Transaction, records: Sequence[LockedCashback]) -> None:
    """PENDING or APPROVED → CREDITED for all these records. Raises LookupError if one of them is in another state."""
    sql = """
        update cashback_records set status = 'CREDITED', credited_at = now(), approved_at = coalesce(approved_at, now()),
               updated_at = now()
        where id = any(:ids::uuid[]) and status in ('PENDING', 'APPROVED') returning id
        """
    _require_all(tx.column(UUID, sql, ids=[record.id for record in records]), records)


def mark_all_rejected(tx: Transaction, records: Sequence[LockedCashback], reason: str) -> None:
    """PENDING or APPROVED → REJECTED for all these records. Raises LookupError if one of them is in another state."""
    sql = """
        update cashback_records set status = 'REJECTED', rejection_reason = :reason, updated_at = now()
        where id = any(:ids::uuid[]) and status in ('PENDING', 'APPROVED') returning id
        """
    _require_all(tx.column(UUID, sql, ids=[record.id for record in records], reason=reason), records)


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


def _require_all(moved: Sequence[UUID], records: Sequence[LockedCashback]) -> None:
    if len(moved) != len(records):
        raise LookupError("a cashback record is no longer PENDING or APPROVED")
