"""The lock of a payment. It is taken after the lock of its order (lib/orders/locks.py)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from lib.db import Column, Transaction
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder, lock_order_of_payment

PaymentStatus = Literal["PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED", "PARTIALLY_REFUNDED"]
PaymentType = Literal["ORDER", "BOOKING", "WALLET_DEPOSIT", "MANUAL"]
ClosedStatus = Literal["FAILED", "EXPIRED", "CANCELLED"]
ReviewReason = Literal[
    "AMOUNT_DIFFERS",
    "CURRENCY_DIFFERS",
    "AMOUNT_UNREADABLE",
    "ANSWER_UNREADABLE",
    "SECOND_PAYMENT",
    "ORDER_CANCELLED",
    "REFUND_REPORTED",
    "BALANCE_SHORT",
    "REFUND_UNKNOWN",
]
Resolution = Literal["SETTLED", "REJECTED", "REFUND_DUE"]


@dataclass(frozen=True, kw_only=True)
class LockedPayment:
    """A payment that is locked, with its order, until the transaction ends. Amounts are in major units.

    `amount`: what the gateway is asked for (MANUAL, BALANCE: what is paid). `received_amount`: what arrived.
    `applied_amount`: how much of that was applied to the order. `expected_total`: what the gateway told while nothing was
    paid; `gateway_total`: what it told of the money that arrived, converted to EGP and exact. A PENDING payment is the one
    open attempt of its order.
    """

    id: UUID
    payment_number: str
    payment_type: PaymentType
    status: PaymentStatus
    currency: str
    gateway_invoice_id: str | None
    received_amount: Decimal | None
    received_currency: str | None
    expected_total: Decimal | None
    expected_currency: str | None
    gateway_total: Decimal | None
    gateway_currency: str | None
    review_reason: ReviewReason | None
    resolution: Resolution | None
    points_to_use: int
    amount: Annotated[Decimal, Column("money(amount, currency)")]
    applied_amount: Annotated[Decimal, Column("money(applied_amount, currency)")]
    points_value: Annotated[Decimal, Column("money(points_value, currency)")]
    cashback_to_use: Annotated[Decimal, Column("money(cashback_to_use, currency)")]
    wallet_to_use: Annotated[Decimal, Column("money(wallet_to_use, currency)")]

    @property
    def split(self) -> Split:
        """What the attempt takes from balances, in addition to `amount`."""
        return Split(
            points=self.points_to_use,
            points_value=self.points_value,
            cashback=self.cashback_to_use,
            wallet=self.wallet_to_use,
        )

    @property
    def in_review(self) -> bool:
        """Whether it waits for a person."""
        return self.review_reason is not None and self.resolution is None

    @property
    def is_settled(self) -> bool:
        """Whether its money has arrived. It then never goes back to failed or expired."""
        return self.status in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")

    @property
    def is_closed(self) -> bool:
        """Whether its attempt ended without money. Money may still arrive later."""
        return self.status in ("FAILED", "EXPIRED", "CANCELLED")


def lock_payment(tx: Transaction, payment_id: UUID) -> tuple[LockedOrder, LockedPayment]:
    """Lock a payment's order and then the payment. Raises NotFound."""
    order = lock_order_of_payment(tx, payment_id)
    return order, tx.one(LockedPayment, "select :row from payments where id = :id for update", id=payment_id)
