"""What staff send about an order, and how it becomes an order: rights, contents, and what pays it at once."""

from functions.orders.schemas import NewOrder, OrderChanges
from lib import audit
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Invalid
from lib.holds.records import held_by_order, split_of
from lib.holds.splitting import BalanceLimits, Split
from lib.orders.drafting import Draft
from lib.orders.locks import LockedOrder
from lib.payments.balances import hold_for_order
from lib.payments.closing import release_order
from lib.payments.manual import settle_at_once
from lib.payments.minimum import refuse_small_remainder
from lib.security.rights import require_administrator


def require_rights(actor: Actor, form: NewOrder | OrderChanges) -> None:
    """Raise Forbidden if only an administrator may free an order, mark it as paid or use balances as this form does."""
    if form.is_free:
        require_administrator(actor.role, "make an order free")
    if form.payment_status == "PAID":
        require_administrator(actor.role, "mark an order as paid elsewhere")
    if form.limits() not in (None, BalanceLimits()):
        require_administrator(actor.role, "use a customer's balances")


def refuse_balances_if_free(form: NewOrder, limits: BalanceLimits | None) -> None:
    """Raise Invalid if balances are to pay an order that is free."""
    if form.is_free and limits not in (None, BalanceLimits()):
        raise Invalid.field(["body"], "balances can't be used for an order that is free")


def draft_of(form: NewOrder) -> Draft:
    """The contents of an order as a form describes it."""
    return Draft(
        user_id=form.user_id,
        order_type=form.order_type,
        items=form.items,
        tax_rate=form.tax_rate,
        discount_amount=form.discount_amount,
        currency=form.currency,
        notes_ar=form.notes_ar,
        notes_en=form.notes_en,
        due_date=form.due_date,
        is_free=form.is_free,
    )


def as_form(tx: Transaction, order: LockedOrder) -> NewOrder:
    """An order as the form that would make it, without its balances, so that changes can be merged into it."""
    sent = tx.value(
        dict,
        """
        select json_build_object(
            'user_id', o.user_id, 'order_type', o.order_type, 'currency', o.currency, 'notes_ar', o.notes_ar,
            'notes_en', o.notes_en, 'due_date', o.due_date, 'tax_rate', trim_scale(o.tax_rate)::text,
            'discount_amount', money(case when o.is_free then 0 else o.discount_amount end, o.currency)::text,
            'is_free', o.is_free, 'items', i.items)
        from orders o join sent_items i on i.order_id = o.id where o.id = :id
        """,
        id=order.id,
    )
    return NewOrder.model_validate(sent)


def settle_or_hold(tx: Transaction, actor: Actor, order: LockedOrder, split: Split, *, is_free: bool, is_paid: bool) -> None:
    """Issue and settle a draft that is free, was paid elsewhere or is covered by balances; else hold the split for it.

    What balances do not cover of one that was paid elsewhere is a payment by hand. Raises InsufficientBalance, Invalid if
    what is left is less than the gateway takes, and Forbidden if balances cover all and the actor is no administrator.
    """
    covers_all = split.value > 0 and split.value == order.remaining
    if covers_all:
        # Also what an administrator has promised for an order that cost more then.
        require_administrator(actor.role, "let a customer's balances pay all of an order")
    if is_free or is_paid or covers_all:
        issued = settle_at_once(tx, actor, order, split, rest_by_hand=is_paid)
        if issued.status == "PAID" and held_by_order(tx, order.id):
            release_order(tx, issued)
        return
    promised = split_of(held_by_order(tx, order.id))
    if split == promised:
        return
    if split == Split():
        release_promised(tx, actor, order, promised)
        return
    refuse_small_remainder(tx, order, split.value)
    hold_for_order(tx, order, split)
    audit.record(tx, actor, "hold-balances", "order", order.id, after=vars(split))


def release_promised(tx: Transaction, actor: Actor, order: LockedOrder, promised: Split) -> None:
    """Release all that a draft holds, which is what was promised with it."""
    release_order(tx, order)
    audit.record(tx, actor, "release-balances", "order", order.id, before=vars(promised), after=vars(Split()))
