"""Staff make, change and delete drafts."""

from decimal import Decimal
from uuid import UUID

from functions.orders.forms import (
    as_form,
    draft_of,
    refuse_balances_if_free,
    release_promised,
    require_rights,
    settle_or_hold,
)
from functions.orders.schemas import NewOrder, OrderChanges
from lib import audit, db
from lib.audit import Actor
from lib.bookings.queries import refuse_if_booked
from lib.db import Transaction
from lib.errors import Conflict, IllegalMove, Invalid
from lib.holds.records import held_by_order, split_of
from lib.holds.splitting import BalanceLimits, Split
from lib.orders import records
from lib.orders.drafting import amounts_of, require_may_give_away, require_printable, require_user
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.balances import wanted_split
from lib.payments.closing import release_order
from lib.payments.minimum import leaves_too_little
from lib.security.rights import refuse_own_account

_CLEARABLE = ("notes_ar", "notes_en", "due_date")
_PRICE = ("items", "tax_rate", "discount_amount", "currency", "is_free")
# These are no contents of an order: `settle_or_hold` deals with them.
_PAYING = ("payment_status", "points_to_use", "cashback_to_use", "wallet_to_use")


@db.in_transaction
def create(tx: Transaction, actor: Actor, new: NewOrder) -> UUID:
    """Make an order and return its id. One that is free, was paid elsewhere or is covered by balances is PAID at once.

    Raises Invalid, CustomerInactive, OwnAccount, InsufficientBalance, or Forbidden if only an administrator may do what it
    asks for.
    """
    refuse_own_account(actor.user_id, new.user_id)
    require_rights(actor, new)
    refuse_balances_if_free(new, new.limits())
    require_user(tx, new.user_id)
    draft = draft_of(new)
    require_printable(draft)
    amounts = amounts_of(draft)
    require_may_give_away(actor.role, amounts)
    order = records.insert_draft(tx, draft, amounts, created_by=actor.user_id)
    audit.record(
        tx,
        actor,
        "create",
        "order",
        order.id,
        after={"total_amount": amounts.total_amount, "user_id": new.user_id, "is_free": new.is_free},
    )
    split = wanted_split(tx, order, new.limits())
    settle_or_hold(tx, actor, order, split, is_free=new.is_free, is_paid=new.payment_status == "PAID")
    return order.id


def change_draft(tx: Transaction, actor: Actor, order: LockedOrder, changes: OrderChanges) -> Split:
    """Change the fields of a locked draft that were sent. Balances that are sent replace those that were promised.

    If none are sent, those that no longer fit are released; returns what was released.
    Raises CustomerInactive, IllegalMove, Conflict, InsufficientBalance or Invalid.
    """
    old = as_form(tx, order)
    new = merged(old, changes)
    require_user(tx, new.user_id)
    limits = _limits(tx, order, changes)
    refuse_balances_if_free(new, limits)
    draft = draft_of(new)
    if not changes.model_fields_set.isdisjoint(("items", "notes_ar", "notes_en")):
        require_printable(draft)
    amounts = amounts_of(draft)
    if any(getattr(old, name) != getattr(new, name) for name in _PRICE):
        require_may_give_away(actor.role, amounts)
    is_paid = changes.payment_status == "PAID"
    promised = split_of(held_by_order(tx, order.id))
    if draft.currency != order.currency:
        _release_for_another_currency(tx, actor, order, settles=is_paid or new.is_free)
    replaced = records.replace_draft(tx, order, draft, amounts)
    sent = changes.model_fields_set.difference(_PAYING)
    if sent:
        audit.record(
            tx,
            actor,
            "change",
            "order",
            order.id,
            before=old.model_dump(mode="json", include=sent),
            after=new.model_dump(mode="json", include=sent),
        )
    split = wanted_split(tx, replaced, limits)
    if limits is None and _is_too_much(tx, promised, draft.currency, amounts.total_amount):
        split = Split()
    settle_or_hold(tx, actor, replaced, split, is_free=new.is_free, is_paid=is_paid)
    return promised if limits is None and split == Split() else Split()


def merged(old: NewOrder, changes: OrderChanges) -> NewOrder:
    """The form with the changes that were sent. Raises Invalid for a null where there is nothing to clear."""
    sent = {name: getattr(changes, name) for name in changes.model_fields_set.difference(_PAYING)}
    nulls = [name for name, value in sent.items() if value is None and name not in _CLEARABLE]
    if nulls:
        raise Invalid([{"loc": ["body", name], "msg": "must not be null", "type": "null"} for name in nulls])
    return old.model_copy(update=sent)


@db.in_transaction
def delete(tx: Transaction, actor: Actor, order_id: UUID) -> None:
    """Delete a draft, and release what it holds. Raises NotFound or IllegalMove."""
    order = lock_order(tx, order_id)
    refuse_if_booked(tx, order_id, "deleted")
    if order.status != "DRAFT":
        raise IllegalMove(f"Order {order.order_number}", order.status, "deleted")
    release_order(tx, order)
    audit.record(tx, actor, "delete", "order", order_id, before=as_form(tx, order).model_dump(mode="json"))
    records.delete_draft(tx, order)


def _limits(tx: Transaction, order: LockedOrder, changes: OrderChanges) -> BalanceLimits | None:
    """The balances that the changes want; what they do not name stays as it is promised. None if they name none."""
    if changes.limits() is None:
        return None
    held = split_of(held_by_order(tx, order.id))
    return BalanceLimits(
        points=held.points if changes.points_to_use is None else changes.points_to_use,
        cashback=held.cashback if changes.cashback_to_use is None else changes.cashback_to_use,
        wallet=held.wallet if changes.wallet_to_use is None else changes.wallet_to_use,
    )


def _release_for_another_currency(tx: Transaction, actor: Actor, order: LockedOrder, *, settles: bool) -> None:
    held = split_of(held_by_order(tx, order.id))
    if held == Split():
        return
    if settles:
        # Numbers are taken before the wallet is locked, and this locks it.
        raise Conflict(f"The order holds balances in {order.currency}; save its new currency first, then settle it")
    release_promised(tx, actor, order, held)


def _is_too_much(tx: Transaction, promised: Split, currency: str, total_amount: Decimal) -> bool:
    """Whether what is promised doesn't fit a draft's new total, or leaves something that the gateway would not take."""
    value = promised.value
    return value > total_amount or (value > 0 and leaves_too_little(tx, currency, total_amount, value))
