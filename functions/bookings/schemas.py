"""What the bookings function takes and answers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from functions.bookings.details import Details
from lib.bookings.moves import BookingStatus
from lib.money import DEFAULT_CURRENCY, Amount, Currency
from lib.orders.items import DEFAULT_TAX_RATE, MOST_ITEMS, NewItem, TaxRate
from lib.web import Day, Model, MoneyNumber, PageQuery, Paragraph, ShortLine, Title, WholeNumber

BookingType = Literal["HOTEL", "FLIGHT", "PACKAGE", "ACTIVITY", "TRANSFER", "VISA", "INSURANCE", "TRIP", "CUSTOM", "OTHER"]
BookingSource = Literal["SELF", "ADMIN", "AGENT"]

MOST_GUESTS = 10_000
MOST_GUEST_NAMES = 100

GuestCount = Annotated[WholeNumber, Field(ge=1, le=MOST_GUESTS)]
GuestNames = Annotated[list[ShortLine], Field(max_length=MOST_GUEST_NAMES)]


class NewBookingItem(NewItem):
    """A line of a booking: a room, a seat, a transfer. A customer's request needs no price: none of theirs is taken."""

    unit_price: Amount = Decimal(0)
    item_type: ShortLine | None = None
    item_details: Details = Field(default_factory=dict)


Items = Annotated[list[NewBookingItem], Field(min_length=1, max_length=MOST_ITEMS)]


class NewBooking(Model):
    """A booking: by staff for a customer (`user_id`), or a customer's own request, whose prices are not taken."""

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
    currency: Currency = DEFAULT_CURRENCY


class BookingChanges(Model):
    """What of a booking changes; texts and dates can be taken away with null. Items bring its price."""

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
    """Why a booking is called off; the customer reads the reason.

    `refund` is what becomes of its money: into the wallet at once (which administrators may do, and do where they name
    nothing and the currency allows it), or `none`: it waits for a refund of the order.
    """

    reason: Paragraph | None = None
    refund: Literal["wallet", "none"] | None = None


class BookingMove(BookingCancellation):
    """Where a booking is to move, and why; `refund` where it is called off."""

    status: BookingStatus


class MyBookingsQuery(PageQuery):
    """Which of one's own bookings."""

    status: BookingStatus | None = None


class BookingsQuery(MyBookingsQuery):
    """Which bookings; `from` and `to` are the first and the last day on which they start."""

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
    item_details: dict[str, Any]


class BookingEvent(Model):
    """A state that a booking came into; `by` is null where money moved it."""

    status: BookingStatus
    reason: str | None
    by: str | None
    at: datetime


class Booking(Model):
    """A booking, its money and its history. `internal_notes` are for staff alone."""

    id: UUID
    booking_number: str
    order_id: UUID
    user_id: UUID
    customer_name: str
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
    payment_status: Literal["UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED"]
    subtotal: MoneyNumber
    tax_rate: MoneyNumber
    tax_amount: MoneyNumber
    discount_amount: MoneyNumber
    total_amount: MoneyNumber
    amount_paid: MoneyNumber
    currency: str
    items: list[BookingItem]
    history: list[BookingEvent]
    created_at: datetime
    updated_at: datetime
