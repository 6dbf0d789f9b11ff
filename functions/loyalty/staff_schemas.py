"""The models of what staff send and read about balances. Points are whole; amounts are in the currency of balances."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from functions.loyalty.schemas import (
    AmountToMove,
    CashbackRecord,
    PointsToMove,
    PointsType,
    ReferenceType,
    WalletTransactionStatus,
    WalletTransactionType,
)
from lib.models import Model, MoneyNumber, Paragraph
from lib.web import PageQuery
from lib.web.pages import MOST_ROWS

Reason = Annotated[Paragraph, Field(min_length=1)]


class PointsChange(Model):
    """Whose points are changed, by how many and why. The customer reads the reason."""

    user_id: UUID
    points: PointsToMove
    reason: Reason | None = None


class CashbackChange(Model):
    """Whose cashback is changed, by how much and why. The customer reads the reason."""

    user_id: UUID
    amount: AmountToMove
    reason: Reason | None = None


class HistoryQuery(PageQuery):
    """How much of a history."""

    limit: int = Field(20, ge=1, le=MOST_ROWS)


class WithdrawalRequestsQuery(PageQuery):
    """Which withdrawals: PROCESSED ones are those that were approved or rejected."""

    limit: int = Field(100, ge=1, le=MOST_ROWS)
    status: Literal["PENDING", "PROCESSED", "APPROVED", "REJECTED"] | None = None


class PointsChanged(Model):
    """Points that were added or removed. `message` is for people."""

    status: Literal["success"]
    message: str
    transaction_id: UUID
    new_balance: int


class CashbackAdded(Model):
    """Cashback that was added. `new_balance`: what can be used now."""

    status: Literal["added"]
    cashback_id: UUID
    amount: MoneyNumber
    currency: str
    new_balance: MoneyNumber


class CashbackRemoved(Model):
    """Cashback that was removed. `remaining_balance`: what can be used now."""

    status: Literal["deducted"]
    cashback_id: UUID
    amount: MoneyNumber
    currency: str
    remaining_balance: MoneyNumber


class PointsHistoryRow(Model):
    """A transaction of points. `points` is signed; `created_by_user_id`: who made it by hand."""

    id: UUID
    user_id: UUID
    user_name: str
    user_avatar: str | None
    type: PointsType
    transaction_type: PointsType
    points: int
    balance_before: int
    balance_after: int
    description: str
    description_en: str
    description_ar: str
    created_at: datetime
    created_by_user_id: UUID | None


class PointsHistory(Model):
    """The newest transactions of a customer's points."""

    user_id: UUID
    transactions: list[PointsHistoryRow]


class WalletHistoryRow(Model):
    """A transaction of a wallet. `amount` is positive: the type says the direction."""

    id: UUID
    type: WalletTransactionType
    transaction_type: WalletTransactionType
    amount: MoneyNumber
    currency: str
    description: str
    reference_type: ReferenceType | None
    balance_before: MoneyNumber
    balance_after: MoneyNumber
    status: WalletTransactionStatus
    created_at: datetime
    created_by_user_id: UUID | None


class WalletHistory(Model):
    """The newest transactions of a customer's wallet."""

    user_id: UUID
    transactions: list[WalletHistoryRow]


class SignedWalletTransaction(Model):
    """A transaction of any wallet. `amount` is signed."""

    id: UUID
    user_id: UUID
    user_name: str
    user_avatar: str | None
    amount: MoneyNumber
    currency: str
    type: WalletTransactionType
    description: str
    reference_type: ReferenceType | None
    created_at: datetime


class CashbackHistoryRow(CashbackRecord):
    """A record of cashback with its customer. `amount` is signed; `created_by_user_id`: who made it by hand."""

    user_name: str
    user_avatar: str | None
    description_en: str
    reason: str | None
    created_by_user_id: UUID | None


class CashbackHistory(Model):
    """The newest records of a customer's cashback."""

    user_id: UUID
    records: list[CashbackHistoryRow]


class WithdrawalRequest(Model):
    """A withdrawal of cashback. `amount` is positive; `admin_notes`: why it was rejected."""

    id: UUID
    user_id: UUID
    user_name: str
    amount: MoneyNumber
    currency: str
    status: Literal["PENDING", "APPROVED", "REJECTED"]
    created_at: datetime
    updated_at: datetime
    admin_notes: str | None


class WithdrawalApproved(Model):
    """A withdrawal that went into the wallet. `new_balance`: the wallet's."""

    status: Literal["approved"]
    wallet_transaction_id: UUID
    new_balance: MoneyNumber


class WithdrawalRejected(Model):
    """A withdrawal whose sum is cashback again."""

    status: Literal["rejected"]


class WalletOfCustomer(Model):
    """What is free in a customer's wallet."""

    id: UUID
    user_id: UUID
    user_name: str
    user_email: str
    balance: MoneyNumber
    currency: str


class Wallets(Model):
    """Wallets, and how many there are."""

    total: int
    items: list[WalletOfCustomer]
