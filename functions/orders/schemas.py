"""The models of the orders function's requests and responses."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, model_validator

from lib.approvals.records import ApprovalKind, ApprovalStatus
from lib.config import default_currency
from lib.models import Day, Model, MomentOrDay, MoneyNumber, Paragraph, ShortLine
from lib.money import Amount, Currency
from lib.orders.drafting import OrderType
from lib.orders.items import DEFAULT_TAX_RATE, Items, TaxRate
from lib.orders.locks import OrderStatus, ShownPaymentStatus
from lib.payments.schemas import BalancesToUse
from lib.refunds.allocating import Destination, PartDestination, PartSource
from lib.refunds.records import RefundOrigin, RefundStatus
from lib.web import PageQuery, WholeListQuery


class NewOrder(BalancesToUse):
    """An order that staff make. `is_free`: there is nothing to pay. `payment_status` PAID: it was paid elsewhere.

    The balances to use are held for the order at once. Descriptions and notes have at most 200,000 characters and 5,000
    lines in all. A description in one language counts twice, because it is printed in both columns.
    """

    user_id: UUID
    order_type: OrderType = "MANUAL_INVOICE"
    items: Items
    notes_ar: Paragraph | None = None
    notes_en: Paragraph | None = None
    due_date: Day | None = None
    tax_rate: TaxRate = DEFAULT_TAX_RATE
    discount_amount: Amount = Decimal(0)
    currency: Currency = Field(default_factory=default_currency)
    is_free: StrictBool = False
    payment_status: Literal["UNPAID", "PAID"] = "UNPAID"


class OrderChanges(BalancesToUse):
    """The fields of a draft to change. Null removes notes or the due date.

    `payment_status` PAID: what balances do not cover was paid elsewhere; the order's own status and UNPAID change nothing.
    The balances replace what was promised before. Of an issued order only notes, due date and `payment_status` change; what
    else is sent must be as it is, or as the app's form sends it without being asked.
    """

    user_id: UUID | None = None
    order_type: OrderType | None = None
    items: Items | None = None
    notes_ar: Paragraph | None = None
    notes_en: Paragraph | None = None
    due_date: Day | None = None
    tax_rate: TaxRate | None = None
    discount_amount: Amount | None = None
    currency: Currency | None = None
    is_free: StrictBool | None = None
    payment_status: ShownPaymentStatus | None = None


class CancelRequest(Model):
    """Why an order is cancelled. The reason goes into the audit log."""

    reason: Paragraph | None = None


class ManualPayment(Model):
    """Money that was taken elsewhere. No `amount`: all that is left to pay. `note` says how: it goes into the audit log."""

    amount: Annotated[Amount, Field(gt=0)] | None = None
    note: Annotated[Paragraph, Field(min_length=1)]


class WriteOff(Model):
    """Why what is left to pay is given up. The reason goes into the audit log."""

    reason: Annotated[Paragraph, Field(min_length=1)]


class RefundBody(Model):
    """What to refund of an order. No `amount`: all that is left.

    `payment_id`: refund the money of this payment that was never applied to the order (a second payment, or money for a
    cancelled order), or what it paid of the order if it was marked for refund.

    `destination` manual: an administrator has given it back by hand; `note` says how.
    """

    amount: Annotated[Amount, Field(gt=0)] | None = None
    reason: Annotated[Paragraph, Field(min_length=1)]
    destination: Destination
    payment_id: UUID | None = None
    note: Paragraph | None = None

    @model_validator(mode="after")
    def _say_how(self) -> "RefundBody":
        if self.destination == "manual" and not self.note:
            raise ValueError("note: say how it was given back by hand, such as the number of the bank transfer")
        return self


class ApprovalsQuery(PageQuery):
    """Which approvals."""

    status: ApprovalStatus | None = None


class ApprovalRejection(Model):
    """Why an approval is refused. Staff read the reason."""

    reason: Annotated[Paragraph, Field(min_length=1)]


class MyOrdersQuery(WholeListQuery):
    """Filters for a list of the caller's orders. `include_bookings`: also those behind bookings."""

    status: OrderStatus | None = None
    payment_status: ShownPaymentStatus | None = None
    include_bookings: bool = False


class OrdersQuery(MyOrdersQuery):
    """Filters for a list of orders. `created_from` and `created_to`: a moment, or a whole day in Cairo.

    `q` searches the order's number, its items' descriptions, and the customer's name, e-mail, username and phone, without
    regard to case, accents, and the forms of alef, ya and ta marbuta.
    """

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
    """An order, with its lines and its customer. `amount_due`: what is neither paid nor held.

    `payment_status` is PARTIALLY_PAID if something is paid or held, and CANCELLED if it was called off with nothing paid.
    """

    id: UUID
    order_number: str
    user_id: UUID
    created_by_user_id: UUID
    order_type: OrderType
    status: OrderStatus
    payment_status: ShownPaymentStatus
    subtotal: MoneyNumber
    tax_rate: MoneyNumber
    tax_amount: MoneyNumber
    discount_amount: MoneyNumber
    total_amount: MoneyNumber
    amount_paid: MoneyNumber
    amount_refunded: MoneyNumber
    amount_written_off: MoneyNumber
    points_held: int
    amount_held: MoneyNumber
    amount_due: MoneyNumber
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


class ChangedOrder(Order):
    """A draft that was changed. `points_released`, `amount_released`: balances that it held and that no longer fit it.

    They are free again. `amount_released` has the points' value in it, in the currency of balances.
    """

    points_released: int
    amount_released: MoneyNumber


class ApprovalUser(Model):
    """Who gains by what was asked for."""

    id: UUID
    first_name: str
    last_name: str
    email: str


class Approval(Model):
    """What an administrator asked for and another one has to approve. Points have the currency PTS.

    `result_id`: the refund or the ledger transaction that came of it.
    """

    id: UUID
    kind: ApprovalKind
    status: ApprovalStatus
    user_id: UUID
    user: ApprovalUser
    order_id: UUID | None
    order_number: str | None
    amount: MoneyNumber
    currency: str
    reason: str | None
    asked_by_user_id: UUID
    asked_by_name: str
    decided_by_user_id: UUID | None
    decided_at: datetime | None
    rejection_reason: str | None
    result_id: UUID | None
    created_at: datetime


class AtGateway(Model):
    """What the gateway is asked for: in the currency in which it holds the money, and at which rate that counts."""

    amount: MoneyNumber
    currency: str
    rate: MoneyNumber | None


class RefundPart(Model):
    """A part of a refund: where the money was paid from, and where it goes."""

    source: PartSource
    destination: PartDestination
    amount: MoneyNumber
    points: int
    payment_id: UUID
    gateway: AtGateway | None


class Refund(Model):
    """A refund. PENDING: the gateway has not decided. NEEDS_REVIEW: a person has to; `message` says why, for staff only.

    `origin` GATEWAY: it was made at the gateway and not here.
    """

    refund_id: UUID
    refund_number: str
    order_id: UUID
    payment_id: UUID | None
    status: RefundStatus
    amount: MoneyNumber
    currency: str
    reason: str
    destination: Destination
    origin: RefundOrigin
    parts: list[RefundPart]
    points_taken_back: int
    cashback_taken_back: MoneyNumber
    credit_note_number: str | None
    message: str | None
    note: str | None
    created_at: datetime
    submitted_at: datetime | None
    completed_at: datetime | None
