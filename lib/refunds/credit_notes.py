"""Credit notes: what a refund takes back of an invoice, with a number without gaps and a snapshot of its own."""

from lib.db import Transaction
from lib.money import rounded
from lib.payments.locks import LockedOrder
from lib.refunds.records import Refund

_SNAPSHOT = """
    jsonb_build_object(
        'invoice_number', i.invoice_number, 'order_number', o.order_number, 'refund_number', r.refund_number,
        'seller', i.snapshot -> 'seller', 'buyer', i.snapshot -> 'buyer', 'currency', r.currency,
        'amount', money(r.amount, r.currency), 'tax_rate', i.snapshot -> 'tax_rate',
        'tax_amount', money(:tax::numeric, r.currency), 'reason', r.reason,
        'parts', (select jsonb_agg(jsonb_build_object(
                      'source', f.source, 'destination', f.destination, 'amount', money(f.amount, r.currency),
                      'points', f.points) order by f.source, f.id)
                  from refund_parts f where f.refund_id = r.id))
"""


def issue_credit_note(tx: Transaction, order: LockedOrder, refund: Refund) -> None:
    """Write the credit note of a refund of a PAID order, as it stood before the refund."""
    tx.run(
        f"""
        insert into credit_notes (refund_id, order_id, invoice_id, credit_note_number, snapshot)
        select r.id, o.id, i.id, take_number('CRN'), {_SNAPSHOT}
        from refunds r join orders o on o.id = r.order_id join invoices i on i.order_id = o.id where r.id = :refund_id
        """,  # noqa: S608 - the snapshot is a constant
        refund_id=refund.id,
        tax=_tax_share(tx, order, refund),
    )


def _tax_share(tx: Transaction, order: LockedOrder, refund: Refund) -> object:
    """The tax in what goes back: the difference of two rounded sums, so that all shares add up to the invoice's tax."""
    row = tx.row("select tax_amount from orders where id = :id", id=order.id)
    if row is None:
        raise LookupError(f"order {order.id} was just locked")
    before, after = (
        rounded(row[0] * refunded / order.total_amount, order.currency)
        for refunded in (order.amount_refunded, order.amount_refunded + refund.amount)
    )
    return after - before
