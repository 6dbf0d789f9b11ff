"""How the sandbox shows invoices in other currencies than EGP: converted, without the rate and the original amount."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from local.sandbox.account import RATES_TO_EGP

# What a read shows in EGP: all of it; all but the transactions, which are in the invoice's own currency; or nothing.
Shown = Literal["all", "totals", "nothing"]

CONVERTED_TO = "EGP"


@dataclass
class Conversion:
    """The rates of today, in EGP for one unit, and what is converted. A paid invoice keeps the rate at which it was paid.

    `moved`: the account was moved, so that invoices are transactions in everything that it answers.
    """

    rates: dict[str, Decimal] = field(default_factory=lambda: dict(RATES_TO_EGP))
    converts: Shown = "all"
    shape: Literal["v2", "v3"] = "v2"
    moved: bool = False

    def total(self, amount: Decimal, currency: str, paid_at_rate: Decimal | None) -> tuple[Decimal, str]:
        """An invoice's total as a read tells it: three decimals, not rounded to piastres."""
        if self.converts == "nothing":
            return amount, currency
        return self._converted(amount, currency, paid_at_rate)

    def row(
        self, amount: Decimal, currency: str, invoice_currency: str, paid_at_rate: Decimal | None
    ) -> tuple[Decimal, str]:
        """A transaction as a read tells it. What came in another currency than the invoice's is told as it came."""
        if self.converts != "all" or currency != invoice_currency:
            return amount, currency
        return self._converted(amount, currency, paid_at_rate)

    def _converted(self, amount: Decimal, currency: str, paid_at_rate: Decimal | None) -> tuple[Decimal, str]:
        if currency == CONVERTED_TO or currency not in self.rates:
            return amount, currency
        converted = amount * (paid_at_rate or self.rates[currency])
        return converted.quantize(Decimal("0.001"), ROUND_HALF_UP).normalize() + 0, CONVERTED_TO
