"""Lets everything happen in another currency: the one of orders and of balances."""

import contextlib
import os
from collections.abc import Iterator

from lib.config import config

# EGP is what the gateway counts in; an order in USD is told of in EGP.
CURRENCIES = ("EGP", "USD")


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
