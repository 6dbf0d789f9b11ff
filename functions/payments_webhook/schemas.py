"""What the payments function takes and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from lib.money import Amount
from lib.web import Model, MoneyNumber, PageQuery, Paragraph

PaymentStatusWord = Literal["PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED", "PARTIALLY_REFUNDED"]
# An order without a payment is listed beside the payments, with its own payment status.
EntryStatusWord = Literal[PaymentStatusWord, "UNPAID", "PARTIALLY_PAID"]
ReviewReason = Literal[
    "AMOUNT_DIFFERS",
    "CURRENCY_DIFFERS",
    "AMOUNT_UNREADABLE",
    "SECOND_PAYMENT",
    "ORDER_CANCELLED",
    "REFUND_REPORTED",
    "BALANCE_SHORT",
    "REFUND_UNKNOWN",
]
OutcomeWord = Literal[
    "processed", "ignored", "review", "already_processed", "deferred", "unmatched", "refused", "unreadable"
]


class WebhookAnswer(Model):
    """What was done about a webhook."""

    status: OutcomeWord
    message: str


class PaymentMethodAnswer(Model):
    """A way to pay; with `redirect` the payer goes to a page of the gateway's."""

    payment_method_id: int
    name_en: str
    name_ar: str
    redirect: bool
    logo: str | None


class PaymentStatus(Model):
    """How a payment stands."""

    payment_id: UUID
    payment_number: str
    status: PaymentStatusWord
    amount: MoneyNumber
    currency: str
    paid_at: datetime | None
    error_message: str | None
    review_reason: ReviewReason | None
    resolution: Literal["SETTLED", "REJECTED", "REFUND_DUE"] | None


class ReconcileAnswer(Model):
    """What came of asking the gateway."""

    payment_id: UUID
    outcome: OutcomeWord
    message: str


class Resolution(Model):
    """An administrator's decision. `amount`: what the money counts for in the order's currency, if not what arrived."""

    action: Literal["settle", "reject", "refund"]
    note: Annotated[Paragraph, Field(min_length=1)]
    amount: Amount | None = None


class ReturnQuery(Model):
    """How a return page finds its payment: only by the token that we put into its address."""

    token: str = Field("", max_length=100)
    lang: Literal["ar", "en"] | None = None


class PaymentQuery(PageQuery):
    """Which payments."""

    status: EntryStatusWord | None = None
    order_id: UUID | None = None
    user_id: UUID | None = None
    in_review: bool | None = None


class WebhookLogQuery(PageQuery):
    """Which webhooks."""

    outcome: OutcomeWord | None = None
    invoice_id: str | None = Field(None, max_length=100)
    payment_id: UUID | None = None


class PaidOrder(Model):
    """The order of a payment, in short."""

    id: UUID
    order_number: str
    notes_en: str | None
    notes_ar: str | None


class PaidBooking(Model):
    """The booking of a payment, in short."""

    id: UUID
    booking_number: str
    title_en: str | None
    title_ar: str | None
    booking_type: str
    start_date: date | None
    end_date: date | None


class PaymentEntry(Model):
    """A payment, or an order that has none yet (`source` INVOICE, with the order's number, id and payment status)."""

    id: UUID
    payment_number: str
    amount: MoneyNumber
    currency: str
    status: EntryStatusWord
    payment_method: str
    payment_type: Literal["ORDER", "BOOKING", "WALLET_DEPOSIT", "MANUAL"]
    source: Literal["PAYMENT", "INVOICE"]
    review_reason: ReviewReason | None
    created_at: datetime
    paid_at: datetime | None
    order: PaidOrder | None
    booking: PaidBooking | None


class MyPayments(Model):
    """A page of payments; `total` is counted to 1,000 at most."""

    items: list[PaymentEntry]
    total: int


class WebhookLogEntry(Model):
    """A webhook, and all that was done about it."""

    id: UUID
    received_at: datetime
    hash_held: bool
    digest: str
    kind: str | None
    shape: str | None
    encoding: str | None
    invoice_id: str | None
    reference: str | None
    body: dict[str, Any] | None
    outcome: OutcomeWord | None
    detail: str | None
    payment_id: UUID | None
    outcomes: list[dict[str, Any]]
