"""Every statement that changes refunds, their parts and credit notes. The order of the refund must be locked.

Only the claim of a job needs no lock on the order.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from lib.db import Column, Transaction
from lib.orders.locks import LockedOrder, lock_order
from lib.refunds.allocating import Destination, Part, PartDestination, PartSource

RefundStatus = Literal["PENDING", "COMPLETED", "REJECTED", "NEEDS_REVIEW"]
# GATEWAY: nobody asked for it here; the gateway's list showed it.
RefundOrigin = Literal["STAFF", "GATEWAY"]


@dataclass(frozen=True, kw_only=True)
class RefundPart:
    """A part of a refund that was inserted; `amount` in major units of the refund's currency.

    `hold_id`: of the balance that it gives back. `points_before`: how many of its points completed refunds gave back.
    """

    id: UUID
    payment_id: UUID
    source: PartSource
    destination: PartDestination
    amount: Decimal
    points: int
    hold_id: UUID | None
    points_before: int


@dataclass(frozen=True, kw_only=True)
class LockedRefund:
    """A refund whose order is locked. `payment_id`: it refunds money of this payment that was never applied to the order."""

    id: UUID
    refund_number: str
    payment_id: UUID | None
    currency: str
    status: RefundStatus
    origin: RefundOrigin
    amount: Annotated[Decimal, Column("money(amount, currency)")]

    @property
    def is_under_way(self) -> bool:
        """Whether its outcome is not known yet."""
        return self.status in ("PENDING", "NEEDS_REVIEW")


@dataclass(frozen=True, kw_only=True)
class NewRefund:
    """A refund to insert; amounts in major units of `currency`.

    `note`: how it was given back by hand. `gateway_request_id`: the row of the gateway's list that nobody asked for here.
    """

    payment_id: UUID | None
    amount: Decimal
    currency: str
    reason: str
    destination: Destination
    parts: Sequence[Part]
    created_by: UUID | None
    request_key: str | None = None
    note: str | None = None
    gateway_request_id: UUID | None = None


def lock_refund(tx: Transaction, refund_id: UUID) -> tuple[LockedOrder, LockedRefund]:
    """Lock a refund's order, which also guards the refund. Raises LookupError if there is no such refund."""
    order_id = tx.value(UUID, "select order_id from refunds where id = :id", id=refund_id)
    return lock_order(tx, order_id), read_refund(tx, refund_id)


def read_refund(tx: Transaction, refund_id: UUID) -> LockedRefund:
    """A refund whose order is locked. Raises LookupError if there is none."""
    return tx.one(LockedRefund, "select :row from refunds where id = :id", id=refund_id)


def parts_of_refund(tx: Transaction, refund: LockedRefund) -> list[RefundPart]:
    """The parts of a refund, balances first."""
    return tx.all(
        RefundPart,
        """
        select id, payment_id, source, destination, money(amount, :currency) as amount, points, hold_id,
               (select coalesce(sum(e.points), 0)::integer
                from refund_parts e join refunds r on r.id = e.refund_id
                where e.hold_id = f.hold_id and r.id <> :id and r.status = 'COMPLETED') as points_before
        from refund_parts f where refund_id = :id
        order by array_position(array['POINTS', 'CASHBACK', 'WALLET', 'GATEWAY', 'MANUAL'], source), id
        """,
        id=refund.id,
        currency=refund.currency,
    )


def insert(tx: Transaction, order: LockedOrder, new: NewRefund) -> LockedRefund:
    """Insert a PENDING refund and its parts. The part for the gateway is marked as claimed."""
    refund = tx.one(
        LockedRefund,
        """
        insert into refunds (refund_number, order_id, payment_id, user_id, amount, currency, reason, destination,
                             request_key, created_by_user_id, note, gateway_request_id, origin)
        values (take_number('RFD'), :order_id, :payment_id, :user_id, :amount, :currency, :reason, :destination,
                :request_key, :created_by, :note, :gateway_request_id::uuid,
                case when :gateway_request_id::uuid is null then 'STAFF' else 'GATEWAY' end)
        returning :row
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
        note=new.note,
        gateway_request_id=new.gateway_request_id,
    )
    tx.run(
        """
        insert into refund_parts (refund_id, payment_id, source, destination, amount, points, hold_id, claimed_at,
                                  gateway_amount, gateway_currency)
        select :refund_id::uuid, payment_id, source, destination, amount, points, hold_id,
               case when destination = 'GATEWAY' then now() end, gateway_amount, gateway_currency
        from jsonb_to_recordset(:parts::jsonb) as part(payment_id uuid, source text, destination text, amount numeric,
                                                       points integer, hold_id uuid, gateway_amount numeric,
                                                       gateway_currency text)
        """,
        refund_id=refund.id,
        parts=json.dumps([vars(part) for part in new.parts], default=str),
    )
    return refund


def mark_completed(tx: Transaction, refund: LockedRefund) -> LockedRefund:
    """PENDING or NEEDS_REVIEW → COMPLETED."""
    sql = """
        update refunds set status = 'COMPLETED', message = null, completed_at = now(), updated_at = now()
        where id = :id and is_under_way(refunds) returning :row
        """
    return tx.one(LockedRefund, sql, id=refund.id)


def mark_rejected(tx: Transaction, refund: LockedRefund, message: str) -> LockedRefund:
    """PENDING or NEEDS_REVIEW → REJECTED."""
    sql = """
        update refunds set status = 'REJECTED', message = :message, updated_at = now()
        where id = :id and is_under_way(refunds) returning :row
        """
    return tx.one(LockedRefund, sql, id=refund.id, message=message)


def mark_needs_review(tx: Transaction, refund: LockedRefund, message: str) -> LockedRefund:
    """PENDING → NEEDS_REVIEW."""
    sql = """
        update refunds set status = 'NEEDS_REVIEW', message = :message, updated_at = now()
        where id = :id and status = 'PENDING' returning :row
        """
    return tx.one(LockedRefund, sql, id=refund.id, message=message)


def write_taken_back(tx: Transaction, refund: LockedRefund, *, points: int, cashback: Decimal) -> LockedRefund:
    """Write down what a COMPLETED refund took back of what its order had earned."""
    sql = """
        update refunds set points_taken_back = :points, cashback_taken_back = :cashback
        where id = :id and status = 'COMPLETED' returning :row
        """
    return tx.one(LockedRefund, sql, id=refund.id, points=points, cashback=cashback)


def mark_submitted(tx: Transaction, refund: LockedRefund) -> LockedRefund:
    """Write down that the gateway has taken the request. It decides later."""
    sql = "update refunds set submitted_at = now(), updated_at = now() where id = :id returning :row"
    return tx.one(LockedRefund, sql, id=refund.id)


def mark_pending_again(tx: Transaction, refund: LockedRefund) -> LockedRefund:
    """NEEDS_REVIEW → PENDING: the gateway's list shows that it has the request after all."""
    sql = """
        update refunds set status = 'PENDING', message = null, updated_at = now()
        where id = :id and status = 'NEEDS_REVIEW' returning :row
        """
    return tx.one(LockedRefund, sql, id=refund.id)


def tie(tx: Transaction, refund_id: UUID, request_id: UUID) -> None:
    """Write down which row of the gateway's list is this refund. A row is one refund's, and for good."""
    sql = """
        update refunds set gateway_request_id = :request_id, submitted_at = coalesce(submitted_at, now())
        where id = :id and gateway_request_id is null returning id
        """
    tx.value(UUID, sql, id=refund_id, request_id=request_id)


def confirm_parts(tx: Transaction, refund: LockedRefund) -> None:
    """Write down that the gateway itself has shown the parts that it sends as sent."""
    sql = """
        update refund_parts set confirmed_at = now()
        where refund_id = :id and destination = 'GATEWAY' and confirmed_at is null
        """
    tx.run(sql, id=refund.id)


def ask_withdrawal(tx: Transaction, refund: LockedRefund) -> LockedRefund:
    """Write down that staff want a PENDING refund back, before the gateway is asked."""
    sql = "update refunds set withdrawal_asked_at = now() where id = :id and status = 'PENDING' returning :row"
    return tx.one(LockedRefund, sql, id=refund.id)


def claim_unanswered(tx: Transaction, began: datetime, *, minutes: int) -> UUID | None:
    """Claim a refund of which nobody knows whether the gateway has it (`is_unanswered`). None if none is left.

    `began`: when the run began. No refund is claimed twice in one run.
    """
    sql = """
        update refunds set updated_at = clock_timestamp()
        where id = (select r.id from refunds r
                    where r.status = 'PENDING' and is_unanswered(r, :began::timestamptz, :minutes::integer)
                    order by r.created_at limit 1 for update skip locked)
        returning id
        """
    return tx.first_value(UUID, sql, began=began, minutes=minutes)


def insert_credit_note(tx: Transaction, refund: LockedRefund, *, tax: Decimal) -> None:
    """Insert the credit note of a refund, with a number without gaps and a snapshot of the refund and its invoice."""
    tx.run(
        """
        insert into credit_notes (refund_id, order_id, invoice_id, credit_note_number, snapshot)
        select r.id, o.id, i.id, take_number('CRN'), jsonb_build_object(
            'invoice_number', i.invoice_number, 'order_number', o.order_number, 'refund_number', r.refund_number,
            'seller', i.snapshot -> 'seller', 'buyer', i.snapshot -> 'buyer', 'currency', r.currency,
            'amount', money(r.amount, r.currency), 'tax_rate', i.snapshot -> 'tax_rate',
            'tax_amount', money(:tax::numeric, r.currency), 'reason', r.reason,
            'parts', (select jsonb_agg(jsonb_build_object(
                          'source', f.source, 'destination', f.destination, 'amount', money(f.amount, r.currency),
                          'points', f.points) order by f.source, f.id)
                      from refund_parts f where f.refund_id = r.id))
        from refunds r join orders o on o.id = r.order_id join invoices i on i.order_id = o.id where r.id = :refund_id
        """,
        refund_id=refund.id,
        tax=tax,
    )
