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
from lib.orders.issuing import ensure_issued
from lib.orders.locks import LockedOrder
from lib.payments import inserting, records
from lib.payments.balances import spend_balances
from lib.payments.closing import release_attempt
from lib.payments.locks import LockedPayment
from lib.payments.payable import lock_payable
from lib.payments.settling import Receipt, accept
from lib.security.rights import refuse_own_account


@db.in_transaction
def pay_by_hand(tx: Transaction, order_id: UUID, actor: Actor, amount: Decimal | None, note: str) -> None:
    """Record money that was taken elsewhere for an order, at any time before it is paid; a draft is issued first.

    `amount` in the order's currency; None: all that is left to pay. The open attempt is closed, because it asks for more
    than is left then; if it is paid all the same, that money waits for a person. Raises NotFound, OwnAccount, IllegalMove,
    NotPriced, PaymentInReview or Invalid.
    """
    before = lock_payable(tx, order_id)
    refuse_own_account(actor.user_id, before.user_id)
    order = ensure_issued(tx, before)
    if before.status == "DRAFT":
        audit.record(tx, actor, "issue", "order", order.id, before={"status": "DRAFT"}, after={"status": order.status})
    if order.status == "PAID":
        return
    amount = order.remaining if amount is None else amount
    if not is_exact(amount, order.currency):
        reason = f"must have at most {DECIMALS[order.currency]} decimals in {order.currency}"
        raise Invalid.field(["body", "amount"], reason, "decimals")
    if amount > order.remaining:
        raise Invalid.field(["body", "amount"], f"must be at most {order.remaining} {order.currency}, which is left to pay")
    attempt = records.close_attempt_of_order(tx, order, "CANCELLED", "the order was paid by hand")
    settle_by_hand(tx, actor, order, amount, note=note)
    if attempt is not None:
        release_attempt(tx, order, attempt)


def settle_by_hand(
    tx: Transaction, actor: Actor, order: LockedOrder, amount: Decimal | None = None, *, note: str | None = None
) -> None:
    """Insert a MANUAL payment of an ISSUED order without an open attempt, and settle it. No amount: all that is left."""
    paid = order.remaining if amount is None else amount
    _accept(tx, actor, order, inserting.insert_manual_payment(tx, order, paid), paid, note)


def settle_at_once(
    tx: Transaction, actor: Actor, order: LockedOrder, split: Split, *, rest_by_hand: bool, note: str | None = None
) -> None:
    """Pay this split of an ISSUED order from balances, and what then is left by hand if that is asked for.

    Raises IllegalMove and InsufficientBalance.
    """
    rest = order.remaining - split.value if rest_by_hand else Decimal(0)
    # Both take their numbers before the wallet is locked.
    from_balances = inserting.insert_balance_payment(tx, order, split) if split.value > 0 else None
    by_hand = inserting.insert_manual_payment(tx, order, rest) if rest > 0 else None
    if from_balances is not None:
        order, _ = spend_balances(tx, order, split, from_balances)
        records.write_opener(tx, from_balances.id, actor.user_id)
        after = {"payment_id": from_balances.id, "from_balances": vars(split)}
        audit.record(tx, actor, "pay", "order", order.id, after=after)
    if by_hand is not None:
        _accept(tx, actor, order, by_hand, rest, note)


def _accept(
    tx: Transaction, actor: Actor, order: LockedOrder, payment: LockedPayment, amount: Decimal, note: str | None
) -> None:
    accept(tx, order, payment, Receipt(received=Received(amount, order.currency), counted=amount))
    records.write_opener(tx, payment.id, actor.user_id)
    audit.record(tx, actor, "settle-manually", "payment", payment.id, after={"amount": amount, "note": note})
