"""Issuing an order: its invoice, with a number without gaps and everything printed on it as it is now."""

import secrets as randomness
from uuid import UUID

from lib.bookings.moves import confirm_paid, require_priced
from lib.config import config
from lib.db import Transaction
from lib.errors import IllegalMove

_SNAPSHOT = """
    jsonb_build_object(
        'order_number', o.order_number, 'due_date', o.due_date, 'currency', o.currency,
        'seller', :seller::jsonb,
        'buyer', jsonb_build_object('id', u.id, 'name', u.first_name || ' ' || u.last_name, 'email', u.email,
                                    'phone', u.phone, 'country', u.country, 'language', u.language),
        'lines', (
            select jsonb_agg(jsonb_build_object(
                'description_ar', i.description_ar, 'description_en', i.description_en,
                'quantity', trim_scale(i.quantity), 'unit_price', money(i.unit_price, o.currency),
                'total_price', money(i.total_price, o.currency)) order by i.position)
            from order_items i where i.order_id = o.id),
        'notes_ar', o.notes_ar, 'notes_en', o.notes_en,
        'subtotal', money(o.subtotal, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
        'tax_rate', trim_scale(o.tax_rate), 'tax_amount', money(o.tax_amount, o.currency),
        'total_amount', money(o.total_amount, o.currency))
"""


def issue(tx: Transaction, order_id: UUID) -> None:
    """DRAFT → ISSUED, and on to PAID where there is nothing to pay. The order must be locked.

    Raises IllegalMove, or NotPriced for the order of a booking that has no price yet.
    """
    row = tx.row("select status, total_amount from orders where id = :id", id=order_id)
    if row is None or row[0] != "DRAFT":
        raise IllegalMove("The order", row[0] if row else "gone", "issued")
    require_priced(tx, order_id)
    tx.run("update orders set status = 'ISSUED', issued_at = now(), updated_at = now() where id = :id", id=order_id)
    tx.run(
        f"""
        insert into invoices (order_id, invoice_number, verify_token, snapshot)
        select o.id, take_number('INV'), :verify_token, {_SNAPSHOT}
        from orders o join users u on u.id = o.user_id where o.id = :id
        """,  # noqa: S608 - the snapshot is a constant
        id=order_id,
        verify_token=randomness.token_urlsafe(24),
        seller=config().seller.model_dump_json(),
    )
    if row[1] == 0:
        tx.run(
            "update orders set status = 'PAID', payment_status = 'PAID', paid_at = now(), updated_at = now() where id = :id",
            id=order_id,
        )
        confirm_paid(tx, order_id)
