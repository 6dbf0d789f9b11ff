"""Tiers: the points that a customer earned in the last 365 days decide at which terms their next order earns."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from lib import ledger
from lib.config import config
from lib.db import Column, Transaction
from lib.orders.locks import LockedOrder


@dataclass(frozen=True, kw_only=True)
class EarningTerms:
    """The terms at which an order earns now.

    `multiplier` (of points) and `cashback_rate` (in percent) are the tier's. `exchange_rate` is the value of one unit of the
    order's currency in the currency of balances, None if staff have set none. `points_wait`: for the refund window, because
    it was paid by hand, or with a balance to which staff have added within such a window.
    """

    multiplier: Decimal
    cashback_rate: Decimal
    exchange_rate: Decimal | None
    points_wait: Annotated[bool, Column("points_wait(order_id, created_at, window_days)")] = False


def store_terms(tx: Transaction, order: LockedOrder, wallet: ledger.Wallet) -> EarningTerms | None:
    """Store the terms at which an order earns now, once, and return them. They prove later what it earned.

    None if no tier applies (staff have removed the lowest one), or if the order has earned before.
    """
    loyalty = config().loyalty
    return tx.first(
        EarningTerms,
        """
        insert into earning_terms (order_id, user_id, balance_currency, exchange_rate, points_per_unit, multiplier,
                                   cashback_rate, window_days)
        select :order_id::uuid, user_id, :balance_currency,
               case when :currency::text = :balance_currency::text then 1
                    else (select rate from exchange_rates where currency = :currency) end,
               :points_per_unit::numeric, multiplier, cashback_rate, :window_days::integer
        from customer_tiers where user_id = :user_id and code is not null
        on conflict (order_id) do nothing returning :row
        """,
        order_id=order.id,
        currency=order.currency,
        balance_currency=loyalty.currency,
        points_per_unit=loyalty.points_per_unit,
        window_days=loyalty.refund_window_days,
        user_id=wallet.user_id,
    )
