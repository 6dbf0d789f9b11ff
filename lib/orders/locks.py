"""The lock of an order, and the sequence in which all locks of the money core are taken.

Every transaction takes its locks in this sequence, so that no two transactions wait for each other (a deadlock):

    1. the order's row. It also guards the order's booking, payments, holds and refunds
    2. what is asked for a customer by hand, where there is a limit (lib/approvals): a lock of their own, then the approval
    3. number series, in this sequence: ORD, BKG, INV, PAY, RFD, CRN
    4. the customer's wallet, which also guards their accounts and their lots of points
    5. their cashback

A job claims a row (a payment to check, a webhook to retry) in its own transaction, which takes no other lock and skips
rows that are locked.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from lib.db import Column, Transaction
from lib.errors import require_found
from lib.ledger import Reference

OrderStatus = Literal["DRAFT", "ISSUED", "PAID", "CANCELLED", "REFUNDED"]
OrderPaymentStatus = Literal["UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED"]
# What people are told: also partly paid if something is held, and CANCELLED if it was called off with nothing paid.
ShownPaymentStatus = Literal["UNPAID", "PARTIALLY_PAID", "PAID", "REFUNDED", "CANCELLED"]


@dataclass(frozen=True, kw_only=True)
class LockedOrder:
    """An order that nobody else can change until the transaction ends; amounts in major units."""

    id: UUID
    order_number: str
    user_id: UUID
    status: OrderStatus
    payment_status: OrderPaymentStatus
    currency: str
    tax_amount: Decimal
    total_amount: Annotated[Decimal, Column("money(total_amount, currency)")]
    amount_paid: Annotated[Decimal, Column("money(amount_paid, currency)")]
    amount_refunded: Annotated[Decimal, Column("money(amount_refunded, currency)")]
    booking_id: Annotated[UUID | None, Column("(select id from bookings where order_id = orders.id)")]
    is_on_account: bool

    @property
    def sold_as(self) -> Literal["ORDER", "BOOKING"]:
        """What the customer sees: BOOKING if the order has a booking, else ORDER."""
        return "ORDER" if self.booking_id is None else "BOOKING"

    @property
    def reference(self) -> Reference:
        """What the customer's transactions refer to: the booking if the order has one, else the order."""
        return Reference(self.sold_as, self.booking_id or self.id)

    @property
    def remaining(self) -> Decimal:
        """What is still to be paid."""
        return self.total_amount - self.amount_paid


def lock_order(tx: Transaction, order_id: UUID, what: str = "order") -> LockedOrder:
    """Lock an order. Raises NotFound, which names `what` was asked for."""
    return require_found(tx.first(LockedOrder, "select :row from orders where id = :id for update", id=order_id), what)


def lock_order_of_payment(tx: Transaction, payment_id: UUID) -> LockedOrder:
    """Lock the order of a payment. Raises NotFound if there is no such payment."""
    return require_found(
        tx.first(
            LockedOrder,
            "select :row from orders where id = (select order_id from payments where id = :id) for update",
            id=payment_id,
        ),
        "payment",
    )
