"""The models of the payments function's requests and responses."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, field_validator, model_validator

from lib.config import default_currency
from lib.models import Model, MoneyNumber, Paragraph
from lib.money import Amount, Currency, PlainDecimal
from lib.outcomes import OutcomeStatus
from lib.payments import locks
from lib.payments.schemas import MethodId
from lib.web import PageQuery, WholeListQuery

# An order without a payment is listed beside the payments, with its own payment status.
EntryStatus = Literal[locks.PaymentStatus, "UNPAID", "PARTIALLY_PAID"]
WebhookOutcome = Literal[OutcomeStatus, "refused", "unreadable"]


class WebhookAnswer(Model):
    """The outcome of a webhook."""

    status: WebhookOutcome
    message: str


class PaymentToCreate(Model):
    """The order or the booking that the caller pays. What the app sends beside these (amount, names, texts) is ignored."""

    order_id: UUID | None = None
    booking_id: UUID | None = None
    payment_method_id: MethodId | None = None

    @model_validator(mode="after")
    def _name_one(self) -> "PaymentToCreate":
        if (self.order_id is None) == (self.booking_id is None):
            raise ValueError("order_id or booking_id: say which one is paid, and only one of them")
        return self


class QuickPayment(Model):
    """A sum to pay on account: at least 10 EGP, or in another currency at least the gateway's smallest amount."""

    amount: Annotated[Amount, Field(gt=0)]
    currency: Currency = Field(default_factory=default_currency)
    payment_method_id: MethodId | None = None


class PaymentMethodAnswer(Model):
    """A payment method. `redirect`: the payer goes to a page of the gateway."""

    payment_method_id: int
    name_en: str
    name_ar: str
    redirect: bool
    logo: str | None


class GatewayFigures(Model):
    """What the gateway told of a payment, exactly: the total and its currency.

    `rate`: what one unit of the payment's currency was counted as, if that is another one. `expected`: the same, told while
    nothing was paid. `staff_rate`: the rate set by staff that counts now.
    """

    total: MoneyNumber | None
    currency: str | None
    rate: MoneyNumber | None
    expected_total: MoneyNumber | None
    expected_currency: str | None
    expected_rate: MoneyNumber | None
    staff_rate: MoneyNumber | None


class NewGatewayRate(Model):
    """What one unit of the path's currency comes to in EGP."""

    rate: Annotated[PlainDecimal, Field(gt=0, max_digits=16, decimal_places=6)]


class GatewayRate(Model):
    """The newest rate of a currency: what one unit of it comes to in EGP. One that is a week old is no longer current."""

    currency: str
    rate: MoneyNumber
    set_at: datetime
    set_by: str
    is_current: bool


class PaymentStatus(Model):
    """The status of a payment, PENDING also while it waits for a person.

    For staff alone: `gateway`, and `gateway_answer`, the gateway's answer, to decide by.
    """

    payment_id: UUID
    payment_number: str
    status: locks.PaymentStatus
    amount: MoneyNumber
    currency: str
    paid_at: datetime | None
    error_message: str | None
    review_reason: locks.ReviewReason | None
    resolution: locks.Resolution | None
    gateway: GatewayFigures | None
    gateway_answer: str | None


class ReconcileAnswer(Model):
    """The outcome of asking the gateway about a payment."""

    payment_id: UUID
    outcome: WebhookOutcome
    message: str


class Resolution(Model):
    """An administrator's decision. `amount`: how much to apply to the order, in its currency; by default what arrived.

    Where the gateway did not say what arrived, it is needed for a refund too, and is at most what the payer was asked for.
    """

    action: Literal["settle", "reject", "refund"]
    note: Annotated[Paragraph, Field(min_length=1)]
    amount: Amount | None = None


class ReturnQuery(Model):
    """The query of a return page. It finds its payment only by the token that we put into its address."""

    token: str = Field("", max_length=100)
    lang: Literal["ar", "en"] | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _end_at_second_query(cls, value: object) -> object:
        # Whoever sends the browser on may append "?invoice_id=7" to our address, although that has a query already. Then it
        # stands in the value of our last field.
        return value.partition("?")[0] if isinstance(value, str) else value


class PaymentQuery(WholeListQuery):
    """Filters for a list of payments."""

    status: EntryStatus | None = None
    order_id: UUID | None = None
    user_id: UUID | None = None
    in_review: bool | None = None


class WebhookLogQuery(PageQuery):
    """Filters for a list of webhooks."""

    outcome: WebhookOutcome | None = None
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


class Payer(Model):
    """Who pays."""

    id: UUID
    first_name: str
    last_name: str
    email: str
    phone: str | None


class PaymentEntry(Model):
    """A payment, or an order that has none yet (`source` INVOICE, with the order's number, id and payment status)."""

    id: UUID
    payment_number: str
    amount: MoneyNumber
    currency: str
    status: EntryStatus
    payment_method: str
    payment_type: locks.PaymentType
    source: Literal["PAYMENT", "INVOICE"]
    review_reason: locks.ReviewReason | None
    created_at: datetime
    paid_at: datetime | None
    user_id: UUID | None
    user: Payer | None
    order: PaidOrder | None
    booking: PaidBooking | None


class MyPayments(Model):
    """A page of payments. `total` is counted up to 1,000."""

    items: list[PaymentEntry]
    total: int


class PaymentEntryForStaff(PaymentEntry):
    """A payment with what the gateway told of it. An order that has none yet has no `gateway`."""

    gateway: GatewayFigures | None = None


class PaymentsForStaff(Model):
    """A page of payments. `total` is counted up to 1,000."""

    items: list[PaymentEntryForStaff]
    total: int


class PaymentDetails(PaymentEntry):
    """A payment, or an order that has none yet. `transaction_id`: the gateway's number of it."""

    order_id: UUID | None
    description: str | None
    transaction_id: str | None


class WebhookLogEntry(Model):
    """A webhook with all its outcomes."""

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
    outcome: WebhookOutcome | None
    detail: str | None
    payment_id: UUID | None
    outcomes: list[dict[str, Any]]
