"""Refunds as they are written down, read under their order's lock, and shown."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib.config import config
from lib.db import Transaction
from lib.payments.locks import LockedOrder, lock_order
from lib.refunds.allocating import Destination, Part, PartDestination, PartSource

RefundStatus = Literal["PENDING", "COMPLETED", "REJECTED", "NEEDS_REVIEW"]

# A refund (`r`) as it is shown; what keeps one from going on is the staff's business.
REFUND = """
    json_build_object(
        'refund_id', r.id, 'refund_number', r.refund_number, 'order_id', r.order_id, 'payment_id', r.payment_id,
        'status', r.status, 'amount', money(r.amount, r.currency), 'currency', r.currency, 'reason', r.reason,
        'destination', r.destination, 'points_taken_back', r.points_taken_back,
        'cashback_taken_back', money(r.cashback_taken_back, :balance_currency),
        'credit_note_number', (select credit_note_number from credit_notes where refund_id = r.id),
        'message', case when :staff::boolean then r.message end,
        'created_at', r.created_at, 'completed_at', r.completed_at,
        'parts', (
            select json_agg(json_build_object(
                'source', f.source, 'destination', f.destination, 'amount', money(f.amount, r.currency),
                'points', f.points, 'payment_id', f.payment_id)
                order by array_position(array['POINTS', 'CASHBACK', 'WALLET', 'GATEWAY', 'MANUAL'], f.source), f.id)
            from refund_parts f where f.refund_id = r.id))
"""


@dataclass(frozen=True)
class RefundPart:
    """A part of a refund that was written down."""

    id: UUID
    payment_id: UUID
    source: PartSource
    destination: PartDestination
    amount: Decimal
    points: int


@dataclass(frozen=True)
class Refund:
    """A refund whose order is locked; `payment_id`: it gives back what of this payment never counted for the order."""

    id: UUID
    refund_number: str
    payment_id: UUID | None
    amount: Decimal
    currency: str
    status: RefundStatus
    parts: Sequence[RefundPart]

    @property
    def is_under_way(self) -> bool:
        """Whether nobody has said yet what became of it."""
        return self.status in ("PENDING", "NEEDS_REVIEW")


@dataclass(frozen=True)
class NewRefund:
    """A refund to be written down; amounts in major units of `currency`."""

    payment_id: UUID | None
    amount: Decimal
    currency: str
    reason: str
    destination: Destination
    parts: Sequence[Part]
    created_by: UUID
    request_key: str | None


def insert(tx: Transaction, order: LockedOrder, new: NewRefund) -> UUID:
    """Write a refund down as PENDING, its gateway part claimed; its id. The order must be locked."""
    refund_id = UUID(
        str(
            tx.value(
                """
                insert into refunds (refund_number, order_id, payment_id, user_id, amount, currency, reason, destination,
                                     request_key, created_by_user_id)
                values (take_number('RFD'), :order_id, :payment_id, :user_id, :amount, :currency, :reason, :destination,
                        :request_key, :created_by)
                returning id
                """,
                order_id=order.id,
                payment_id=new.payment_id,
                user_id=order.user_id,
                amount=new.amount,
                currency=new.currency,
                reason=new.reason,
                destination=new.destination,
                request_key=new.request_key,
                created_by=new.created_by,
            )
        )
    )
    tx.run(
        """
        insert into refund_parts (refund_id, payment_id, source, destination, amount, points, hold_id, claimed_at)
        select :refund_id::uuid, payment_id, source, destination, amount, points, hold_id,
               case when destination = 'GATEWAY' then now() end
        from jsonb_to_recordset(:parts::jsonb) as part(payment_id uuid, source text, destination text, amount numeric,
                                                       points integer, hold_id uuid)
        """,
        refund_id=refund_id,
        parts=json.dumps([vars(part) for part in new.parts], default=str),
    )
    return refund_id


def lock_refund(tx: Transaction, refund_id: UUID) -> tuple[LockedOrder, Refund]:
    """Lock a refund's order, which guards the refund too. Raises LookupError where there is no such refund."""
    order_id = UUID(str(tx.value("select order_id from refunds where id = :id", id=refund_id)))
    order = lock_order(tx, order_id)
    if order is None:
        raise LookupError(f"refund {refund_id} has no order")
    return order, read(tx, refund_id)


def read(tx: Transaction, refund_id: UUID) -> Refund:
    """A refund whose order is locked. Raises LookupError where there is none."""
    row = tx.row(
        """
        select refund_number, payment_id, money(amount, currency), currency, status from refunds where id = :id
        """,
        id=refund_id,
    )
    if row is None:
        raise LookupError(f"there is no refund {refund_id}")
    parts = tx.run(
        """
        select f.id, f.payment_id, f.source, f.destination, money(f.amount, r.currency), f.points
        from refund_parts f join refunds r on r.id = f.refund_id where r.id = :id
        order by array_position(array['POINTS', 'CASHBACK', 'WALLET', 'GATEWAY', 'MANUAL'], f.source), f.id
        """,
        id=refund_id,
    )
    number, payment_id, amount, currency, status = row
    return Refund(refund_id, number, payment_id, amount, currency, status, [RefundPart(*part) for part in parts])


def answer(tx: Transaction, refund_id: UUID) -> bytes:
    """A refund as staff are shown it."""
    return tx.json(
        f"select {REFUND}::text from refunds r where r.id = :id",  # noqa: S608 - a constant
        id=refund_id,
        staff=True,
        balance_currency=config().loyalty.currency,
    )
