"""The one order of locks: the order, its payments, number series, and last the customer's wallet (lib/ledger)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lib.db import Transaction


@dataclass(frozen=True)
class Split:
    """What an attempt takes from balances: points and their worth, cashback and wallet, in the order's currency."""

    points: int = 0
    points_value: Decimal = Decimal(0)
    cashback: Decimal = Decimal(0)
    wallet: Decimal = Decimal(0)

    @property
    def value(self) -> Decimal:
        """What it pays of the order."""
        return self.points_value + self.cashback + self.wallet


@dataclass(frozen=True)
class LockedOrder:
    """An order that nobody else can move until the transaction ends; amounts in major units."""

    id: UUID
    order_number: str
    user_id: UUID
    status: str
    payment_status: str
    currency: str
    total_amount: Decimal
    amount_paid: Decimal
    amount_refunded: Decimal
    booking_id: UUID | None

    @property
    def reference(self) -> tuple[str, UUID]:
        """What its customer is told that a posting is about: the booking, where there is one."""
        return ("ORDER", self.id) if self.booking_id is None else ("BOOKING", self.booking_id)

    @property
    def remaining(self) -> Decimal:
        """What is still to be paid."""
        return self.total_amount - self.amount_paid


@dataclass(frozen=True)
class LockedPayment:
    """A payment whose order is locked too."""

    id: UUID
    payment_number: str
    status: str
    amount: Decimal
    currency: str
    payment_method_id: int | None
    gateway_invoice_id: str | None
    gateway_invoice_key: str | None
    expires_at: datetime | None
    received_amount: Decimal | None
    received_currency: str | None
    in_review: bool
    review_reason: str | None
    resolution: str | None
    payment_type: str
    applied_amount: Decimal
    points_to_use: int
    points_value: Decimal
    cashback_to_use: Decimal
    wallet_to_use: Decimal

    @property
    def split(self) -> Split:
        """What its attempt takes from balances beside `amount`."""
        return Split(self.points_to_use, self.points_value, self.cashback_to_use, self.wallet_to_use)

    @property
    def is_settled(self) -> bool:
        """Whether its money has arrived: it never goes back to failed or expired."""
        return self.status in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")


def lock_order(tx: Transaction, order_id: UUID) -> LockedOrder | None:
    """Lock an order, or None where there is none."""
    row = tx.row(
        """
        select id, order_number, user_id, status, payment_status, currency, money(total_amount, currency),
               money(amount_paid, currency), money(amount_refunded, currency),
               (select id from bookings where order_id = orders.id)
        from orders where id = :id for update
        """,
        id=order_id,
    )
    return LockedOrder(*row) if row else None


def lock_payment(tx: Transaction, payment_id: UUID) -> tuple[LockedOrder, LockedPayment] | None:
    """Lock a payment's order and then the payment, or None where there is no such payment."""
    row = tx.row("select order_id from payments where id = :id", id=payment_id)
    order = lock_order(tx, row[0]) if row else None
    if order is None:
        return None
    row = tx.row(
        """
        select id, payment_number, status, money(amount, currency), currency, payment_method_id, gateway_invoice_id,
               gateway_invoice_key, expires_at, received_amount, received_currency,
               review_reason is not null and resolution is null, review_reason, resolution, payment_type,
               money(applied_amount, currency), points_to_use, money(points_value, currency),
               money(cashback_to_use, currency), money(wallet_to_use, currency)
        from payments where id = :id for update
        """,
        id=payment_id,
    )
    return (order, LockedPayment(*row)) if row else None
