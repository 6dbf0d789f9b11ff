"""Payments that were taken elsewhere: cash at the desk, or a bank transfer."""

from decimal import Decimal
from uuid import UUID

from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Invalid
from lib.fawaterk.models import Received
from lib.holds.splitting import Split
from lib.money import DECIMALS, is_exact
from lib.orders.issuing import issue
from lib.orders.locks import LockedOrder
from lib.payments import inserting, records
from lib.payments.balances import spend_balances
from lib.payments.closing import release_attempt
from lib.payments.locks import LockedPayment
from lib.payments.payable import lock_payable, refuse_unpayable
from lib.payments.settling import Receipt, accept
from lib.security.rights import refuse_own_account


@db.in_transaction
def pay_by_hand(tx: Transaction, order_id: UUID, actor: Actor, amount: Decimal | None, note: str) -> None:
    """Record money that was taken elsewhere for an order, at any time before it is paid; a draft is issued first.

    `amount` in the order's currency; None: all that is left to pay. The open attempt is closed, because it asks for more
    than is left then; if it is paid all the same, that money waits for a person. Raises NotFound, OwnAccount, IllegalMove,
    NotPriced, PaymentInReview or Invalid.
    """
    order = lock_payable(tx, order_id)
    refuse_own_account(actor.user_id, order.user_id)
    order = _ensure_issued(tx, actor, order)
    if order.status == "PAID":
        return
    amount = order.remaining if amount is None else amount
    if not is_exact(amount, order.currency):
        reason = f"must have at most {DECIMALS[order.currency]} decimals in {order.currency}"
        raise Invalid.field(["body", "amount"], reason, "decimals")
    if amount > order.remaining:
        raise Invalid.field(["body", "amount"], f"must be at most {order.remaining} {order.currency}, which is left to pay")
    _settle(tx, actor, order, Split(), amount, note)


def settle_at_once(
    tx: Transaction, actor: Actor, order: LockedOrder, split: Split, *, rest_by_hand: bool, note: str | None = None
) -> LockedOrder:
    """Pay this split of a DRAFT or ISSUED order from balances, and what then is left by hand if that is asked for.

    A draft is issued first, the open attempt is closed. Gives the issued order; one with nothing to pay is PAID already.
    Raises IllegalMove, NotPriced, PaymentInReview and InsufficientBalance.
    """
    refuse_unpayable(tx, order)
    order = _ensure_issued(tx, actor, order)
    if order.status != "PAID":
        _settle(tx, actor, order, split, order.remaining - split.value if rest_by_hand else Decimal(0), note)
    return order


def _ensure_issued(tx: Transaction, actor: Actor, order: LockedOrder) -> LockedOrder:
    if order.status != "DRAFT":
        return order
    issued = issue(tx, order)
    audit.record(tx, actor, "issue", "order", order.id, before={"status": "DRAFT"}, after={"status": issued.status})
    return issued


def _settle(tx: Transaction, actor: Actor, order: LockedOrder, split: Split, by_hand: Decimal, note: str | None) -> None:
    """Pay an ISSUED order from balances and by hand. The open attempt would ask for too much, so it is closed."""
    attempt = records.close_attempt_of_order(tx, order, "CANCELLED", "the order was paid by hand")
    # Both take their numbers before the wallet is locked.
    from_balances = inserting.insert_balance_payment(tx, order, split) if split.value > 0 else None
    manual = inserting.insert_manual_payment(tx, order, by_hand) if by_hand > 0 else None
    if from_balances is not None:
        order, _ = spend_balances(tx, order, split, from_balances)
        records.write_opener(tx, from_balances.id, actor.user_id)
        after = {"payment_id": from_balances.id, "from_balances": vars(split)}
        audit.record(tx, actor, "pay", "order", order.id, after=after)
    if manual is not None:
        _accept(tx, actor, order, manual, by_hand, note)
    if attempt is not None:
        release_attempt(tx, order, attempt)


def _accept(
    tx: Transaction, actor: Actor, order: LockedOrder, payment: LockedPayment, amount: Decimal, note: str | None
) -> None:
    accept(tx, order, payment, Receipt(received=Received(amount, order.currency), counted=amount))
    records.write_opener(tx, payment.id, actor.user_id)
    audit.record(tx, actor, "settle-manually", "payment", payment.id, after={"amount": amount, "note": note})
