"""The models of the bookings function's requests and responses."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from functions.bookings.details import Details
from lib.bookings.records import BookingSource, BookingType
from lib.bookings.state import BookingStatus
from lib.config import default_currency
from lib.models import Day, Model, MoneyNumber, Paragraph, ShortLine, Title, WholeNumber
from lib.money import Amount, Currency
from lib.orders.items import DEFAULT_TAX_RATE, MOST_ITEMS, NewItem, TaxRate
from lib.orders.locks import ShownPaymentStatus
from lib.payments.schemas import PointsToUse
from lib.web import WholeListQuery

MOST_GUESTS = 10_000
MOST_GUEST_NAMES = 100

GuestCount = Annotated[WholeNumber, Field(ge=1, le=MOST_GUESTS)]
GuestNames = Annotated[list[ShortLine], Field(max_length=MOST_GUEST_NAMES)]


class NewBookingItem(NewItem):
    """A line of a booking: a room, a seat, a transfer. Prices in a customer's request are ignored, so they need none."""

    unit_price: Amount = Decimal(0)
    item_type: ShortLine | None = None
    item_details: Details = Field(default_factory=dict)


Items = Annotated[list[NewBookingItem], Field(min_length=1, max_length=MOST_ITEMS)]


class NewBooking(Model):
    """A booking that staff make for a customer (`user_id`), or a customer's own request, whose prices are ignored.

    The descriptions of its items have the same limit in all as an order's.
    """

    user_id: UUID | None = None
    booking_type: BookingType
    title_ar: Title | None = None
    title_en: Title | None = None
    description_ar: Paragraph | None = None
    description_en: Paragraph | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    guest_count: GuestCount = 1
    guest_names: GuestNames = Field(default_factory=list)
    items: Items
    customer_notes: Paragraph | None = None
    internal_notes: Paragraph | None = None
    booking_details: Details = Field(default_factory=dict)
    tax_rate: TaxRate = DEFAULT_TAX_RATE
    discount_amount: Amount = Decimal(0)
    currency: Currency = Field(default_factory=default_currency)


class BookingPayment(Model):
    """How the app's form says that a booking is paid, and the points that it adds or removes.

    `payment_status` PAID: what the wallet does not pay was paid by hand, or all from the wallet if the method is WALLET.
    PARTIAL: by what `wallet_to_use` takes.
    """

    payment_status: ShownPaymentStatus | Literal["PARTIAL"] = "UNPAID"
    payment_method: Literal["CASH", "CARD", "WALLET", "MANUAL"] | None = None
    wallet_to_use: Amount = Decimal(0)
    points_action: Literal["ADD", "DEDUCT"] | None = None
    points_amount: PointsToUse = 0
    points_reason: Paragraph | None = None


class BookingForm(BookingPayment):
    """A booking as the app's form describes it: one price for all of it, without tax."""

    user_id: UUID
    booking_type: BookingType
    destination: Annotated[Title, Field(min_length=1)]
    start_date: Day
    end_date: Day
    num_persons: GuestCount = 1
    notes: Paragraph = ""
    original_price: Annotated[Amount, Field(gt=0)]
    discount: Amount = Decimal(0)
    currency: Currency = Field(default_factory=default_currency)
    payment_status: Literal["UNPAID", "PAID", "PARTIAL"] = "UNPAID"


class BookingChanges(BookingPayment):
    """The fields of a booking to change. Null removes a text or a date. Items set its price.

    The app's form names its own: `destination`, `num_persons`, `notes`, `original_price`, `discount`.
    """

    user_id: UUID | None = None
    destination: Annotated[Title, Field(min_length=1)] | None = None
    num_persons: GuestCount | None = None
    notes: Paragraph | None = None
    original_price: Annotated[Amount, Field(gt=0)] | None = None
    discount: Amount | None = None

    booking_type: BookingType | None = None
    title_ar: Title | None = None
    title_en: Title | None = None
    description_ar: Paragraph | None = None
    description_en: Paragraph | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    guest_count: GuestCount | None = None
    guest_names: GuestNames | None = None
    items: Items | None = None
    customer_notes: Paragraph | None = None
    internal_notes: Paragraph | None = None
    booking_details: Details | None = None
    confirmation_number: ShortLine | None = None
    tax_rate: TaxRate | None = None
    discount_amount: Amount | None = None
    currency: Currency | None = None


class BookingCancellation(Model):
    """Why a booking is cancelled. The customer reads the reason.

    `refund`: `wallet` refunds what was paid into the wallet at once, which only administrators may ask for. `none` leaves
    the money for a refund of the order. Default: `wallet` for administrators if the currency allows it, else `none`.
    """

    reason: Paragraph | None = None
    refund: Literal["wallet", "none"] | None = None


class BookingMove(BookingCancellation):
    """The new status of a booking, and why. `refund` applies if it is cancelled."""

    status: BookingStatus


class MyBookingsQuery(WholeListQuery):
    """Filters for a list of the caller's bookings."""

    status: BookingStatus | None = None


class BookingsQuery(MyBookingsQuery):
    """Filters for a list of bookings. `from` and `to`: the first and the last day on which a booking starts."""

    booking_type: BookingType | None = None
    booking_source: BookingSource | None = None
    user_id: UUID | None = None
    starts_from: Day | None = Field(None, alias="from")
    starts_to: Day | None = Field(None, alias="to")


class BookingItem(Model):
    """A line of a booking."""

    id: UUID
    item_type: str | None
    description_ar: str
    description_en: str
    quantity: MoneyNumber
    unit_price: MoneyNumber
    total_price: MoneyNumber
    currency: str
    item_details: dict[str, Any]


class BookingEvent(Model):
    """A change of a booking's status. `by` is null if a payment or a refund caused it."""

    status: BookingStatus
    reason: str | None
    by: str | None
    at: datetime


class Booking(Model):
    """A booking with its prices and its history. `internal_notes` are null for customers."""

    id: UUID
    booking_number: str
    order_id: UUID
    user_id: UUID
    customer_name: str
    membership_id: str
    created_by_user_id: UUID
    creator_name: str
    booking_type: BookingType
    booking_source: BookingSource
    status: BookingStatus
    title_ar: str | None
    title_en: str | None
    description_ar: str | None
    description_en: str | None
    start_date: date | None
    end_date: date | None
    guest_count: int
    guest_names: list[str]
    customer_notes: str | None
    internal_notes: str | None
    booking_details: dict[str, Any]
    confirmation_number: str | None
    priced: bool
    payment_status: ShownPaymentStatus
    subtotal: MoneyNumber
    tax_rate: MoneyNumber
    tax_amount: MoneyNumber
    discount_amount: MoneyNumber
    total_amount: MoneyNumber
    amount_paid: MoneyNumber
    amount_held: MoneyNumber
    amount_due: MoneyNumber
    currency: str
    items: list[BookingItem]
    history: list[BookingEvent]
    created_at: datetime
    updated_at: datetime
