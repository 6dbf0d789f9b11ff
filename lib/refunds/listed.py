"""The gateway's list of refunds as it was last seen, and every statement that changes it.

Storing what was seen needs no lock. What a row means for a payment is changed with the lock of the payment's order.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.fawaterk.refunds import ListedRefund, RefundState
from lib.payments.locks import LockedPayment

# How long a row waits after the first answer about it of which nothing can be made.
ODD_ANSWER_MINUTES = 10


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What storing a page came to: how many of its rows were new, and how many rows of the list are known now."""

    new_rows: int
    known_rows: int


@dataclass(frozen=True, kw_only=True)
class SeenRefund:
    """A row of the list of which a payment's money is sent back; `amount` as the list tells it, without a currency."""

    id: UUID
    gateway_id: str
    amount: Decimal
    state: RefundState
    state_text: str
    requested_at: datetime | None
    first_seen_at: datetime
    excess: Decimal
    decided_at: datetime | None

    @property
    def said(self) -> str:
        """What the gateway does about it, in the words of a sentence."""
        known = {"APPROVED": "has sent it", "GONE": "does not list it any more"}
        unknown = f"calls it {self.state_text!r}" if self.state_text else "tells nothing of it that can be read"
        return known.get(self.state, unknown)


@dataclass(frozen=True, kw_only=True)
class OpenRefund:
    """A row of the list about which the gateway has not decided, as far as we know."""

    id: UUID
    gateway_id: str


@db.in_transaction
def store(tx: Transaction, refunds: Sequence[ListedRefund]) -> Stored:
    """Store rows of the list: new ones, and the present state of those that are known."""
    rows = [
        {
            "gateway_id": one.gateway_id,
            "kind": one.kind,
            "refundable_id": one.refundable_id,
            "amount": one.amount,
            "state": one.state,
            "state_text": one.state_text,
            "requested_at": one.requested_at,
        }
        for one in {one.gateway_id: one for one in refunds}.values()
    ]
    return tx.one(
        Stored,
        """
        with seen as materialized (
            select * from jsonb_to_recordset(:rows::jsonb) as row (
                gateway_id text, kind text, refundable_id text, amount numeric, state text, state_text text,
                requested_at timestamptz)
        ), before as materialized (
            select count(*) filter (where q.state <> 'GONE') as known,
                   count(*) filter (where q.gateway_id in (select gateway_id from seen)) as seen_before
            from gateway_refund_requests q
        ), stored as (
            insert into gateway_refund_requests (gateway_id, kind, refundable_id, amount, state, state_text, requested_at)
            select gateway_id, kind, refundable_id, amount, state, state_text, requested_at from seen order by gateway_id
            on conflict (gateway_id) do update
            set state = excluded.state, state_text = excluded.state_text, looked_at = clock_timestamp(), odd_answers = 0,
                look_due_at = now()
        )
        select (select count(*) from seen) - seen_before as new_rows,
               known + (select count(*) from seen) - seen_before as known_rows
        from before
        """,
        rows=json.dumps(rows, default=str),
    )


@db.in_transaction
def write_state(tx: Transaction, row_id: UUID, state: RefundState, state_text: str) -> None:
    """Store what the gateway says of one row."""
    sql = """
        update gateway_refund_requests set state = :state, state_text = :state_text, looked_at = clock_timestamp(),
               odd_answers = 0, look_due_at = now()
        where id = :id
        """
    tx.run(sql, id=row_id, state=state, state_text=state_text)


@db.in_transaction
def put_off(tx: Transaction, row_id: UUID) -> int:
    """Count an answer about one row of which nothing can be made; the job asks again after twice as long, at most a day.

    An answer before that time changes nothing but `looked_at`. Returns how many such answers came in a row.
    """
    sql = """
        update gateway_refund_requests set looked_at = clock_timestamp(),
               odd_answers = odd_answers + (look_due_at <= now())::integer,
               look_due_at = case when look_due_at > now() then look_due_at else now() + least(
                   make_interval(mins => :minutes::integer) * 2 ^ least(odd_answers, 30), '1 day') end
        where id = :id returning odd_answers
        """
    return tx.value(int, sql, id=row_id, minutes=ODD_ANSWER_MINUTES)


@db.in_transaction
def write_unreadable(tx: Transaction, row_id: UUID) -> None:
    """Write down that nobody can read what became of a row, so that a person looks; the job goes on asking about it."""
    sql = "update gateway_refund_requests set state = 'UNKNOWN', state_text = '' where id = :id and state = 'PENDING'"
    tx.run(sql, id=row_id)


def write_excess(tx: Transaction, row_id: UUID, excess: Decimal, currency: str) -> None:
    """Write down how much more a row is than was left of its payment."""
    sql = "update gateway_refund_requests set excess = :excess, excess_currency = :currency where id = :id"
    tx.run(sql, id=row_id, excess=excess, currency=currency)


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a row sent back beyond what was left of its payment, and nobody can book otherwise."""

    id: UUID
    excess: Decimal
    currency: str


def mark_lost(tx: Transaction, payment: LockedPayment) -> list[Loss]:
    """Write down that the excess of a payment's rows is lost, which a person has not decided about yet; these rows."""
    sql = """
        update gateway_refund_requests set lost_at = now()
        where id in (select id from payment_refund_requests where payment_id = :payment_id)
          and state = 'APPROVED' and excess > 0 and decided_at is null and lost_at is null
        returning id, money(excess, coalesce(excess_currency, :currency)) as excess,
                  coalesce(excess_currency, :currency) as currency
        """
    return [
        Loss(id=row_id, excess=excess, currency=currency)
        for row_id, excess, currency in tx.run(sql, payment_id=payment.id, currency=payment.currency)
    ]


def mark_decided(tx: Transaction, payment_id: UUID) -> None:
    """Write down that a person has decided about the rows of a payment that were shown to them."""
    sql = """
        update gateway_refund_requests set decided_at = now()
        where id in (select id from payment_refund_requests where payment_id = :payment_id)
          and state in ('APPROVED', 'UNKNOWN', 'GONE') and decided_at is null
        """
    tx.run(sql, payment_id=payment_id)


def rows_of(tx: Transaction, payment_id: UUID) -> list[SeenRefund]:
    """The rows of the list that send back money of a payment, oldest first."""
    sql = """
        select :row from payment_refund_requests where payment_id = :payment_id
        order by coalesce(requested_at, first_seen_at), length(gateway_id), gateway_id
        """
    return tx.all(SeenRefund, sql, payment_id=payment_id)


def open_rows(order_id: UUID | None, looked_before: datetime, *, most: int) -> list[OpenRefund]:
    """The undecided rows that were not seen since then: of one order, or all that are due; oldest look first."""
    return db.read.all(
        OpenRefund,
        """
        select q.id, q.gateway_id from gateway_refund_requests q
        where q.state in ('PENDING', 'UNKNOWN') and q.looked_at < :before::timestamptz
          and case when :order_id::uuid is null then q.look_due_at <= now() else q.id in (
                   select r.id from payment_refund_requests r join payments p on p.id = r.payment_id
                   where p.order_id = :order_id::uuid) end
        order by q.looked_at limit :most::integer
        """,
        before=looked_before,
        order_id=order_id,
        most=most,
    )


def payments_to_match() -> list[UUID]:
    """The settled payments of which the list shows what their refunds here do not have yet."""
    return db.read.column(
        UUID,
        """
        select distinct q.payment_id from payment_refund_requests q
        join payments p on p.id = q.payment_id and is_settled(p)
        left join refunds r on r.gateway_request_id = q.id
        where r.id is null and q.excess = 0
              and (q.state in ('PENDING', 'APPROVED', 'UNKNOWN')
                   or exists (select from gateway_refunds g
                              where g.payment_id = p.id and g.gateway_request_id is null and g.status <> 'COMPLETED'))
           or r.status = 'PENDING' and q.state <> 'PENDING'
           or r.status = 'NEEDS_REVIEW'
              and (q.state = 'REJECTED' or r.origin = 'STAFF' and q.state in ('PENDING', 'APPROVED'))
           or (r.status = 'NEEDS_REVIEW' and r.origin = 'GATEWAY' or q.excess > 0)
              and q.state <> 'PENDING' and q.decided_at is null and not in_review(p)
        limit 1000
        """,
    )
