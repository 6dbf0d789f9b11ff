"""The tax that credit notes take back adds up to the invoice's, however an order is refunded."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.money import DECIMALS, is_exact
from lib.refunds.credit_notes import tax_share
from tests.support.scenes import PAID_ORDER


@pytest.mark.parametrize(
    ("refunded", "amount", "tax"),
    [("0", "342", "42.00"), ("0", "100", "12.28"), ("100", "100", "12.28"), ("200", "142", "17.44"), ("0", "0.01", "0.00")],
)
def test_what_goes_back_has_its_share_of_the_tax(refunded: str, amount: str, tax: str) -> None:
    assert str(tax_share(replace(PAID_ORDER, amount_refunded=Decimal(refunded)), Decimal(amount))) == tax


@given(
    st.integers(1, 10_000_000),
    st.decimals(0, 1, places=4),
    st.lists(st.decimals(0, 1, places=2), max_size=8),
    st.sampled_from(["EGP", "KWD", "JPY"]),
)
def test_the_shares_of_all_refunds_add_up_to_the_tax(
    total_units: int, tax_part: Decimal, steps: list[Decimal], currency: str
) -> None:
    unit = Decimal(1).scaleb(-DECIMALS[currency])
    total = total_units * unit
    tax = (total * tax_part).quantize(unit)
    order = replace(PAID_ORDER, currency=currency, tax_amount=tax, total_amount=total, amount_paid=total)
    shares = []
    for step in [*steps, Decimal(1)]:
        left = order.total_amount - order.amount_refunded
        amount = (left * step).quantize(unit)
        shares.append(tax_share(order, amount))
        order = replace(order, amount_refunded=order.amount_refunded + amount)
    assert sum(shares) == tax
    assert all(share >= 0 and is_exact(share, currency) for share in shares)


def test_an_order_without_tax_has_none_to_take_back() -> None:
    assert tax_share(replace(PAID_ORDER, tax_amount=Decimal(0)), Decimal(342)) == 0
