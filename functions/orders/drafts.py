"""Drafts: made, changed and deleted by staff. Nothing of them is promised to anybody until they are issued."""

from uuid import UUID

from functions.orders.reading import ORDER_BY_ID
from functions.orders.schemas import NewOrder, OrderChanges
from lib import audit, db
from lib.audit import Actor
from lib.bookings.moves import refuse_behind_booking
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid, NotFound
from lib.orders.drafting import ITEMS_AS_SENT, Draft, amounts_of, insert_draft, replace_draft, require_user
from lib.orders.issuing import issue
from lib.payments import holds
from lib.payments.balances import Wanted, split_of
from lib.payments.locks import LockedOrder, lock_order
from lib.payments.manual import settle_by_hand


@db.in_transaction
def create(tx: Transaction, actor: Actor, new: NewOrder) -> bytes:
    """Make an order; one that is free or was paid elsewhere is issued and PAID at once. Raises Invalid."""
    require_user(tx, new.user_id)
    draft = _draft(new)
    amounts = amounts_of(draft)
    order_id = insert_draft(tx, draft, amounts, actor.user_id)
    audit.record(
        tx, actor, "create", "order", order_id, after={"total_amount": amounts.total_amount, "user_id": new.user_id}
    )
    if new.is_free or new.payment_status == "PAID":
        issue(tx, order_id)
    if new.payment_status == "PAID" and amounts.total_amount > 0:
        settle_by_hand(tx, actor, order_id)
    _promise(tx, order_id, new)
    return tx.json(ORDER_BY_ID, id=order_id)


def _promise(tx: Transaction, order_id: UUID, new: NewOrder) -> None:
    """Hold what is to be used of balances for the order, whatever becomes of its attempts."""
    wanted = new.wanted()
    order = lock_order(tx, order_id)
    if wanted in (None, Wanted()) or order is None:
        return
    if order.status != "DRAFT":
        raise Invalid.field(["body"], "balances can't be used for an order that is free or was paid elsewhere")
    holds.arrange(tx, order, split_of(tx, order, wanted), None, is_for_order=True)


@db.in_transaction
def change(tx: Transaction, actor: Actor, order_id: UUID, changes: OrderChanges) -> bytes:
    """Change a draft; what was not sent stays. What it holds goes back where it no longer fits.

    Raises NotFound, IllegalMove or Invalid.
    """
    order = _lock_draft(tx, order_id, "changed")
    old = _as_sent(tx, order_id)
    new = _merged(old, changes)
    require_user(tx, new.user_id)
    draft = _draft(new)
    amounts = amounts_of(draft)
    if (
        draft.user_id != order.user_id
        or draft.currency != order.currency
        or (holds.held(tx, order_id).value > amounts.total_amount)
    ):
        holds.release_all(tx, order)
    replace_draft(tx, order_id, draft, amounts)
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
    """Delete a draft, and give back what it holds. Raises NotFound or IllegalMove."""
    order = _lock_draft(tx, order_id, "deleted")
    holds.release_all(tx, order)
    audit.record(tx, actor, "delete", "order", order_id, before=_as_sent(tx, order_id).model_dump(mode="json"))
    tx.run("delete from orders where id = :id", id=order_id)


def _lock_draft(tx: Transaction, order_id: UUID, move: str) -> LockedOrder:
    order = lock_order(tx, order_id)
    if order is None:
        raise NotFound("There is no such order")
    refuse_behind_booking(tx, order_id, move)
    if order.status != "DRAFT":
        raise IllegalMove(f"Order {order.order_number}", order.status, move)
    return order


def _draft(new: NewOrder) -> Draft:
    return Draft(
        user_id=new.user_id,
        order_type=new.order_type,
        items=new.items,
        tax_rate=new.tax_rate,
        discount_amount=new.discount_amount,
        currency=new.currency,
        notes_ar=new.notes_ar,
        notes_en=new.notes_en,
        due_date=new.due_date,
        is_free=new.is_free,
    )


def _as_sent(tx: Transaction, order_id: UUID) -> NewOrder:
    """A draft in the form in which it was sent, so that changes can be laid over it."""
    found = tx.value(
        f"""
        select json_build_object(
            'user_id', o.user_id, 'order_type', o.order_type, 'currency', o.currency, 'notes_ar', o.notes_ar,
            'notes_en', o.notes_en, 'due_date', o.due_date, 'tax_rate', trim_scale(o.tax_rate)::text,
            'discount_amount', money(o.discount_amount, o.currency)::text, 'items', {ITEMS_AS_SENT})
        from orders o where o.id = :id
        """,  # noqa: S608 - a constant
        id=order_id,
    )
    return NewOrder.model_validate(found)


def _merged(old: NewOrder, changes: OrderChanges) -> NewOrder:
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    nulls = [name for name, value in sent.items() if value is None and name not in ("notes_ar", "notes_en", "due_date")]
    if nulls:
        raise Invalid([{"loc": ["body", name], "msg": "must not be null", "type": "null"} for name in nulls])
    return old.model_copy(update=sent)
