"""What an invoice says: the snapshot taken when it was issued, and where its order stands today."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the annotations when the models are built
from decimal import Decimal  # noqa: TC003 - the same
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

PaymentStatus = Literal["UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED"]
OrderStatus = Literal["ISSUED", "PAID", "CANCELLED", "REFUNDED"]


def _text(value: object) -> object:
    """Read a null as no text, so that a missing field and an empty one print alike."""
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_text)]


class _Frozen(BaseModel):
    """A model that nobody changes after it was read."""

    model_config = ConfigDict(frozen=True)


class Seller(_Frozen):
    """Who issued the invoice; every field but the names may be empty."""

    name_ar: Text
    name_en: Text
    address_ar: Text = ""
    address_en: Text = ""
    tax_number: Text = ""
    commercial_register: Text = ""
    email: Text = ""
    phone: Text = ""
    website: Text = ""


class Buyer(_Frozen):
    """Whom the invoice is addressed to."""

    name: Text
    email: Text
    phone: Text = ""
    country: Text = ""


class Line(_Frozen):
    """One sold item; where one language is empty the other is shown alone."""

    description_ar: Text = ""
    description_en: Text = ""
    quantity: Decimal
    unit_price: Decimal
    total_price: Decimal


class InvoiceSnapshot(_Frozen):
    """An invoice as it was issued: a later change of a name or a price does not reach it.

    Amounts are in ``currency`` and carry its decimals; ``tax_rate`` is in percent.
    """

    invoice_number: Text
    order_number: Text
    issued_at: AwareDatetime
    due_date: date | None = None
    currency: str
    seller: Seller
    buyer: Buyer
    lines: tuple[Line, ...]
    notes_ar: Text = ""
    notes_en: Text = ""
    subtotal: Decimal
    discount_amount: Decimal
    tax_rate: Decimal
    tax_amount: Decimal
    total_amount: Decimal


class Standing(_Frozen):
    """Where the order stands today, which the snapshot can not know."""

    payment_status: PaymentStatus
    order_status: OrderStatus
    amount_paid: Decimal
    paid_at: AwareDatetime | None = None
