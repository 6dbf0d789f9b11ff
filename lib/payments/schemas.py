"""The models of a request to pay an order or a booking, and of its response."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from lib.fawaterk.models import as_local_mobile, is_egyptian_mobile
from lib.holds.splitting import BalanceLimits
from lib.models import Model, MoneyNumber, WholeNumber
from lib.money import Amount
from lib.payments.locks import PaymentStatus

MOST_POINTS = 2_147_483_647

MethodId = Annotated[WholeNumber, Field(ge=0, le=2_147_483_647)]
PointsToUse = Annotated[WholeNumber, Field(ge=0, le=MOST_POINTS)]


def _as_wallet_number(text: str) -> str:
    """The number in the gateway's form (01…). Raises ValueError."""
    if not is_egyptian_mobile(text):
        raise ValueError("must be an Egyptian mobile number, such as 01012345678")
    return as_local_mobile(text)


WalletNumber = Annotated[str, Field(max_length=32), AfterValidator(_as_wallet_number)]


class BalancesToUse(Model):
    """How much of each balance to use at most, in this order. No field at all: use what is held for the order."""

    points_to_use: PointsToUse | None = None
    cashback_to_use: Amount | None = None
    wallet_to_use: Amount | None = None

    def limits(self) -> BalanceLimits | None:
        """The limits of this request; None if it has none of the fields."""
        named = (self.points_to_use, self.cashback_to_use, self.wallet_to_use)
        if all(amount is None for amount in named):
            return None
        return BalanceLimits(
            points=self.points_to_use or 0,
            cashback=self.cashback_to_use or Decimal(0),
            wallet=self.wallet_to_use or Decimal(0),
        )


class PayRequest(BalancesToUse):
    """How to pay. Default method: the account's first one that leads to a page of the gateway.

    `mobile_wallet_number`: the mobile wallet in Egypt that is asked for the money; by default the customer's own phone. Only
    methods that ask a wallet use it.
    """

    payment_method_id: MethodId | None = None
    mobile_wallet_number: WalletNumber | None = None


class PayAnswer(Model):
    """An open payment, and how to pay it: at a page, by a code, a QR code or a reference.

    `payment_url`: the gateway's page, or where it has none ours. `qr_code_url` is `qr_code` by the name that the app reads.
    `amount`: what the gateway is asked for, without what balances pay. If balances pay everything, it is what they pay.
    """

    payment_id: UUID
    payment_number: str
    order_number: str
    booking_number: str | None
    amount: MoneyNumber
    currency: str
    status: PaymentStatus
    points_used: int
    cashback_used: MoneyNumber
    wallet_used: MoneyNumber
    payment_url: str
    fawry_code: str | None
    qr_code: str | None
    qr_code_url: str | None
    reference: str | None
    expires_at: datetime | None
    invoice_id: str | None
    invoice_key: str | None
