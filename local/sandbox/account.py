"""The merchant's account at the sandbox: keys, webhook address, payment methods, currencies."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

CodeKind = Literal["redirect", "fawry", "meeza", "aman", "masary"]

MORE_THAN_EGP = Decimal(5)

# The value of one unit in EGP when the sandbox starts: for what is too small, and for what reads tell.
RATES_TO_EGP = {
    "EGP": Decimal(1),
    "USD": Decimal("53.43"),
    "EUR": Decimal(52),
    "SAR": Decimal("12.8"),
    "AED": Decimal(13),
    "KWD": Decimal(156),
    "QAR": Decimal("13.2"),
    "BHD": Decimal(127),
}


@dataclass(frozen=True)
class Account:
    """The settings of the vendor's dashboard; `public_url` is the sandbox's address for a browser."""

    api_key: str = field(repr=False)
    vendor_key: str = field(repr=False)
    webhook_url: str
    public_url: str


@dataclass(frozen=True)
class Method:
    """A payment method, and the kind of its `payment_data`."""

    method_id: int
    name_en: str
    name_ar: str
    kind: CodeKind

    @property
    def redirects(self) -> bool:
        """Whether the payer is sent to a page of the gateway."""
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
