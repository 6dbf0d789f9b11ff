"""Reads what was paid of an order, and how much of that refunds have taken. The order must be locked."""

from dataclasses import dataclass
from decimal import Decimal

from lib.db import Transaction
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment
from lib.refunds.allocating import Paid, PartSource


def paid_of_order(tx: Transaction, order: LockedOrder) -> list[Paid]:
    """What each payment of a locked order has paid of it, oldest first, and how much of that refunds have taken.

    Refunds under way count as well as completed ones.
    """
    return tx.all(
        Paid,
        """
        with taken as (
            select f.payment_id, f.hold_id, sum(f.amount) as amount, sum(f.points)::integer as points
            from refund_parts f join refunds r on r.id = f.refund_id
            where r.order_id = :order_id and r.payment_id is null and r.status <> 'REJECTED'
            group by f.payment_id, f.hold_id
        ), paid as (
            select p.id, p.paid_at, h.source, h.amount, h.points, h.id as hold_id, null as invoice_id,
                   null as transaction_id, null as held_currency, null::numeric as held_amount, null::numeric as received
            from payments p join holds h on h.payment_id = p.id and h.state = 'SPENT'
            where p.order_id = :order_id and p.status in ('PAID', 'PARTIALLY_REFUNDED')
            union all
            select p.id, p.paid_at, case p.payment_type when 'MANUAL' then 'MANUAL' else 'GATEWAY' end, p.applied_amount,
                   0, null, case when p.received_currency = p.currency and p.received_amount >= p.applied_amount
                                 then refundable_invoice(p) end,
                   p.gateway_transaction_id, held_currency(p), held_amount(p), p.received_amount
            from payments p
            where p.order_id = :order_id and p.status in ('PAID', 'PARTIALLY_REFUNDED') and p.applied_amount > 0
        )
        select paid.id as payment_id, paid.source, money(paid.amount, :currency) as amount,
               money(coalesce(t.amount, 0), :currency) as taken, paid.points, coalesce(t.points, 0) as points_taken,
               paid.hold_id, paid.invoice_id, paid.transaction_id, paid.held_currency, paid.held_amount, paid.received,
               case when paid.invoice_id is null then 0 else asked_back(paid.id) end as asked_back
        from paid left join taken t on t.payment_id = paid.id and t.hold_id is not distinct from paid.hold_id
        order by paid.paid_at, paid.id
        """,
        order_id=order.id,
        currency=order.currency,
    )


@dataclass(frozen=True, kw_only=True)
class _Unapplied:
    source: PartSource
    amount: Decimal
    taken: Decimal
    currency: str
    invoice_id: str | None
    transaction_id: str | None
    held_currency: str | None
    held_amount: Decimal | None
    received: Decimal | None
    asked_back: Decimal


def unapplied_of_payment(tx: Transaction, payment: LockedPayment) -> tuple[Paid, str]:
    """The money of a locked payment that was never applied to its order, and its currency."""
    money = tx.one(
        _Unapplied,
        """
        select case p.payment_type when 'MANUAL' then 'MANUAL' else 'GATEWAY' end as source,
               money(unapplied_amount(p), coalesce(p.received_currency, p.currency)) as amount,
               (select money(coalesce(sum(f.amount), 0), coalesce(p.received_currency, p.currency))
                from refund_parts f join refunds r on r.id = f.refund_id
                where r.payment_id = p.id and r.status <> 'REJECTED') as taken,
               coalesce(p.received_currency, p.currency) as currency, refundable_invoice(p) as invoice_id,
               p.gateway_transaction_id as transaction_id, held_currency(p) as held_currency,
               held_amount(p) as held_amount, p.received_amount as received, asked_back(p.id) as asked_back
        from payments p where p.id = :id
        """,
        id=payment.id,
    )
    return Paid(
        payment_id=payment.id,
        source=money.source,
        amount=money.amount,
        taken=money.taken,
        invoice_id=money.invoice_id,
        transaction_id=money.transaction_id,
        held_currency=money.held_currency,
        held_amount=money.held_amount,
        received=money.received,
        asked_back=money.asked_back,
    ), money.currency
