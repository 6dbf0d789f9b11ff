"""What an order comes to: every line is rounded by itself, and the invoice adds up."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.money import is_exact
from lib.orders.totals import LARGEST_TOTAL, Totals, totals

quantities = st.decimals("0.001", "1000", places=3)
prices = st.decimals(0, 10_000, places=3)
items = st.lists(st.tuples(quantities, prices), min_size=1, max_size=20)
rates = st.decimals(0, 100, places=2)
currencies = st.sampled_from(["EGP", "KWD", "JPY"])


def of_one(quantity: str, price: str, *, tax_rate: str = "0", discount: str = "0", currency: str = "EGP") -> Totals:
    """The totals of one line."""
    return totals(
        [(Decimal(quantity), Decimal(price))],
        tax_rate=Decimal(tax_rate),
        discount_amount=Decimal(discount),
        currency=currency,
        is_free=False,
    )


def test_a_discount_above_the_subtotal_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"must not be above the subtotal of 300\.00 EGP"):
        of_one("3", "100", discount="300.01")


@pytest.mark.parametrize(("price", "tax_rate"), [("100000000000", "0"), ("99999999999", "1")])
def test_an_order_that_is_too_large_to_bill_is_refused(price: str, tax_rate: str) -> None:
    with pytest.raises(ValueError, match="the order must not come to more than 99999999999 EGP"):
        of_one("1", price, tax_rate=tax_rate)
    assert of_one("1", "99999999999").total_amount == LARGEST_TOTAL


@pytest.mark.parametrize(
    ("quantity", "price", "currency", "line"),
    [
        ("0.5", "0.01", "EGP", "0.01"),
        ("0.499", "0.01", "EGP", "0.00"),
        ("1.5", "0.99", "EGP", "1.49"),
        ("3", "33.335", "KWD", "100.005"),
        ("0.5", "0.001", "KWD", "0.001"),
        ("0.5", "101", "JPY", "51"),
    ],
)
def test_a_line_is_rounded_half_up_to_the_decimals_of_its_currency(
    quantity: str, price: str, currency: str, line: str
) -> None:
    (found,) = of_one(quantity, price, currency=currency).lines
    assert str(found) == line


def test_tax_is_taken_of_what_is_left_after_the_discount() -> None:
    found = of_one("3", "100", tax_rate="14", discount="0.05")
    assert (str(found.subtotal), str(found.discount_amount)) == ("300.00", "0.05")
    assert (str(found.tax_amount), str(found.total_amount)) == ("41.99", "341.94")


def test_a_discount_may_take_all_of_it() -> None:
    assert of_one("3", "100", tax_rate="14", discount="300").total_amount == 0


@given(items, rates, st.decimals(0, 1, places=3), currencies)
def test_the_invoice_adds_up_to_the_last_unit(
    lines: list[tuple[Decimal, Decimal]], tax_rate: Decimal, share: Decimal, currency: str
) -> None:
    whole = totals(lines, tax_rate=tax_rate, discount_amount=Decimal(0), currency=currency, is_free=False)
    # Rounded down, so that a rounded discount is never above the subtotal.
    discount = (whole.subtotal * share).quantize(Decimal(1), "ROUND_FLOOR")
    found = totals(lines, tax_rate=tax_rate, discount_amount=discount, currency=currency, is_free=False)
    assert len(found.lines) == len(lines)
    assert sum(found.lines) == found.subtotal
    assert found.total_amount == found.subtotal - found.discount_amount + found.tax_amount
    assert 0 <= found.discount_amount <= found.subtotal
    assert 0 <= found.total_amount <= whole.total_amount
    assert all(is_exact(amount, currency) for amount in (*found.lines, found.discount_amount, found.tax_amount))


@given(items, rates, currencies)
def test_a_free_order_is_discounted_wholly(lines: list[tuple[Decimal, Decimal]], tax_rate: Decimal, currency: str) -> None:
    found = totals(lines, tax_rate=tax_rate, discount_amount=Decimal(5), currency=currency, is_free=True)
    assert found.discount_amount == found.subtotal
    assert found.tax_amount == found.total_amount == 0
