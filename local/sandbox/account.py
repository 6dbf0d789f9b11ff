"""The merchant's account at the sandbox: its keys, its webhook, its ways to pay, its currencies."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

CodeKind = Literal["redirect", "fawry", "meeza", "aman", "masary"]

SMALLEST_AMOUNT_EGP = Decimal(5)

# What one unit is worth in EGP. Only the smallest amount is measured by it, so that yesterday's rates do.
RATES_TO_EGP = {
    "EGP": Decimal(1),
    "USD": Decimal(48),
    "EUR": Decimal(52),
    "SAR": Decimal("12.8"),
    "AED": Decimal(13),
    "KWD": Decimal(156),
    "QAR": Decimal("13.2"),
    "BHD": Decimal(127),
}


@dataclass(frozen=True)
class Account:
    """What the vendor's dashboard would hold; `public_url` is where a browser finds the sandbox."""

    api_key: str = field(repr=False)
    vendor_key: str = field(repr=False)
    webhook_url: str
    public_url: str


@dataclass(frozen=True)
class Method:
    """A way to pay, and the kind of `payment_data` that it answers with."""

    method_id: int
    name_en: str
    name_ar: str
    kind: CodeKind

    @property
    def redirects(self) -> bool:
        """Whether the payer goes to a page of the gateway's."""
        return self.kind == "redirect"


METHODS = {
    method.method_id: method
    for method in (
        Method(2, "Visa-Mastercard", "فيزا -ماستر كارد", "redirect"),
        Method(3, "Fawry", "فوري", "fawry"),
        Method(4, "MobileWallets", "المحافظ الالكترونية", "meeza"),
        Method(12, "Aman", "أمان", "aman"),
        Method(14, "Masary", "مصاري", "masary"),
    )
}
