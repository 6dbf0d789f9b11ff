"""What the loyalty function takes and answers. Points are whole; amounts are in the currency of balances."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from lib.money import Amount, PlainDecimal
from lib.payments.schemas import MOST_POINTS
from lib.web import Model, MoneyNumber, PageQuery, Paragraph, ShortLine, WholeNumber

AmountToMove = Annotated[Amount, Field(gt=0)]
PointsToRedeem = Annotated[WholeNumber, Field(gt=0, le=MOST_POINTS)]
PayableType = Literal["ORDER", "BOOKING"]
ReferenceType = Literal["ORDER", "BOOKING", "PAYMENT", "REFUND", "CASHBACK"]
CashbackStatus = Literal["PENDING", "APPROVED", "CREDITED", "REJECTED", "CANCELLED", "PENDING_WITHDRAWAL"]


class WalletPayment(Model):
    """What to pay from the wallet: so much of an order or booking of one's own."""

    amount: AmountToMove
    reference_type: PayableType
    reference_id: UUID


class Redemption(Model):
    """How many points to redeem: off an order or booking of one's own, or into the wallet."""

    points: PointsToRedeem
    reference_type: PayableType | None = None
    reference_id: UUID | None = None

    @model_validator(mode="after")
    def _whole_reference(self) -> "Redemption":
        if (self.reference_type is None) != (self.reference_id is None):
            raise ValueError("reference_type and reference_id go together")
        return self


class CashbackWithdrawal(Model):
    """How much cashback to move into the wallet."""

    amount: AmountToMove


class DeskMovement(Model):
    """Money that staff put into a wallet or take out of it, and what its owner reads about it."""

    amount: AmountToMove
    description_en: ShortLine | None = None
    description_ar: ShortLine | None = None


class WhoseWallet(Model):
    """Whose wallet it is."""

    user_id: UUID


class Rejection(Model):
    """Why a cashback is not given; its customer reads it."""

    reason: Annotated[Paragraph, Field(min_length=1)]


class WaitingQuery(PageQuery):
    """Which cashback that waits."""

    status: Literal["PENDING", "APPROVED"] | None = None
    user_id: UUID | None = None


class NewRate(Model):
    """What one unit of the path's currency is worth in the currency of balances."""

    rate: Annotated[PlainDecimal, Field(gt=0, max_digits=16, decimal_places=6)]


class Wallet(Model):
    """A customer's wallet; `balance` is what is free."""

    id: UUID
    user_id: UUID
    balance: MoneyNumber
    currency: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class WalletBalance(Model):
    """What is free in a wallet."""

    balance: MoneyNumber
    currency: str


class WalletTransaction(Model):
    """A movement of the wallet; its type says which way. A payment is PENDING while it is only held."""

    id: UUID
    transaction_type: Literal["DEPOSIT", "WITHDRAWAL", "PAYMENT", "REFUND", "CASHBACK", "BONUS"]
    amount: MoneyNumber
    balance_before: MoneyNumber
    balance_after: MoneyNumber
    currency: str
    reference_type: ReferenceType | None
    reference_id: UUID | None
    description_en: str
    description_ar: str
    status: Literal["PENDING", "COMPLETED", "FAILED", "REVERSED"]
    created_at: datetime


class Moved(Model):
    """A movement that is done; `new_balance` is the wallet's."""

    status: Literal["COMPLETED"]
    transaction_id: UUID
    amount: MoneyNumber
    new_balance: MoneyNumber
    currency: str


class PaidFromWallet(Moved):
    """What was paid, and how the order stands now."""

    payment_id: UUID
    order_id: UUID
    order_status: str
    payment_status: str


class ExpiringPoints(Model):
    """The points that expire next."""

    points: int
    expires_at: datetime


class PointsAccount(Model):
    """A customer's points; `tier_points` are those of the last 365 days."""

    id: UUID
    user_id: UUID
    balance: int
    current_balance: int
    total_earned: int
    total_redeemed: int
    total_expired: int
    tier: str | None
    tier_points: int
    expiring_next: ExpiringPoints | None


class PointsTransaction(Model):
    """A movement of points."""

    id: UUID
    transaction_type: Literal["EARNED", "REDEEMED", "EXPIRED", "BONUS", "ADJUSTED"]
    points: int
    balance_before: int
    balance_after: int
    reference_type: ReferenceType | None
    reference_id: UUID | None
    description_en: str
    description_ar: str
    multiplier_applied: MoneyNumber | None
    expires_at: datetime | None
    created_at: datetime


class Redeemed(Model):
    """What was redeemed: so many points, worth so much; `new_balance` in points."""

    status: Literal["COMPLETED"]
    transaction_id: UUID
    points_redeemed: int
    amount: MoneyNumber
    new_balance: int
    currency: str


class CashbackRecord(Model):
    """What an order earned; `amount` is what refunds have left of it."""

    id: UUID
    user_id: UUID
    reference_type: PayableType
    reference_id: UUID
    booking_amount: MoneyNumber
    cashback_rate: MoneyNumber
    cashback_amount: MoneyNumber
    amount: MoneyNumber
    currency: str
    status: CashbackStatus
    credit_due_at: datetime
    approved_at: datetime | None
    credited_at: datetime | None
    rejection_reason: str | None
    description: str
    created_at: datetime


class CashbackCustomer(Model):
    """Whose cashback it is."""

    id: UUID
    first_name: str
    last_name: str
    email: str


class CashbackForStaff(CashbackRecord):
    """A cashback as staff see it."""

    approved_by_user_id: UUID | None
    user: CashbackCustomer


class CashbackBalance(Model):
    """`available` can be withdrawn or used; `total` counts what waits, too."""

    user_id: UUID
    total: MoneyNumber
    available: MoneyNumber
    currency: str


class CashbackSummary(Model):
    """What waits, what was credited in all, and what of it is available."""

    pending: MoneyNumber
    approved: MoneyNumber
    credited: MoneyNumber
    total: MoneyNumber
    available: MoneyNumber
    currency: str


class CashbackWithdrawn(Moved):
    """Cashback that is in the wallet now; `new_balance` is the cashback's."""

    wallet_balance: MoneyNumber


class Rate(Model):
    """What one unit of a currency is worth in the currency of balances."""

    currency: str
    rate: MoneyNumber
    updated_at: datetime


class Tier(Model):
    """What reaching so many points in 365 days brings; `cashback_rate` in percent."""

    code: str
    name_en: str
    name_ar: str
    threshold: int
    multiplier: MoneyNumber
    cashback_rate: MoneyNumber
