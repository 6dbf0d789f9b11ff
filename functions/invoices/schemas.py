"""The models of the invoices function's requests and responses."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from lib.models import Model, MoneyNumber


class InvoiceSeller(Model):
    """Who sold, as printed when the invoice was issued."""

    name_ar: str
    name_en: str
    address_ar: str
    address_en: str
    tax_number: str
    commercial_register: str
    email: str
    phone: str
    website: str


class InvoiceBuyer(Model):
    """Who bought, as they were called when the invoice was issued."""

    id: UUID
    name: str
    email: str
    phone: str | None
    country: str | None
    language: Literal["ar", "en"]


class InvoiceLine(Model):
    """A line of an invoice."""

    description_ar: str
    description_en: str
    quantity: MoneyNumber
    unit_price: MoneyNumber
    total_price: MoneyNumber


class InvoiceAnswer(Model):
    """An invoice: what was issued, and (`status` to `verify_url`) how it stands today."""

    invoice_number: str
    order_id: UUID
    order_number: str
    issued_at: datetime
    due_date: date | None
    currency: str
    seller: InvoiceSeller
    buyer: InvoiceBuyer
    lines: list[InvoiceLine]
    notes_ar: str | None
    notes_en: str | None
    subtotal: MoneyNumber
    discount_amount: MoneyNumber
    tax_rate: MoneyNumber
    tax_amount: MoneyNumber
    total_amount: MoneyNumber
    status: Literal["ISSUED", "PAID", "CANCELLED", "REFUNDED"]
    payment_status: Literal["UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED"]
    amount_paid: MoneyNumber
    balance_due: MoneyNumber
    paid_at: datetime | None
    verify_url: str


class InvoiceInBase64(Model):
    """A PDF inside JSON."""

    filename: str
    content_base64: str


class InvoicePass(Model):
    """A pass of the job that sends mail."""

    given: str = Field(alias="pass", max_length=2_000)


class VerifyQuery(Model):
    """The page's language; else what the browser prefers."""

    lang: Literal["ar", "en"] | None = None
