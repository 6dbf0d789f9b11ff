"""Tiers: the points that a customer earned in the last 365 days decide at which terms their next order earns."""

from dataclasses import dataclass
from decimal import Decimal

from lib import ledger
from lib.db import Transaction


@dataclass(frozen=True, kw_only=True)
class EarningTerms:
    """The terms at which an order earns now.

    `multiplier` (of points) and `cashback_rate` (in percent) are the tier's. `exchange_rate` is the value of one unit of the
    order's currency in the currency of balances, None if staff have set none.
    """

    multiplier: Decimal
    cashback_rate: Decimal
    exchange_rate: Decimal | None


def earning_terms(tx: Transaction, wallet: ledger.Wallet, currency: str) -> EarningTerms | None:
    """The terms for an order of a customer in this currency; None if no tier applies: staff have removed the lowest one."""
    return tx.first(
        EarningTerms,
        """
        select multiplier, cashback_rate, (select rate from exchange_rates where currency = :currency) as exchange_rate
        from customer_tiers where user_id = :user_id and code is not null
        """,
        user_id=wallet.user_id,
        currency=currency,
    )
