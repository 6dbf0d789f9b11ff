"""What the orders function takes and answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, model_validator

from lib.money import DEFAULT_CURRENCY, Amount, Currency
from lib.web import Day, Model, MomentOrDay, MoneyNumber, PageQuery, Paragraph, ShortLine, WholeNumber

OrderType = Literal["SERVICE", "MANUAL_INVOICE", "EXTRA", "CUSTOM_FEE", "OTHER"]
OrderStatusWord = Literal["DRAFT", "ISSUED", "PAID", "CANCELLED", "REFUNDED"]
OrderPaymentStatus = Literal["UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED"]

MOST_ITEMS = 200
DEFAULT_TAX_RATE = Decimal(14)

Quantity = Annotated[Amount, Field(gt=0, le=999_999_999)]
TaxRate = Annotated[Amount, Field(le=100, decimal_places=2, description="percent")]
# Balances come with the ledger; until then an amount would silently not be used, and that must not happen.
NotYet = Annotated[Amount, Field(le=0, description="0: balances can't be used yet")]


class NewItem(Model):
    """A line of an order; at least one of the descriptions is needed."""

    description_ar: Paragraph = ""
    description_en: Paragraph = ""
    quantity: Quantity
    unit_price: Amount

    @model_validator(mode="after")
    def _described(self) -> "NewItem":
        if not self.description_ar and not self.description_en:
            raise ValueError("description_ar or description_en is needed")
        return self


# A list and no tuple: pydantic would also report that of a tuple with one bad item nothing is left.
Items = Annotated[list[NewItem], Field(min_length=1, max_length=MOST_ITEMS)]


class NewOrder(Model):
    """An order as staff make it. `is_free`: nothing to pay. `payment_status` PAID: it was paid elsewhere."""

    user_id: UUID
    order_type: OrderType = "MANUAL_INVOICE"
    items: Items
    notes_ar: Paragraph | None = None
    notes_en: Paragraph | None = None
    due_date: Day | None = None
    tax_rate: TaxRate = DEFAULT_TAX_RATE
    discount_amount: Amount = Decimal(0)
    currency: Currency = DEFAULT_CURRENCY
    is_free: StrictBool = False
    payment_status: Literal["UNPAID", "PAID"] = "UNPAID"
    points_to_use: NotYet = Decimal(0)
    wallet_to_use: NotYet = Decimal(0)
    cashback_to_use: NotYet = Decimal(0)


class OrderChanges(Model):
    """What of a draft changes; notes and the due date can be taken away with null."""

    user_id: UUID | None = None
    order_type: OrderType | None = None
    items: Items | None = None
    notes_ar: Paragraph | None = None
    notes_en: Paragraph | None = None
    due_date: Day | None = None
    tax_rate: TaxRate | None = None
    discount_amount: Amount | None = None
    currency: Currency | None = None


class CancelRequest(Model):
    """Why, for the audit log."""

    reason: Paragraph | None = None


class PayRequest(Model):
    """How to pay; without a method the account's first that leads to a page."""

    payment_method_id: Annotated[WholeNumber, Field(ge=0, le=2_147_483_647)] | None = None
    points_to_use: NotYet = Decimal(0)
    wallet_to_use: NotYet = Decimal(0)
    cashback_to_use: NotYet = Decimal(0)


class MyOrdersQuery(PageQuery):
    """Which of one's own orders."""

    status: OrderStatusWord | None = None
    payment_status: OrderPaymentStatus | None = None


class OrdersQuery(MyOrdersQuery):
    """Which orders; `q` looks in the order's number and in the customer's name, e-mail, username and phone."""

    user_id: UUID | None = None
    created_from: MomentOrDay | None = None
    created_to: MomentOrDay | None = None
    q: ShortLine | None = None


class OrderItem(Model):
    """A line of an order."""

    id: UUID
    description_ar: str
    description_en: str
    quantity: MoneyNumber
    unit_price: MoneyNumber
    total_price: MoneyNumber
    currency: str


class OrderUser(Model):
    """The customer of an order."""

    id: UUID
    first_name: str
    last_name: str
    username: str | None
    email: str
    phone: str | None


class Order(Model):
    """An order, with its lines and its customer."""

    id: UUID
    order_number: str
    user_id: UUID
    created_by_user_id: UUID
    order_type: OrderType
    status: OrderStatusWord
    payment_status: OrderPaymentStatus
    subtotal: MoneyNumber
    tax_rate: MoneyNumber
    tax_amount: MoneyNumber
    discount_amount: MoneyNumber
    total_amount: MoneyNumber
    amount_paid: MoneyNumber
    currency: str
    notes_ar: str | None
    notes_en: str | None
    is_free: bool
    due_date: date | None
    issued_at: datetime | None
    paid_at: datetime | None
    created_at: datetime
    updated_at: datetime
    invoice_number: str | None
    items: list[OrderItem]
    user: OrderUser


class PayAnswer(Model):
    """An open payment, and how to pay it: at a page, by a code, a QR code or a reference."""

    payment_id: UUID | None
    payment_number: str | None
    order_number: str
    amount: MoneyNumber
    currency: str
    status: Literal["PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED", "PARTIALLY_REFUNDED"]
    payment_url: str | None
    fawry_code: str | None
    qr_code: str | None
    reference: str | None
    expires_at: datetime | None
    invoice_id: str | None
    invoice_key: str | None
