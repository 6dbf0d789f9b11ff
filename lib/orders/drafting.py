"""Drafts of orders: what they come to, and writing them. Nothing of a draft is promised to anybody until it is issued."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib.db import Transaction
from lib.errors import FieldError, Invalid
from lib.money import DECIMALS, is_exact
from lib.orders.items import NewItem
from lib.orders.totals import Totals, totals

OrderType = Literal["SERVICE", "MANUAL_INVOICE", "EXTRA", "CUSTOM_FEE", "OTHER"]

# A draft's items in the form in which they were sent; `o` is the order.
ITEMS_AS_SENT = """
    (select json_agg(json_build_object(
         'description_ar', i.description_ar, 'description_en', i.description_en, 'quantity', i.quantity::text,
         'unit_price', i.unit_price::text, 'item_type', i.item_type, 'item_details', i.item_details) order by i.position)
     from order_items i where i.order_id = o.id)
"""


@dataclass(frozen=True)
class Draft:
    """What an order is made of; a free one comes to nothing."""

    user_id: UUID
    order_type: OrderType
    items: Sequence[NewItem]
    tax_rate: Decimal
    discount_amount: Decimal
    currency: str
    notes_ar: str | None = None
    notes_en: str | None = None
    due_date: date | None = None
    is_free: bool = False


def require_user(tx: Transaction, user_id: UUID) -> None:
    """Raise Invalid where nobody has this id."""
    if not tx.row("select 1 from users where id = :id", id=user_id):
        raise Invalid.field(["body", "user_id"], "is no user that we know")


def amounts_of(draft: Draft) -> Totals:
    """What a draft comes to. Raises Invalid, naming the field of the request that keeps it from adding up."""
    _require_decimals(draft)
    try:
        return totals(
            [(item.quantity, item.unit_price) for item in draft.items],
            tax_rate=draft.tax_rate,
            discount_amount=draft.discount_amount,
            currency=draft.currency,
            is_free=draft.is_free,
        )
    except ValueError as error:
        raise Invalid.field(["body", "discount_amount" if "subtotal" in str(error) else "items"], str(error)) from None


def _require_decimals(draft: Draft) -> None:
    places: list[tuple[list[str | int], Decimal]] = [(["body", "discount_amount"], draft.discount_amount)]
    places += [(["body", "items", index, "unit_price"], item.unit_price) for index, item in enumerate(draft.items)]
    message = f"must have at most {DECIMALS[draft.currency]} decimals in {draft.currency}"
    wrong: list[FieldError] = [
        {"loc": place, "msg": message, "type": "decimals"}
        for place, amount in places
        if not is_exact(amount, draft.currency)
    ]
    if wrong:
        raise Invalid(wrong)


def insert_draft(tx: Transaction, draft: Draft, amounts: Totals, created_by: UUID) -> UUID:
    """Write a draft, which gets its order number; its id."""
    order_id = UUID(
        str(
            tx.value(
                """
                insert into orders (order_number, user_id, created_by_user_id, order_type, currency, subtotal,
                                    discount_amount, tax_rate, tax_amount, total_amount, is_free, notes_ar, notes_en,
                                    due_date)
                values (take_number('ORD'), :user_id, :created_by, :order_type, :currency, :subtotal, :discount_amount,
                        :tax_rate, :tax_amount, :total_amount, :is_free, :notes_ar, :notes_en, :due_date)
                returning id
                """,
                created_by=created_by,
                is_free=draft.is_free,
                **_columns(draft, amounts),
            )
        )
    )
    _insert_items(tx, order_id, draft.items, amounts)
    return order_id


def replace_draft(tx: Transaction, order_id: UUID, draft: Draft, amounts: Totals) -> None:
    """Put what a draft now is into the place of what it was. The order must be locked, and a draft."""
    tx.run(
        """
        update orders set user_id = :user_id, order_type = :order_type, currency = :currency, subtotal = :subtotal,
               discount_amount = :discount_amount, tax_rate = :tax_rate, tax_amount = :tax_amount,
               total_amount = :total_amount, notes_ar = :notes_ar, notes_en = :notes_en, due_date = :due_date,
               updated_at = now()
        where id = :id
        """,
        id=order_id,
        **_columns(draft, amounts),
    )
    tx.run("delete from order_items where order_id = :id", id=order_id)
    _insert_items(tx, order_id, draft.items, amounts)


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
        {**item.model_dump(mode="json"), "position": place, "total_price": str(total)}
        for place, (item, total) in enumerate(zip(items, amounts.lines, strict=True), start=1)
    ]
    tx.run(
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
