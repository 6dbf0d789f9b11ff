"""Every statement that changes orders, their items and their invoices. The order must be locked.

Each function checks in SQL the status that its move starts from, and returns the order as it is afterwards.
"""

import json
import secrets as randomness
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from lib.config import config
from lib.db import Transaction
from lib.orders.drafting import Draft
from lib.orders.items import NewItem
from lib.orders.locks import LockedOrder
from lib.orders.totals import Totals


def insert_draft(tx: Transaction, draft: Draft, amounts: Totals, *, created_by: UUID) -> LockedOrder:
    """Insert a draft, with a new order number. Nobody else sees it before the commit, so it needs no lock."""
    order = tx.one(
        LockedOrder,
        """
        insert into orders (order_number, user_id, created_by_user_id, order_type, currency, subtotal,
                            discount_amount, tax_rate, tax_amount, total_amount, is_free, notes_ar, notes_en, due_date,
                            is_on_account)
        values (take_number('ORD'), :user_id, :created_by, :order_type, :currency, :subtotal, :discount_amount,
                :tax_rate, :tax_amount, :total_amount, :is_free, :notes_ar, :notes_en, :due_date, :is_on_account)
        returning :row
        """,
        created_by=created_by,
        is_free=draft.is_free,
        is_on_account=draft.is_on_account,
        **_columns(draft, amounts),
    )
    _insert_items(tx, order.id, draft.items, amounts)
    return order


def replace_draft(tx: Transaction, order: LockedOrder, draft: Draft, amounts: Totals) -> LockedOrder:
    """Replace the contents of a draft."""
    replaced = tx.one(
        LockedOrder,
        """
        update orders set user_id = :user_id, order_type = :order_type, currency = :currency, subtotal = :subtotal,
               discount_amount = :discount_amount, tax_rate = :tax_rate, tax_amount = :tax_amount,
               total_amount = :total_amount, notes_ar = :notes_ar, notes_en = :notes_en, due_date = :due_date,
               is_free = :is_free, updated_at = now()
        where id = :id and status = 'DRAFT' returning :row
        """,
        id=order.id,
        is_free=draft.is_free,
        **_columns(draft, amounts),
    )
    tx.run("delete from order_items where order_id = :id", id=order.id)
    _insert_items(tx, order.id, draft.items, amounts)
    return replaced


def replace_notes(
    tx: Transaction, order: LockedOrder, *, notes_ar: str | None, notes_en: str | None, due_date: date | None
) -> None:
    """Replace the notes and the due date of an ISSUED order. Its invoice keeps those with which it was issued."""
    tx.value(
        UUID,
        """
        update orders set notes_ar = :notes_ar, notes_en = :notes_en, due_date = :due_date, updated_at = now()
        where id = :id and status = 'ISSUED' returning id
        """,
        id=order.id,
        notes_ar=notes_ar,
        notes_en=notes_en,
        due_date=due_date,
    )


def delete_draft(tx: Transaction, order: LockedOrder) -> None:
    """Delete a draft and its items."""
    tx.value(UUID, "delete from orders where id = :id and status = 'DRAFT' returning id", id=order.id)


def mark_issued(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """DRAFT → ISSUED."""
    return tx.one(
        LockedOrder,
        """
        update orders set status = 'ISSUED', issued_at = now(), updated_at = now()
        where id = :id and status = 'DRAFT' returning :row
        """,
        id=order.id,
    )


def insert_invoice(tx: Transaction, order: LockedOrder) -> None:
    """Insert the invoice of an order, with a number without gaps and a snapshot of everything that is printed on it."""
    tx.send(
        """
        insert into invoices (order_id, invoice_number, verify_token, snapshot)
        select o.id, take_number('INV'), :verify_token, jsonb_build_object(
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
        from orders o join users u on u.id = o.user_id where o.id = :id
        """,
        id=order.id,
        verify_token=randomness.token_urlsafe(24),
        seller=config().seller.model_dump_json(),
    )


def apply_payment(tx: Transaction, order: LockedOrder, amount: Decimal) -> LockedOrder | None:
    """Add an amount to what is paid; the order becomes PAID once nothing is left to pay. None if the order can't take it.

    An order takes money while it is ISSUED and its booking, if any, is not called off, up to what is left to pay.
    """
    return tx.first(
        LockedOrder,
        """
        update orders set amount_paid = amount_paid + :amount::numeric, updated_at = now(),
               payment_status = case when amount_paid + :amount::numeric = total_amount then 'PAID'
                                     else 'PARTIALLY_PAID' end,
               status = case when amount_paid + :amount::numeric = total_amount then 'PAID' else status end,
               paid_at = case when amount_paid + :amount::numeric = total_amount then now() else paid_at end
        where id = :id and status = 'ISSUED' and amount_paid + :amount::numeric <= total_amount
          and not exists (select from bookings where order_id = orders.id and status in ('CANCELLED', 'REFUNDED'))
        returning :row
        """,
        id=order.id,
        amount=amount,
    )


def cancel(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """DRAFT or ISSUED → CANCELLED, if nothing is paid."""
    return tx.one(
        LockedOrder,
        """
        update orders set status = 'CANCELLED', updated_at = now()
        where id = :id and status in ('DRAFT', 'ISSUED') and amount_paid = 0 returning :row
        """,
        id=order.id,
    )


def write_off(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """Write off all that is left to pay of an ISSUED order: it becomes PAID, or CANCELLED if nothing of it was paid."""
    return tx.one(
        LockedOrder,
        """
        update orders set amount_written_off = total_amount - amount_paid, updated_at = now(),
               status = case when amount_paid > 0 then 'PAID' else 'CANCELLED' end,
               payment_status = case when amount_paid > 0 then 'PAID' else payment_status end,
               paid_at = case when amount_paid > 0 then now() end
        where id = :id and status = 'ISSUED' returning :row
        """,
        id=order.id,
    )


def apply_refund(tx: Transaction, order: LockedOrder, amount: Decimal) -> LockedOrder:
    """Add an amount to what is refunded of a PAID order; it becomes REFUNDED once everything is."""
    return tx.one(
        LockedOrder,
        """
        update orders set amount_refunded = amount_refunded + :amount::numeric, updated_at = now(),
               status = case when amount_refunded + :amount::numeric = amount_paid then 'REFUNDED' else status end,
               payment_status = case when amount_refunded + :amount::numeric = amount_paid then 'REFUNDED'
                                     else payment_status end
        where id = :id and status = 'PAID' returning :row
        """,
        id=order.id,
        amount=amount,
    )


def withdraw_payment(tx: Transaction, order: LockedOrder, amount: Decimal) -> LockedOrder:
    """Subtract an amount from what is paid of an ISSUED order. Its invoice does not change, and it can be paid again."""
    return tx.one(
        LockedOrder,
        """
        update orders set amount_paid = amount_paid - :amount::numeric, updated_at = now(),
               payment_status = case when amount_paid = :amount::numeric then 'UNPAID' else payment_status end
        where id = :id and status = 'ISSUED' returning :row
        """,
        id=order.id,
        amount=amount,
    )


def _columns(draft: Draft, amounts: Totals) -> Mapping[str, object]:
    return {
        "user_id": draft.user_id,
        "order_type": draft.order_type,
        "currency": draft.currency,
        "subtotal": amounts.subtotal,
        "discount_amount": amounts.discount_amount,
        "tax_rate": draft.tax_rate,
        "tax_amount": amounts.tax_amount,
        "total_amount": amounts.total_amount,
        "notes_ar": draft.notes_ar,
        "notes_en": draft.notes_en,
        "due_date": draft.due_date,
    }


def _insert_items(tx: Transaction, order_id: UUID, items: Sequence[NewItem], amounts: Totals) -> None:
    rows = [
        {**item.model_dump(mode="json"), "position": position, "total_price": str(total)}
        for position, (item, total) in enumerate(zip(items, amounts.lines, strict=True), start=1)
    ]
    tx.send(
        """
        insert into order_items (order_id, position, description_ar, description_en, quantity, unit_price, total_price,
                                 item_type, item_details)
        select :order_id::uuid, position, description_ar, description_en, quantity, unit_price, total_price, item_type,
               item_details::jsonb
        from jsonb_to_recordset(:rows::jsonb) as item(position integer, description_ar text, description_en text,
                                                      quantity numeric, unit_price numeric, total_price numeric,
                                                      item_type text, item_details text)
        """,
        order_id=order_id,
        rows=json.dumps(rows),
    )
