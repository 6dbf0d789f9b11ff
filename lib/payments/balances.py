"""Paying with points, cashback and wallet: how much of them an order uses, and paying with them alone."""

from decimal import Decimal
from uuid import UUID

from lib import ledger, logs
from lib.config import config
from lib.db import Transaction
from lib.errors import IllegalMove
from lib.holds import holding
from lib.holds.records import OrderHolds, held_by_order, lock_holds, split_of
from lib.holds.splitting import BalanceLimits, Split, split
from lib.orders.locks import LockedOrder
from lib.payments import inserting
from lib.payments.applying import apply_to_order, release_and_earn, spend_split, tell_paid
from lib.payments.closing import close_open_attempt
from lib.payments.locks import LockedPayment
from lib.payments.minimum import leaves_too_little, smallest_payable

log = logs.get(__name__)


def wanted_split(tx: Transaction, order: LockedOrder, limits: BalanceLimits | None) -> Split:
    """How much of each balance pays an order, within these limits and what is left to pay. No limits: what it holds now.

    Raises Invalid if the order's currency is not that of balances, or if a limit has too many decimals.
    """
    if limits is None:
        return split_of(held_by_order(tx, order.id))
    return split(order.remaining, order.currency, limits, config().loyalty)


def hold_for_order(tx: Transaction, order: LockedOrder, wanted: Split) -> None:
    """Hold this split for the order itself; it stays held when an attempt is closed. Raises InsufficientBalance."""
    held = lock_holds(tx, order)
    held, transactions = holding.hold_split(tx, order, held, wanted, payment_id=None, is_for_order=True)
    ledger.post(tx, held.wallet, transactions)


def pay_from_balances(tx: Transaction, order: LockedOrder, wanted: Split) -> UUID:
    """Pay this split of an ISSUED order from balances at once, and close its open attempt; the payment's id.

    What was held for the order itself is held again for what is left to pay, if the balances still suffice. Raises
    IllegalMove if the order can't take the amount, and InsufficientBalance.
    """
    payment = inserting.insert_balance_payment(tx, order, wanted)
    paid, held = spend_balances(tx, order, wanted, payment)
    if paid.status != "PAID" and held.split_for_order != Split():
        _hold_again_for_order(tx, paid, held)
    return payment.id


def spend_balances(
    tx: Transaction, order: LockedOrder, wanted: Split, payment: LockedPayment
) -> tuple[LockedOrder, OrderHolds]:
    """Pay this split by a payment that was inserted; the order as it is now, and what it held before.

    Raises IllegalMove if the order can't take the amount, and InsufficientBalance.
    """
    held = lock_holds(tx, order)
    # Posted at once: what the attempt held has to be free again before it can be spent otherwise.
    held, released = close_open_attempt(tx, order, held, "the order was paid from balances")
    ledger.post(tx, held.wallet, released)
    left, spent = spend_split(tx, order, held, wanted, payment.id)
    paid = apply_to_order(tx, order, wanted.value)
    if paid is None:
        raise IllegalMove(f"Order {order.order_number}", order.status, "paid with so much")
    ledger.post(tx, held.wallet, [*spent, *release_and_earn(tx, paid, left)])
    tell_paid(tx, paid, payment, wanted.value)
    log.info("an order is paid from balances", order=order.order_number, payment=payment.payment_number)
    return paid, held


def _hold_again_for_order(tx: Transaction, order: LockedOrder, before: OrderHolds) -> None:
    """Hold for the order itself again what it held `before` it was paid, as far as there is still room for it.

    It is less if the gateway would be asked for too little otherwise.
    """
    previous = before.split_for_order
    limits = BalanceLimits(points=previous.points, cashback=previous.cashback, wallet=previous.wallet)
    wanted = split(order.remaining, order.currency, limits, config().loyalty)
    if leaves_too_little(tx, order.currency, order.remaining, wanted.value):
        room = max(order.remaining - smallest_payable(tx, order.currency), Decimal(0))
        wanted = split(room, order.currency, limits, config().loyalty)
    held = OrderHolds(before.wallet, held_by_order(tx, order.id))
    if holding.find_shortage(tx, held, wanted) is None:
        held, transactions = holding.hold_split(tx, order, held, wanted, payment_id=None, is_for_order=True)
        ledger.post(tx, held.wallet, transactions)
