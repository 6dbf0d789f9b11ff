"""Drafts: made, changed and deleted by staff. Nothing of them is promised to anybody until they are issued."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from functions.orders.reading import ORDER_BY_ID
from functions.orders.schemas import NewItem, NewOrder, OrderChanges
from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import FieldError, IllegalMove, Invalid, NotFound
from lib.money import DECIMALS, is_exact
from lib.orders.issuing import issue
from lib.orders.totals import Totals, totals
from lib.payments.locks import lock_order
from lib.payments.manual import settle_by_hand


@db.in_transaction
def create(tx: Transaction, actor: Actor, new: NewOrder) -> bytes:
    """Make an order; one that is free or was paid elsewhere is issued and PAID at once. Raises Invalid."""
    _require_user(tx, new.user_id)
    amounts = _totals(new.items, new.tax_rate, new.discount_amount, new.currency, is_free=new.is_free)
    order_id = _insert(tx, actor, new, amounts)
    _insert_items(tx, order_id, new.items, amounts)
    audit.record(
        tx, actor, "create", "order", order_id, after={"total_amount": amounts.total_amount, "user_id": new.user_id}
    )
    if new.is_free or new.payment_status == "PAID":
        issue(tx, order_id)
    if new.payment_status == "PAID" and amounts.total_amount > 0:
        settle_by_hand(tx, actor, order_id)
    return tx.json(ORDER_BY_ID, id=order_id)


@db.in_transaction
def change(tx: Transaction, actor: Actor, order_id: UUID, changes: OrderChanges) -> bytes:
    """Change a draft; what was not sent stays. Raises NotFound, IllegalMove or Invalid."""
    _lock_draft(tx, order_id, "changed")
    old = _draft(tx, order_id)
    new = _merged(old, changes)
    _require_user(tx, new.user_id)
    amounts = _totals(new.items, new.tax_rate, new.discount_amount, new.currency, is_free=False)
    _update(tx, order_id, new, amounts)
    tx.run("delete from order_items where order_id = :id", id=order_id)
    _insert_items(tx, order_id, new.items, amounts)
    sent = changes.model_fields_set
    audit.record(
        tx,
        actor,
        "change",
        "order",
        order_id,
        before=old.model_dump(mode="json", include=sent),
        after=new.model_dump(mode="json", include=sent),
    )
    return tx.json(ORDER_BY_ID, id=order_id)


@db.in_transaction
def delete(tx: Transaction, actor: Actor, order_id: UUID) -> None:
    """Delete a draft. Raises NotFound or IllegalMove."""
    _lock_draft(tx, order_id, "deleted")
    audit.record(tx, actor, "delete", "order", order_id, before=_draft(tx, order_id).model_dump(mode="json"))
    tx.run("delete from orders where id = :id", id=order_id)


def _lock_draft(tx: Transaction, order_id: UUID, move: str) -> None:
    order = lock_order(tx, order_id)
    if order is None:
        raise NotFound("There is no such order")
    if order.status != "DRAFT":
        raise IllegalMove(f"Order {order.order_number}", order.status, move)


def _require_user(tx: Transaction, user_id: UUID) -> None:
    if not tx.row("select 1 from users where id = :id", id=user_id):
        raise Invalid.field(["body", "user_id"], "is no user that we know")


def _totals(
    items: Sequence[NewItem], tax_rate: Decimal, discount_amount: Decimal, currency: str, *, is_free: bool
) -> Totals:
    _require_decimals(items, discount_amount, currency)
    try:
        return totals(
            [(item.quantity, item.unit_price) for item in items],
            tax_rate=tax_rate,
            discount_amount=discount_amount,
            currency=currency,
            is_free=is_free,
        )
    except ValueError as error:
        raise Invalid.field(["body", "discount_amount" if "subtotal" in str(error) else "items"], str(error)) from None


def _require_decimals(items: Sequence[NewItem], discount_amount: Decimal, currency: str) -> None:
    places: list[tuple[list[str | int], Decimal]] = [(["body", "discount_amount"], discount_amount)]
    places += [(["body", "items", index, "unit_price"], item.unit_price) for index, item in enumerate(items)]
    message = f"must have at most {DECIMALS[currency]} decimals in {currency}"
    wrong: list[FieldError] = [
        {"loc": place, "msg": message, "type": "decimals"} for place, amount in places if not is_exact(amount, currency)
    ]
    if wrong:
        raise Invalid(wrong)


def _insert(tx: Transaction, actor: Actor, new: NewOrder, amounts: Totals) -> UUID:
    return UUID(
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
                created_by=actor.user_id,
                is_free=new.is_free,
                **_columns(new, amounts),
            )
        )
    )


def _update(tx: Transaction, order_id: UUID, new: NewOrder, amounts: Totals) -> None:
    tx.run(
        """
        update orders set user_id = :user_id, order_type = :order_type, currency = :currency, subtotal = :subtotal,
               discount_amount = :discount_amount, tax_rate = :tax_rate, tax_amount = :tax_amount,
               total_amount = :total_amount, notes_ar = :notes_ar, notes_en = :notes_en, due_date = :due_date,
               updated_at = now()
        where id = :id
        """,
        id=order_id,
        **_columns(new, amounts),
    )


def _columns(new: NewOrder, amounts: Totals) -> Mapping[str, object]:
    return {
        "user_id": new.user_id,
        "order_type": new.order_type,
        "currency": new.currency,
        "subtotal": amounts.subtotal,
        "discount_amount": amounts.discount_amount,
        "tax_rate": new.tax_rate,
        "tax_amount": amounts.tax_amount,
        "total_amount": amounts.total_amount,
        "notes_ar": new.notes_ar,
        "notes_en": new.notes_en,
        "due_date": new.due_date,
    }


def _insert_items(tx: Transaction, order_id: UUID, items: Sequence[NewItem], amounts: Totals) -> None:
    rows = [
        {**item.model_dump(mode="json"), "position": place, "total_price": str(total)}
        for place, (item, total) in enumerate(zip(items, amounts.lines, strict=True), start=1)
    ]
    tx.run(
        """
        insert into order_items (order_id, position, description_ar, description_en, quantity, unit_price, total_price)
        select :order_id::uuid, position, description_ar, description_en, quantity, unit_price, total_price
        from jsonb_to_recordset(:rows::jsonb) as item(position integer, description_ar text, description_en text,
                                                      quantity numeric, unit_price numeric, total_price numeric)
        """,
        order_id=order_id,
        rows=json.dumps(rows),
    )


def _draft(tx: Transaction, order_id: UUID) -> NewOrder:
    """A draft in the form in which it was sent, so that changes can be laid over it."""
    found = tx.value(
        """
        select json_build_object(
            'user_id', o.user_id, 'order_type', o.order_type, 'currency', o.currency, 'notes_ar', o.notes_ar,
            'notes_en', o.notes_en, 'due_date', o.due_date, 'tax_rate', trim_scale(o.tax_rate)::text,
            'discount_amount', money(o.discount_amount, o.currency)::text,
            'items', (select json_agg(json_build_object(
                          'description_ar', i.description_ar, 'description_en', i.description_en,
                          'quantity', i.quantity::text, 'unit_price', i.unit_price::text) order by i.position)
                      from order_items i where i.order_id = o.id))
        from orders o where o.id = :id
        """,
        id=order_id,
    )
    return NewOrder.model_validate(found)


def _merged(old: NewOrder, changes: OrderChanges) -> NewOrder:
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    nulls = [name for name, value in sent.items() if value is None and name not in ("notes_ar", "notes_en", "due_date")]
    if nulls:
        raise Invalid([{"loc": ["body", name], "msg": "must not be null", "type": "null"} for name in nulls])
    return old.model_copy(update=sent)
