"""Making, changing and deleting drafts, by staff."""

from decimal import Decimal
from uuid import UUID

from functions.orders.schemas import NewOrder, OrderChanges
from lib import audit, db
from lib.audit import Actor
from lib.bookings.queries import refuse_if_booked
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid
from lib.holds.records import held_by_order, split_of
from lib.holds.splitting import BalanceLimits, Split
from lib.orders import records
from lib.orders.drafting import Draft, amounts_of, require_printable, require_user
from lib.orders.issuing import issue
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.balances import hold_for_order, wanted_split
from lib.payments.closing import release_order
from lib.payments.manual import settle_by_hand
from lib.payments.minimum import leaves_too_little, refuse_small_remainder
from lib.security.rights import refuse_own_account, require_administrator


@db.in_transaction
def create(tx: Transaction, actor: Actor, new: NewOrder) -> UUID:
    """Make an order and return its id. One that is free or was paid elsewhere is issued and PAID at once.

    Raises Invalid, CustomerInactive, OwnAccount, or Forbidden if only an administrator may do what it asks for.
    """
    refuse_own_account(actor.user_id, new.user_id)
    _require_rights(actor, new)
    require_user(tx, new.user_id)
    draft = _draft(new)
    require_printable(draft)
    amounts = amounts_of(draft)
    order = records.insert_draft(tx, draft, amounts, created_by=actor.user_id)
    audit.record(
        tx,
        actor,
        "create",
        "order",
        order.id,
        after={"total_amount": amounts.total_amount, "user_id": new.user_id, "is_free": new.is_free},
    )
    if new.is_free or new.payment_status == "PAID":
        order = issue(tx, order)
        audit.record(tx, actor, "issue", "order", order.id, before={"status": "DRAFT"}, after={"status": order.status})
    if new.payment_status == "PAID" and amounts.total_amount > 0:
        settle_by_hand(tx, actor, order)
    _hold_balances(tx, actor, order, new)
    return order.id


def _require_rights(actor: Actor, new: NewOrder) -> None:
    if new.is_free:
        require_administrator(actor.role, "make an order free")
    if new.payment_status == "PAID":
        require_administrator(actor.role, "mark an order as paid elsewhere")
    if new.limits() not in (None, BalanceLimits()):
        require_administrator(actor.role, "use a customer's balances")


def _hold_balances(tx: Transaction, actor: Actor, order: LockedOrder, new: NewOrder) -> None:
    """Hold the balances that the order is to use. They stay held when an attempt is closed."""
    limits = new.limits()
    if limits in (None, BalanceLimits()):
        return
    if order.status != "DRAFT":
        raise Invalid.field(["body"], "balances can't be used for an order that is free or was paid elsewhere")
    split = wanted_split(tx, order, limits)
    refuse_small_remainder(tx, order, split.value)
    hold_for_order(tx, order, split)
    audit.record(tx, actor, "hold-balances", "order", order.id, after=vars(split))


@db.in_transaction
def change(tx: Transaction, actor: Actor, order_id: UUID, changes: OrderChanges) -> Split:
    """Change the fields of a draft that were sent. Its holds are released if they no longer fit; what was released.

    Raises NotFound, OwnAccount, CustomerInactive, IllegalMove or Invalid.
    """
    order = _lock_draft(tx, order_id, "changed")
    refuse_own_account(actor.user_id, order.user_id)
    old = _as_sent(tx, order)
    new = _merged(old, changes)
    refuse_own_account(actor.user_id, new.user_id)
    require_user(tx, new.user_id)
    draft = _draft(new)
    sent = changes.model_fields_set
    if not sent.isdisjoint(("items", "notes_ar", "notes_en")):
        require_printable(draft)
    amounts = amounts_of(draft)
    released = _release_misfits(tx, actor, order, draft, amounts.total_amount)
    records.replace_draft(tx, order, draft, amounts)
    audit.record(
        tx,
        actor,
        "change",
        "order",
        order_id,
        before=old.model_dump(mode="json", include=sent),
        after=new.model_dump(mode="json", include=sent),
    )
    return released


def _release_misfits(tx: Transaction, actor: Actor, order: LockedOrder, draft: Draft, total_amount: Decimal) -> Split:
    """Release a draft's holds if they don't fit its new contents, and tell of it; what was released.

    They don't fit another customer or currency, nor a total that is too small: also one of which they leave less than the
    gateway takes.
    """
    held = split_of(held_by_order(tx, order.id))
    is_the_same = draft.user_id == order.user_id and draft.currency == order.currency
    is_enough = held.value <= total_amount and not leaves_too_little(tx, draft.currency, total_amount, held.value)
    if held == Split() or (is_the_same and is_enough):
        return Split()
    release_order(tx, order)
    audit.record(tx, actor, "release-balances", "order", order.id, before=vars(held), after=vars(Split()))
    return held


@db.in_transaction
def delete(tx: Transaction, actor: Actor, order_id: UUID) -> None:
    """Delete a draft, and release what it holds. Raises NotFound or IllegalMove."""
    order = _lock_draft(tx, order_id, "deleted")
    release_order(tx, order)
    audit.record(tx, actor, "delete", "order", order_id, before=_as_sent(tx, order).model_dump(mode="json"))
    records.delete_draft(tx, order)


def _lock_draft(tx: Transaction, order_id: UUID, move: str) -> LockedOrder:
    order = lock_order(tx, order_id)
    refuse_if_booked(tx, order_id, move)
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


def _as_sent(tx: Transaction, order: LockedOrder) -> NewOrder:
    """A draft in the form of the request that made it, so that changes can be merged into it."""
    sent = tx.value(
        dict,
        """
        select json_build_object(
            'user_id', o.user_id, 'order_type', o.order_type, 'currency', o.currency, 'notes_ar', o.notes_ar,
            'notes_en', o.notes_en, 'due_date', o.due_date, 'tax_rate', trim_scale(o.tax_rate)::text,
            'discount_amount', money(o.discount_amount, o.currency)::text, 'items', i.items)
        from orders o join sent_items i on i.order_id = o.id where o.id = :id
        """,
        id=order.id,
    )
    return NewOrder.model_validate(sent)


def _merged(old: NewOrder, changes: OrderChanges) -> NewOrder:
    sent = {name: getattr(changes, name) for name in changes.model_fields_set}
    nulls = [name for name, value in sent.items() if value is None and name not in ("notes_ar", "notes_en", "due_date")]
    if nulls:
        raise Invalid([{"loc": ["body", name], "msg": "must not be null", "type": "null"} for name in nulls])
    return old.model_copy(update=sent)
