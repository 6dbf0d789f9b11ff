"""Paying with points, cashback and wallet: what of them is used, and settling an order with them alone."""

import secrets as randomness
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from lib import logs
from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid
from lib.money import DECIMALS, is_exact
from lib.payments import holds
from lib.payments.holds import worth
from lib.payments.locks import LockedOrder, Split, lock_order
from lib.payments.settlement import close_open_attempt, count

log = logs.get(__name__)


@dataclass(frozen=True)
class Wanted:
    """What a request wants to use at most, in this order: points, cashback and wallet in major units."""

    points: int = 0
    cashback: Decimal = Decimal(0)
    wallet: Decimal = Decimal(0)


def split_of(tx: Transaction, order: LockedOrder, wanted: Wanted | None) -> Split:
    """What is used of each balance: as much as was wanted and the order has room for; None: what is held for it already.

    Raises Invalid for an order in another currency than the balances', or too many decimals.
    """
    if wanted is None:
        return holds.held(tx, order.id)
    if wanted == Wanted():
        return Split()
    _require_currency(order, wanted)
    left = order.remaining
    point_value = config().loyalty.point_value
    points = min(wanted.points, int((left / point_value).to_integral_value(ROUND_FLOOR)))
    points = points if worth(points) > 0 else 0
    left -= worth(points)
    cashback = min(wanted.cashback, left)
    return Split(points, worth(points), cashback, min(wanted.wallet, left - cashback))


def _require_currency(order: LockedOrder, wanted: Wanted) -> None:
    currency = config().loyalty.currency
    if order.currency != currency:
        raise Invalid.field(["body"], f"balances are kept in {currency} and can't pay an order in {order.currency}")
    for name, amount in (("cashback_to_use", wanted.cashback), ("wallet_to_use", wanted.wallet)):
        if not is_exact(amount, currency):
            raise Invalid.field(["body", name], f"must have at most {DECIMALS[currency]} decimals in {currency}", "decimals")


def pay_from_balances(tx: Transaction, order: LockedOrder, split: Split) -> UUID:
    """Pay so much of an ISSUED order from balances at once; the payment's id. An open attempt is closed by it.

    What was promised with the order stays held for what is left to pay, as far as it is still there. Raises
    InsufficientBalance.
    """
    promised = holds.held(tx, order.id, only_promised=True)
    payment_id = UUID(
        str(
            tx.value(
                """
                insert into payments (payment_number, order_id, user_id, payment_type, payment_method, amount, currency,
                                      status, return_token, paid_at, check_due_at, points_to_use, points_value,
                                      cashback_to_use, wallet_to_use)
                values (take_number('PAY'), :order_id, :user_id, :payment_type, 'BALANCE', :amount, :currency, 'PAID',
                        :token, now(), null, :points, :points_value, :cashback, :wallet)
                returning id
                """,
                order_id=order.id,
                user_id=order.user_id,
                payment_type=order.reference[0],
                amount=split.value,
                currency=order.currency,
                token=randomness.token_urlsafe(24),
                points=split.points,
                points_value=split.points_value,
                cashback=split.cashback,
                wallet=split.wallet,
            )
        )
    )
    close_open_attempt(tx, order, "the order was paid from balances")
    holds.arrange(tx, order, split, payment_id)
    if not count(tx, order, holds.spend(tx, order, payment_id)):
        _promise_again(tx, order.id, promised)
    log.info("an order is paid from balances", order=order.order_number, payment=str(payment_id))
    return payment_id


def _promise_again(tx: Transaction, order_id: UUID, promised: Split) -> None:
    order = lock_order(tx, order_id)
    if order is None or promised == Split():
        return
    split = split_of(tx, order, Wanted(promised.points, promised.cashback, promised.wallet))
    if holds.lacking(tx, order, split) is None:
        holds.arrange(tx, order, split, None, is_for_order=True)
