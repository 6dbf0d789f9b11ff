"""What was paid of an order, and what of it refunds have taken, read under the order's lock."""

from decimal import Decimal
from uuid import UUID

from lib.db import Transaction
from lib.payments.locks import LockedOrder, LockedPayment
from lib.refunds.allocating import Paid, PartSource

# Refunds that are under way take as much as completed ones.
_TAKEN = """
    taken as (
        select f.payment_id, f.hold_id, sum(f.amount) as amount, sum(f.points) as points
        from refund_parts f join refunds r on r.id = f.refund_id
        where r.order_id = :order_id and r.payment_id is null and r.status <> 'REJECTED'
        group by f.payment_id, f.hold_id
    )
"""
# What of a payment's money never counted for its order. Money in another currency counts whole, or not at all.
UNAPPLIED = """
    (case when p.received_amount is null or p.status not in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED') then 0
          when p.received_currency = p.currency then greatest(p.received_amount - p.applied_amount, 0)
          when p.applied_amount = 0 then p.received_amount
          else 0 end)
"""
# The gateway's invoice that a payment's money came by.
_INVOICE = "case when p.payment_type <> 'MANUAL' then p.gateway_invoice_id end"


def paid_of(tx: Transaction, order: LockedOrder) -> list[Paid]:
    """What the payments of a locked order have paid of it, oldest first, with what refunds have taken of each."""
    rows = tx.run(
        f"""
        with {_TAKEN}, paid as (
            select p.id, p.paid_at, h.source, h.amount, h.points, h.id as hold_id, null as invoice_id
            from payments p join holds h on h.payment_id = p.id and h.state = 'SPENT'
            where p.order_id = :order_id and p.status in ('PAID', 'PARTIALLY_REFUNDED')
            union all
            select p.id, p.paid_at, case p.payment_type when 'MANUAL' then 'MANUAL' else 'GATEWAY' end, p.applied_amount,
                   0, null, case when p.received_currency = p.currency and p.received_amount >= p.applied_amount
                                 then {_INVOICE} end
            from payments p
            where p.order_id = :order_id and p.status in ('PAID', 'PARTIALLY_REFUNDED') and p.applied_amount > 0
        )
        select paid.id, paid.source, money(paid.amount, :currency), money(coalesce(t.amount, 0), :currency), paid.points,
               coalesce(t.points, 0), paid.hold_id, paid.invoice_id
        from paid left join taken t on t.payment_id = paid.id and t.hold_id is not distinct from paid.hold_id
        order by paid.paid_at, paid.id
        """,  # noqa: S608 - constants
        order_id=order.id,
        currency=order.currency,
    )
    return [_paid(*row) for row in rows]


def unapplied_of(tx: Transaction, payment: LockedPayment) -> tuple[Paid, str]:
    """The money of a locked payment that never counted for its order, and its currency."""
    row = tx.row(
        f"""
        select p.id, case p.payment_type when 'MANUAL' then 'MANUAL' else 'GATEWAY' end,
               money({UNAPPLIED}, coalesce(p.received_currency, p.currency)),
               (select money(coalesce(sum(f.amount), 0), p.received_currency)
                from refund_parts f join refunds r on r.id = f.refund_id
                where r.payment_id = p.id and r.status <> 'REJECTED'),
               0, 0, null, {_INVOICE}, coalesce(p.received_currency, p.currency)
        from payments p where p.id = :id
        """,  # noqa: S608 - constants
        id=payment.id,
    )
    if row is None:
        raise LookupError(f"payment {payment.id} was just locked")
    *columns, currency = row
    return _paid(*columns), currency


def _paid(
    payment_id: UUID,
    source: PartSource,
    amount: Decimal,
    taken: Decimal | None,
    points: int,
    points_taken: int,
    hold_id: UUID | None,
    invoice_id: str | None,
) -> Paid:
    return Paid(payment_id, source, amount, taken or Decimal(0), points, int(points_taken), hold_id, invoice_id)
