"""Applies what was paid to its order, and does what follows from that.

It serves payments through the gateway and payments from balances. Each step returns its ledger transactions, so that the
caller posts all of them together.
"""

from decimal import Decimal
from uuid import UUID

from lib import ledger
from lib.bookings import records as bookings
from lib.bookings.telling import confirmed
from lib.db import Transaction
from lib.holds import holding
from lib.holds.records import OrderHolds
from lib.holds.splitting import Split
from lib.loyalty.earning import earn
from lib.mail.outbox import Mail, queue_mails
from lib.money import with_currency
from lib.orders import records as orders
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment


def apply_to_order(tx: Transaction, order: LockedOrder, amount: Decimal) -> LockedOrder | None:
    """Add an amount to what is paid of an order, and confirm its booking if it becomes PAID. None if it can't take it."""
    paid = orders.apply_payment(tx, order, amount)
    if paid is not None and paid.status == "PAID" and paid.booking_id is not None:
        bookings.confirm_paid(tx, paid.id)
    return paid


def spend_split(
    tx: Transaction, order: LockedOrder, held: OrderHolds, split: Split, payment_id: UUID
) -> tuple[OrderHolds, list[ledger.Transaction]]:
    """Make the order hold exactly this split, and spend it with a payment. Raises InsufficientBalance."""
    held, arranged = holding.hold_split(tx, order, held, split, payment_id=payment_id)
    return held.without(held.holds), [*arranged, *holding.spend(tx, order, held.holds, payment_id)]


def tell_paid(tx: Transaction, order: LockedOrder, payment: LockedPayment, amount: Decimal) -> None:
    """Queue the mails that an amount of a payment was received, and, once it is PAID, that its booking is confirmed.

    `order`: as it is after the payment. One statement, whatever there is to tell.
    """
    parameters = {
        "order_id": str(order.id),
        "amount": with_currency(amount, order.currency),
        "order_number": order.order_number,
        "payment_number": payment.payment_number,
    }
    mails = [
        Mail(user_id=order.user_id, kind="PAYMENT_RECEIVED", key=f"payment:{payment.id}:received", parameters=parameters)
    ]
    if order.status == "PAID" and order.booking_id is not None:
        mails.append(confirmed(order.booking_id, order.user_id))
    queue_mails(tx, mails)


def release_and_earn(tx: Transaction, order: LockedOrder, held: OrderHolds) -> list[ledger.Transaction]:
    """What follows after a part of an order was paid: a PAID order releases its holds and earns points and cashback.

    An order that is not PAID yet releases its holds only if they are more than what is left to pay.
    """
    released: list[ledger.Transaction] = []
    if order.status == "PAID" or held.split.value > order.remaining:
        released = holding.release(tx, order, held.holds)
    return [*released, *earn(tx, order, held.wallet)] if order.status == "PAID" else released
