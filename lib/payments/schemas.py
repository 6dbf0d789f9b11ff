"""What paying takes and answers, for orders and bookings alike."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from lib.money import Amount
from lib.payments.balances import Wanted
from lib.web.models import Model, MoneyNumber, WholeNumber

MOST_POINTS = 2_147_483_647

PointsToUse = Annotated[WholeNumber, Field(ge=0, le=MOST_POINTS)]


class BalancesToUse(Model):
    """How much of each balance to use at most, in this order; none of them named: what is held for the order already."""

    points_to_use: PointsToUse | None = None
    cashback_to_use: Amount | None = None
    wallet_to_use: Amount | None = None

    def wanted(self) -> Wanted | None:
        """What to use, None where nothing was named."""
        named = (self.points_to_use, self.cashback_to_use, self.wallet_to_use)
        if all(amount is None for amount in named):
            return None
        return Wanted(self.points_to_use or 0, self.cashback_to_use or Decimal(0), self.wallet_to_use or Decimal(0))


class PayRequest(BalancesToUse):
    """How to pay; without a method the account's first that leads to a page."""

    payment_method_id: Annotated[WholeNumber, Field(ge=0, le=2_147_483_647)] | None = None


class PayAnswer(Model):
    """An open payment, and how to pay it: at a page, by a code, a QR code or a reference.

    `amount` is the gateway's part; what is used of balances stands beside it.
    """

    payment_id: UUID | None
    payment_number: str | None
    order_number: str
    amount: MoneyNumber
    currency: str
    status: Literal["PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED", "PARTIALLY_REFUNDED"]
    points_used: int
    cashback_used: MoneyNumber
    wallet_used: MoneyNumber
    payment_url: str | None
    fawry_code: str | None
    qr_code: str | None
    reference: str | None
    expires_at: datetime | None
    invoice_id: str | None
    invoice_key: str | None
