"""The peer's requests and answers: the fields of ours."""

import datetime as dt
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

# Amounts are numbers on the wire.
Money = Annotated[Decimal, PlainSerializer(float, return_type=float)]


class Answer(BaseModel):
    """An answer that is made from a row."""

    model_config = ConfigDict(from_attributes=True)


class NewItem(BaseModel):
    """A line of a new order."""

    description_ar: str = ""
    description_en: str = ""
    quantity: Decimal = Field(gt=0)
    unit_price: Decimal = Field(ge=0)


class NewOrder(BaseModel):
    """An order to make."""

    user_id: UUID
    order_type: str = "MANUAL_INVOICE"
    items: list[NewItem] = Field(min_length=1, max_length=200)
    notes_ar: str | None = None
    notes_en: str | None = None
    due_date: dt.date | None = None
    tax_rate: Decimal = Field(Decimal(14), ge=0, le=100)
    discount_amount: Decimal = Field(Decimal(0), ge=0)
    currency: str = "EGP"


class PayRequest(BaseModel):
    """How to pay."""

    payment_method_id: int = 2


class Login(BaseModel):
    """Who logs in."""

    email: str
    password: str


class OrderItem(Answer):
    """A line of an order."""

    id: UUID
    description_ar: str
    description_en: str
    quantity: Money
    unit_price: Money
    total_price: Money
    currency: str


class OrderUser(Answer):
    """The customer of an order."""

    id: UUID
    first_name: str
    last_name: str
    username: str | None
    email: str
    phone: str | None


class Order(Answer):
    """An order."""

    id: UUID
    order_number: str
    user_id: UUID
    created_by_user_id: UUID
    order_type: str
    status: str
    payment_status: str
    subtotal: Money
    tax_rate: Money
    tax_amount: Money
    discount_amount: Money
    total_amount: Money
    amount_paid: Money
    amount_refunded: Money
    amount_written_off: Money
    points_held: int
    amount_held: Money
    amount_due: Money
    currency: str
    notes_ar: str | None
    notes_en: str | None
    is_free: bool
    due_date: dt.date | None
    issued_at: dt.datetime | None
    paid_at: dt.datetime | None
    created_at: dt.datetime
    updated_at: dt.datetime
    invoice_number: str | None
    items: list[OrderItem]
    user: OrderUser


class OpenedPayment(BaseModel):
    """An open payment."""

    payment_id: UUID
    payment_number: str
    order_number: str
    booking_number: str | None = None
    amount: Money
    currency: str
    status: str
    points_used: int = 0
    cashback_used: Money = Decimal(0)
    wallet_used: Money = Decimal(0)
    payment_url: str | None
    fawry_code: str | None = None
    qr_code: str | None = None
    qr_code_url: str | None = None
    reference: str | None = None
    expires_at: dt.datetime | None = None
    invoice_id: str | None
    invoice_key: str | None


class Points(BaseModel):
    """A customer's points."""

    current_balance: int
    total_earned: int


class Profile(BaseModel):
    """A user as they see themselves."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    phone: str | None
    role: str
    language: str
    avatar: str | None
    email_verified: bool
    phone_verified: bool
    gender: str | None
    country: str | None
    created_at: dt.datetime
    membership_id_display: str
    wallet_balance: Money
    cashback_balance: Money
    points: Points
    membership: None = None


class LoggedIn(BaseModel):
    """The tokens of a new session, and its user."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: Profile


class Done(BaseModel):
    """What was done about a webhook."""

    status: str
    message: str
