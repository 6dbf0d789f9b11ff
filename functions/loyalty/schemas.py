"""The models of the loyalty function's requests and responses. Points are whole; amounts are in the currency of balances."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from lib.models import Model, MoneyNumber, Paragraph, ShortLine, WholeNumber
from lib.money import Amount, PlainDecimal
from lib.payments.schemas import MOST_POINTS
from lib.web import PageQuery

AmountToMove = Annotated[Amount, Field(gt=0)]
PointsToMove = Annotated[WholeNumber, Field(gt=0, le=MOST_POINTS)]
PayableType = Literal["ORDER", "BOOKING"]
ReferenceType = Literal["ORDER", "BOOKING", "PAYMENT", "REFUND", "CASHBACK"]
CashbackReference = Literal["ORDER", "BOOKING", "ADMIN_BONUS", "ADMIN_DEDUCTION", "CLUB_GIFT_WITHDRAWAL_REQUEST"]
CashbackStatus = Literal[
    "PENDING", "APPROVED", "CREDITED", "REJECTED", "CANCELLED", "REDEEMED", "PENDING_WITHDRAWAL", "WITHDRAWN"
]
WalletTransactionType = Literal["DEPOSIT", "WITHDRAWAL", "PAYMENT", "REFUND", "CASHBACK", "BONUS"]
WalletTransactionStatus = Literal["PENDING", "COMPLETED", "FAILED", "REVERSED"]
PointsType = Literal["EARNED", "REDEEMED", "EXPIRED", "BONUS", "ADJUSTED"]


class WalletPayment(Model):
    """How much of the caller's own order or booking to pay from the wallet."""

    amount: AmountToMove
    reference_type: PayableType
    reference_id: UUID


class Redemption(Model):
    """How many points to redeem, for the caller's own order or booking, or without a reference into the wallet."""

    points: PointsToMove
    reference_type: PayableType | None = None
    reference_id: UUID | None = None

    @model_validator(mode="after")
    def _whole_reference(self) -> "Redemption":
        if (self.reference_type is None) != (self.reference_id is None):
            raise ValueError("reference_type and reference_id go together")
        return self


class CashbackWithdrawal(Model):
    """How much cashback the customer wants in their wallet."""

    amount: AmountToMove


class DeskMovement(Model):
    """Money that staff put into a wallet or take out of it. The wallet's owner reads the descriptions."""

    amount: AmountToMove
    description_en: ShortLine | None = None
    description_ar: ShortLine | None = None


class WhoseWallet(Model):
    """Whose wallet it is."""

    user_id: UUID


class Rejection(Model):
    """Why cashback or its withdrawal is rejected. The customer reads the reason."""

    reason: Annotated[Paragraph, Field(min_length=1)]


class WaitingQuery(PageQuery):
    """Filters for a list of cashback that is not credited yet."""

    status: Literal["PENDING", "APPROVED"] | None = None
    user_id: UUID | None = None


class NewRate(Model):
    """What one unit of the path's currency is worth in the currency of balances."""

    rate: Annotated[PlainDecimal, Field(gt=0, max_digits=16, decimal_places=6)]


class Wallet(Model):
    """A customer's wallet. `balance`: what is free, without what is held for orders."""

    id: UUID
    user_id: UUID
    balance: MoneyNumber
    currency: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class WalletBalance(Model):
    """The free balance of a wallet, without what is held for orders."""

    balance: MoneyNumber
    currency: str


class WalletTransaction(Model):
    """A transaction of the wallet. Its type says the direction. A PAYMENT is PENDING while the money is only held."""

    id: UUID
    transaction_type: WalletTransactionType
    amount: MoneyNumber
    balance_before: MoneyNumber
    balance_after: MoneyNumber
    currency: str
    reference_type: ReferenceType | None
    reference_id: UUID | None
    description_en: str
    description_ar: str
    status: WalletTransactionStatus
    created_at: datetime


class Moved(Model):
    """A transaction that was made. `new_balance`: the wallet's."""

    status: Literal["COMPLETED"]
    transaction_id: UUID
    amount: MoneyNumber
    new_balance: MoneyNumber
    currency: str


class PaidFromWallet(Moved):
    """What was paid, and the status of the order now."""

    payment_id: UUID
    order_id: UUID
    order_status: str
    payment_status: str


class ExpiringPoints(Model):
    """The points that expire next."""

    points: int
    expires_at: datetime


class PointsAccount(Model):
    """A customer's points: earned - redeemed - expired + adjusted = balance + held - debt.

    `total_adjusted`: what refunds took back and staff removed, below zero. `held`: for orders. `debt`: what was taken back
    after it had been spent; whatever comes in pays it first. `tier_points`: what orders earned in the last 365 days, less
    what refunds took back of that. `pending`: of orders that were paid by hand; they count as earned, and can be used, once
    the refund window has closed.
    """

    id: UUID
    user_id: UUID
    balance: int
    current_balance: int
    held: int
    debt: int
    pending: int
    total_earned: int
    total_redeemed: int
    total_expired: int
    total_adjusted: int
    tier: str | None
    tier_points: int
    expiring_next: ExpiringPoints | None


class PointsTransaction(Model):
    """A transaction of points."""

    id: UUID
    transaction_type: PointsType
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
    """How many points were redeemed, and their value. `new_balance` is in points."""

    status: Literal["COMPLETED"]
    transaction_id: UUID
    points_redeemed: int
    amount: MoneyNumber
    new_balance: int
    currency: str


class CashbackRecord(Model):
    """Cashback that an order earned, that staff added or removed, or that was withdrawn: the last two are below zero.

    `amount`: what refunds have left of it.
    """

    id: UUID
    user_id: UUID
    reference_type: CashbackReference
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
    """Cashback as staff see it, with its customer."""

    approved_by_user_id: UUID | None
    user: CashbackCustomer


class CashbackBalance(Model):
    """`available` can be withdrawn or used. `total` also includes what is held.

    `held`: for orders and withdrawals. `debt`: what was taken back after it had been spent; whatever comes in pays it first.
    """

    user_id: UUID
    total: MoneyNumber
    available: MoneyNumber
    held: MoneyNumber
    debt: MoneyNumber
    currency: str


class CashbackSummary(Model):
    """Cashback by status. `credited`: in all, less what was taken back or removed. `available`: what can be used now.

    `held`: for orders and withdrawals. `debt`: what was taken back after it had been spent; whatever comes in pays it first.
    """

    pending: MoneyNumber
    approved: MoneyNumber
    credited: MoneyNumber
    total: MoneyNumber
    available: MoneyNumber
    held: MoneyNumber
    debt: MoneyNumber
    currency: str


class WithdrawalRequested(Model):
    """A withdrawal that waits for a decision. `club_gift_transaction_id`: the same id, for the app."""

    status: Literal["pending_approval"]
    amount: MoneyNumber
    currency: str
    request_id: UUID
    club_gift_transaction_id: UUID
    remaining_available: MoneyNumber


class Rate(Model):
    """What one unit of a currency is worth in the currency of balances."""

    currency: str
    rate: MoneyNumber
    updated_at: datetime


class Tier(Model):
    """What a customer gets for `threshold` points within 365 days. `cashback_rate` is in percent."""

    code: str
    name_en: str
    name_ar: str
    threshold: int
    multiplier: MoneyNumber
    cashback_rate: MoneyNumber
