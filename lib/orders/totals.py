"""The totals of an order. Each line is rounded by itself, so that the lines of the invoice add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from lib.money import rounded

LARGEST_TOTAL = Decimal(99999999999)


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Amounts in major units, each rounded to the currency's decimals; `lines` in the order of the items."""

    lines: tuple[Decimal, ...]
    subtotal: Decimal
    discount_amount: Decimal
    tax_amount: Decimal
    total_amount: Decimal


def totals(
    items: Sequence[tuple[Decimal, Decimal]],
    *,
    tax_rate: Decimal,
    discount_amount: Decimal,
    currency: str,
    is_free: bool,
) -> Totals:
    """The totals of items (quantity, unit price) at a tax rate in percent. A free order gets its subtotal as discount.

    Raises ValueError, with a message for the caller, if the discount is above the subtotal or the total is too large.
    """
    lines = tuple(rounded(quantity * unit_price, currency) for quantity, unit_price in items)
    subtotal = sum(lines, Decimal(0))
    discount = subtotal if is_free else rounded(discount_amount, currency)
    if discount > subtotal:
        raise ValueError(f"must not be above the subtotal of {subtotal} {currency}")
    tax = rounded((subtotal - discount) * tax_rate / 100, currency)
    if subtotal + tax > LARGEST_TOTAL:
        raise ValueError(f"the order must not come to more than {LARGEST_TOTAL} {currency}")
    return Totals(
        lines=lines,
        subtotal=subtotal,
        discount_amount=discount,
        tax_amount=tax,
        total_amount=subtotal - discount + tax,
    )
