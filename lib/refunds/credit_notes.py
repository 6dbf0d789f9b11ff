"""The tax on a credit note."""

from decimal import Decimal

from lib.money import rounded
from lib.orders.locks import LockedOrder


def tax_share(order: LockedOrder, amount: Decimal) -> Decimal:
    """The tax in the next `amount` that is refunded of an order.

    The rounding is done on the sum so far, so that the shares of all refunds add up exactly to the invoice's tax.
    """
    before, after = (
        rounded(order.tax_amount * refunded / order.total_amount, order.currency)
        for refunded in (order.amount_refunded, order.amount_refunded + amount)
    )
    return after - before
