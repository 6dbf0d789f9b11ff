"""Lets everything happen in another currency: the one of orders and of balances."""

import contextlib
import os
from collections.abc import Iterator
from decimal import Decimal

import pytest

from lib.config import config
from lib.money import rounded

# EGP is what the gateway counts in; an order in USD or KWD is told of in EGP. KWD has three decimals.
CURRENCIES = ("EGP", "USD", "KWD")
CURRENCY = os.environ.get("TESTS_CURRENCY", "EGP")
"""What orders that name none and balances are in, in this run of the tests."""
OTHER_CURRENCY = "SAR"
"""One that neither is in, in no run."""

in_egp = pytest.mark.in_egp


def as_told(amount: str, currency: str = CURRENCY) -> str:
    """An amount as answers tell it: with the decimals of its currency, by default this run's."""
    return str(rounded(Decimal(amount), currency))


def keep_balances_in(currency: str) -> None:
    """Let balances be kept in this currency in this process."""
    os.environ["LOYALTY_CURRENCY"] = currency
    config.cache_clear()


@contextlib.contextmanager
def balances_in(currency: str) -> Iterator[None]:
    """Let balances be kept in this currency for a while."""
    before = config().loyalty.currency
    keep_balances_in(currency)
    try:
        yield
    finally:
        keep_balances_in(before)
