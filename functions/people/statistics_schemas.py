"""The models of the dashboard's figures. Amounts are in the default currency unless they name theirs."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from lib.models import Model, MoneyNumber
from lib.web.pages import MOST_ROWS


class ChartQuery(Model):
    """How many days, today last."""

    days: int = Field(7, ge=1, le=366)


class NewestQuery(Model):
    """How many of the newest."""

    limit: int = Field(10, ge=1, le=MOST_ROWS)


class Counted(Model):
    """How many there are, and how many were made since the month began in Cairo."""

    total: int
    this_month: int


class Compared(Counted):
    """The same, with this month against the last in whole percent; 0 if there was nothing in the last."""

    change_percent: int


class Revenue(Model):
    """What was paid less what was refunded. `by_currency`: in all, also what has no rate into the default currency."""

    total: MoneyNumber
    this_month: MoneyNumber
    change_percent: int
    currency: str
    by_currency: dict[str, MoneyNumber]


class ActiveOffers(Model):
    """Offers that can be booked."""

    active: int


class OpenChats(Model):
    """Conversations that wait."""

    open: int


class Overview(Model):
    """The figures at the top of the dashboard. `users`: customers. `orders`: without those behind bookings."""

    users: Compared
    revenue: Revenue
    bookings: Compared
    orders: Counted
    offers: ActiveOffers
    chats: OpenChats


class RevenueOfDay(Model):
    """The revenue of a day in Cairo. `day`: its name in English, in three letters."""

    date: date
    day: Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    revenue: MoneyNumber


class Activity(Model):
    """Something that happened. `icon`: a name of Ionicons, which the app draws."""

    type: Literal["user", "payment", "booking", "order"]
    icon: str
    title: str
    description: str
    time: datetime


class StaffTransaction(Model):
    """A payment, or an order that has none yet. `user`: the customer's name."""

    id: UUID
    user: str
    amount: MoneyNumber
    currency: str
    status: str
    created_at: datetime
    type: Literal["PAYMENT", "INVOICE"]
