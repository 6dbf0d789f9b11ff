"""Our own models of what we send to the gateway and what it answers."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

# Also with the zero that is not dialled behind the country's code: +20 010….
_EGYPTIAN_MOBILE = re.compile(r"(?:\+|00)?200?(1[0-9]{9})")
_LOCAL_MOBILE = re.compile(r"01[0-9]{9}")
_WALLET_NAME = re.compile("wallet|meeza|vodafone|محفظ|محافظ|ميز[اة]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A payment method of the account; with `redirect` the payer is sent to a page of the gateway.

    `customer_pays_commission`: whether the customer pays the gateway's commission on top; None: it does not say.
    """

    payment_method_id: int
    name_en: str
    name_ar: str
    redirect: bool
    logo: str | None
    customer_pays_commission: bool | None = None

    @property
    def is_wallet(self) -> bool:
        """Whether it asks a mobile wallet for the money, so that it needs the wallet's number. Only its name says so."""
        return not self.redirect and bool(_WALLET_NAME.search(f"{self.name_en} {self.name_ar}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The payer's data for the gateway; `phone` may be in E.164."""

    first_name: str
    last_name: str
    email: str = field(repr=False)
    phone: str | None = field(repr=False)
    unique_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnUrls:
    """Where the gateway sends the payer, and (`webhook`) where it sends the webhook of a paid event."""

    success: str
    fail: str
    pending: str
    webhook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRequest:
    """One payment to open: `amount` is in major units of `currency`, `invoice_number` is our payment number."""

    payment_method_id: int
    amount: Decimal
    currency: str
    invoice_number: str
    customer: Customer
    item_name: str
    urls: ReturnUrls
    pay_load: dict[str, str]
    lang: str
    mobile_wallet_number: str | None = field(default=None, repr=False)

    def to_wire(self) -> dict[str, object]:
        """Give the body of `invoiceInitPay`.

        It has one item with the whole price, because the gateway compares the sum of the items with `cartTotal`.
        """
        total = format(self.amount, "f")
        optional = {
            "mobileWalletNumber": self.mobile_wallet_number and as_local_mobile(self.mobile_wallet_number),
        }
        return {
            "payment_method_id": self.payment_method_id,
            "cartTotal": total,
            "currency": self.currency,
            "invoice_number": self.invoice_number,
            "customer": self._customer_to_wire(),
            "cartItems": [{"name": self.item_name, "price": total, "quantity": "1"}],
            "redirectionUrls": {
                "successUrl": self.urls.success,
                "failUrl": self.urls.fail,
                "pendingUrl": self.urls.pending,
                "webhookUrl": self.urls.webhook,
            },
            "payLoad": self.pay_load,
            "lang": self.lang,
            "sendEmail": False,
            "sendSMS": False,
        } | {name: value for name, value in optional.items() if value}

    def _customer_to_wire(self) -> dict[str, str]:
        customer = {
            "first_name": self.customer.first_name,
            "last_name": self.customer.last_name,
            "email": self.customer.email,
            "customer_unique_id": self.customer.unique_id,
        }
        if self.customer.phone:
            customer["phone"] = as_local_mobile(self.customer.phone)
        return customer


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedInvoice:
    """An invoice that the gateway has opened, and how to pay it: at a page, by a code, by a QR code or a reference."""

    invoice_id: str
    invoice_key: str | None
    payment_url: str | None
    fawry_code: str | None
    qr_code: str | None
    reference: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Received:
    """Money that the gateway has received for us, by its own word, in major units of the currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTransaction:
    """One attempt to pay an invoice; `paid_with_it` marks the one whose money arrived."""

    amount: Decimal | None
    currency: str | None
    paid_with_it: bool
    status: str | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayInvoice:
    """An invoice's present state at the gateway. This is what we believe, and never a webhook.

    `transaction_id`: of a moved account, once somebody has begun to pay; refunds need it. `commission` names no currency.
    `unreadable_rows`: how many of its transactions are left out. `seen`: the answer's fields, for a person to read.
    """

    invoice_id: str
    invoice_key: str | None
    paid: bool
    total: Decimal | None
    currency: str | None
    payment_method: str | None
    paid_at: datetime | None
    status_text: str | None
    pay_load: dict[str, object] | None
    transactions: list[GatewayTransaction]
    transaction_id: str | None = None
    commission: Decimal | None = None
    unreadable_rows: int = 0
    seen: str = field(default="", repr=False)

    @property
    def is_refunded(self) -> bool:
        """Whether the gateway says that money was sent back; `paid` may still be true then."""
        return "refund" in (self.status_text or "").casefold()

    def received(self) -> Received | None:
        """Give what was really paid, or None if that is not certain.

        The transactions that are marked as paid decide, because `total` may have been converted to EGP. `total` counts only
        if none is marked. If any of them can't be used, a person must decide.
        """
        if not self.paid:
            return None
        marked = [(one.amount, one.currency) for one in self.transactions if one.paid_with_it]
        amounts: list[Decimal] = []
        currencies: set[str] = set()
        for amount, currency in marked or [(self.total, self.currency)]:
            if amount is None or amount <= 0 or currency is None:
                return None
            amounts.append(amount)
            currencies.add(currency)
        return Received(sum(amounts, Decimal(0)), currencies.pop()) if len(currencies) == 1 else None


def as_local_mobile(phone: str) -> str:
    """Give an Egyptian mobile number in the gateway's form (01…), and any other number without its separators."""
    compact = re.sub(r"[\s().-]", "", phone)
    egyptian = _EGYPTIAN_MOBILE.fullmatch(compact)
    return f"0{egyptian[1]}" if egyptian else compact


def is_egyptian_mobile(phone: str) -> bool:
    """Tell whether it is an Egyptian mobile number, in any form in which people write one."""
    return _LOCAL_MOBILE.fullmatch(as_local_mobile(phone)) is not None
