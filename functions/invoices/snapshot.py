"""The content of an invoice: the snapshot from when it was issued, and the present status of its order."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - pydantic reads the annotations when the models are built
from decimal import Decimal  # noqa: TC003 - the same
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

PaymentStatus = Literal["UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED"]
OrderStatus = Literal["ISSUED", "PAID", "CANCELLED", "REFUNDED"]


def _text(value: object) -> object:
    """Take null as an empty text, so that a missing field and an empty one are printed alike."""
    return "" if value is None else value


Text = Annotated[str, BeforeValidator(_text)]


class _Frozen(BaseModel):
    """A model that can't be changed."""

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
    """Who the invoice is for."""

    name: Text
    email: Text
    phone: Text = ""
    country: Text = ""


class Line(_Frozen):
    """One sold item. Where the description in one language is empty, the other one is printed twice."""

    description_ar: Text = ""
    description_en: Text = ""
    quantity: Decimal
    unit_price: Decimal
    total_price: Decimal


class InvoiceSnapshot(_Frozen):
    """An invoice as it was issued. A later change of a name or a price does not change it.

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


class CurrentStatus(_Frozen):
    """The present status of the order, which is not in the snapshot."""

    payment_status: PaymentStatus
    order_status: OrderStatus
    amount_paid: Decimal
    paid_at: AwareDatetime | None = None

    @classmethod
    def of(cls, invoice: dict[str, Any]) -> Self:
        """The status in an invoice that `queries` has read."""
        return cls(
            payment_status=invoice["payment_status"],
            order_status=invoice["status"],
            amount_paid=invoice["amount_paid"],
            paid_at=invoice["paid_at"],
        )
