"""How much of each balance pays an order. Pure functions: the configuration is a parameter."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_FLOOR, Decimal

from lib.config import Loyalty
from lib.errors import Invalid
from lib.money import DECIMALS, is_exact


@dataclass(frozen=True, kw_only=True)
class Split:
    """What an attempt takes from each balance. All amounts, also the value of the points, are in the order's currency."""

    points: int = 0
    points_value: Decimal = Decimal(0)
    cashback: Decimal = Decimal(0)
    wallet: Decimal = Decimal(0)

    @property
    def value(self) -> Decimal:
        """How much of the order it pays."""
        return self.points_value + self.cashback + self.wallet


@dataclass(frozen=True, kw_only=True)
class BalanceLimits:
    """How much of each balance a request wants to use at most; cashback and wallet in major units."""

    points: int = 0
    cashback: Decimal = Decimal(0)
    wallet: Decimal = Decimal(0)


def worth(points: int, loyalty: Loyalty) -> Decimal:
    """How much these points pay, in the currency of balances, rounded down to its decimals."""
    return (points * loyalty.point_value).quantize(Decimal(1).scaleb(-DECIMALS[loyalty.currency]), ROUND_DOWN)


def split(remaining: Decimal, currency: str, limits: BalanceLimits, loyalty: Loyalty) -> Split:
    """How to pay `remaining` from balances: first points, then cashback, then wallet, each up to its limit and what is left.

    Raises Invalid if the order's currency is not that of balances, or if a limit has too many decimals.
    """
    if limits == BalanceLimits():
        return Split()
    _require_currency(currency, limits, loyalty)
    points = min(limits.points, int((remaining / loyalty.point_value).to_integral_value(ROUND_FLOOR)))
    points = points if worth(points, loyalty) > 0 else 0
    points_value = worth(points, loyalty)
    cashback = min(limits.cashback, remaining - points_value)
    wallet = min(limits.wallet, remaining - points_value - cashback)
    return Split(points=points, points_value=points_value, cashback=cashback, wallet=wallet)


def _require_currency(currency: str, limits: BalanceLimits, loyalty: Loyalty) -> None:
    if currency != loyalty.currency:
        raise Invalid.field(["body"], f"balances are kept in {loyalty.currency} and can't pay an order in {currency}")
    for name, amount in (("cashback_to_use", limits.cashback), ("wallet_to_use", limits.wallet)):
        if not is_exact(amount, currency):
            raise Invalid.field(["body", name], f"must have at most {DECIMALS[currency]} decimals in {currency}", "decimals")
