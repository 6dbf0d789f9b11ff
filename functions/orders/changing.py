"""Staff change orders: drafts as a whole, issued ones as far as their invoice allows."""

from decimal import Decimal
from uuid import UUID

from functions.orders.drafts import change_draft, merged
from functions.orders.forms import as_form, require_rights
from functions.orders.schemas import NewOrder, OrderChanges
from lib import audit, db
from lib.audit import Actor
from lib.bookings.queries import refuse_if_booked
from lib.db import Transaction
from lib.errors import Conflict, IllegalMove, Invalid
from lib.holds.records import held_by_order, split_of
from lib.holds.splitting import BalanceLimits, Split
from lib.orders import records
from lib.orders.items import DEFAULT_TAX_RATE, NewItem
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.manual import settle_at_once
from lib.security.rights import refuse_own_account

_NOTES = ("notes_ar", "notes_en", "due_date")


@db.in_transaction
def change(tx: Transaction, actor: Actor, order_id: UUID, changes: OrderChanges) -> Split:
    """Change what was sent of an order that is not paid yet; the promised balances that were released because of it.

    Raises NotFound, OwnAccount, Forbidden, CustomerInactive, IllegalMove, Conflict, InsufficientBalance, PaymentInReview or
    Invalid.
    """
    order = lock_order(tx, order_id)
    refuse_if_booked(tx, order_id, "changed")
    refuse_own_account(actor.user_id, order.user_id)
    if order.status not in ("DRAFT", "ISSUED"):
        raise IllegalMove(f"Order {order.order_number}", order.status, "changed")
    require_rights(actor, changes)
    if changes.user_id not in (None, order.user_id):
        raise Invalid.field(["body", "user_id"], "is the customer whose order it is; make a new order for somebody else")
    _require_known_status(tx, order, changes)
    if order.status == "DRAFT":
        return change_draft(tx, actor, order, changes)
    _change_issued(tx, actor, order, changes)
    return Split()


def _require_known_status(tx: Transaction, order: LockedOrder, changes: OrderChanges) -> None:
    """Raise Invalid for a payment status that is neither the order's own nor one that a form can ask for."""
    is_partly_paid = order.amount_paid > 0 or held_by_order(tx, order.id)
    known = ("UNPAID", "PAID", "PARTIALLY_PAID") if is_partly_paid else ("UNPAID", "PAID")
    if changes.payment_status is not None and changes.payment_status not in known:
        message = "must be PAID, or stay as it is; money is given back by a refund, and an order is called off by cancelling"
        raise Invalid.field(["body", "payment_status"], message)


def _change_issued(tx: Transaction, actor: Actor, order: LockedOrder, changes: OrderChanges) -> None:
    old = as_form(tx, order)
    new = merged(old, changes)
    if different := _different(tx, order, old, changes):
        raise Conflict(
            f"Order {order.order_number} is issued, and its invoice says what it is: {', '.join(different)} can't change. "
            "Cancel the order and make a new one"
        )
    sent = changes.model_fields_set.intersection(_NOTES)
    if sent:
        records.replace_notes(tx, order, notes_ar=new.notes_ar, notes_en=new.notes_en, due_date=new.due_date)
        audit.record(
            tx,
            actor,
            "change",
            "order",
            order.id,
            before=old.model_dump(mode="json", include=sent),
            after=new.model_dump(mode="json", include=sent),
        )
    if changes.payment_status == "PAID":
        promised = split_of([hold for hold in held_by_order(tx, order.id) if hold.is_for_order])
        settle_at_once(tx, actor, order, promised, rest_by_hand=True)


def _different(tx: Transaction, order: LockedOrder, old: NewOrder, changes: OrderChanges) -> list[str]:
    """The fields that ask for something else than what the order has, and that its form does not send unasked."""
    promised = split_of(held_by_order(tx, order.id))
    unasked = {
        "order_type": (old.order_type,),
        "currency": (old.currency,),
        "is_free": (old.is_free,),
        "discount_amount": (old.discount_amount, Decimal(0)),
        "tax_rate": (old.tax_rate, DEFAULT_TAX_RATE),
    }
    found = [name for name in unasked if name in changes.model_fields_set and getattr(changes, name) not in unasked[name]]
    if changes.items is not None and not _same_items(old.items, changes.items):
        found.append("items")
    limits = changes.limits() or BalanceLimits()
    if limits not in (
        BalanceLimits(),
        BalanceLimits(points=promised.points, cashback=promised.cashback, wallet=promised.wallet),
    ):
        found.append("the balances to use")
    return found


def _same_items(old: list[NewItem], sent: list[NewItem]) -> bool:
    """Whether the items are the order's. The app's form shows the English description and sends it in both languages."""
    return len(old) == len(sent) and all(
        (before.quantity, before.unit_price, before.description_en or before.description_ar)
        == (after.quantity, after.unit_price, after.description_en or after.description_ar)
        and after.description_ar in (before.description_ar, before.description_en, "")
        for before, after in zip(old, sent, strict=True)
    )
