"""A payment's money in the ledger: what arrived counts for nothing until it is applied to its order."""

from decimal import Decimal

from lib.db import Transaction
from lib.fawaterk.models import Received
from lib.ledger.posting import Account, Move, Posting, Words, post
from lib.payments.locks import LockedOrder, LockedPayment


def source_of(payment: LockedPayment) -> Account:
    """The account that a payment's money comes from, and goes back to."""
    return "DESK" if payment.payment_type == "MANUAL" else "GATEWAY"


def post_receipt(tx: Transaction, order: LockedOrder, payment: LockedPayment, received: Received) -> None:
    """Post money that has arrived: it is the customer's until it is applied or goes back."""
    post(
        tx,
        Posting(
            key=f"payment:{payment.id}:receive",
            kind="RECEIVE",
            user_id=order.user_id,
            moves=[Move(source_of(payment), "UNAPPLIED", received.amount, received.currency)],
            words=Words(f"Received with {payment.payment_number}", f"استلام {payment.payment_number}"),
            reference=("PAYMENT", payment.id),
            order_id=order.id,
            payment_id=payment.id,
        ),
    )


def post_application(
    tx: Transaction, order: LockedOrder, payment: LockedPayment, amount: Decimal, received: Received
) -> None:
    """Post what of the money counts for the order, in its currency; money in another currency counts whole."""
    moves = [Move("UNAPPLIED", "SALES", amount, order.currency)]
    if received.currency != order.currency:
        moves = [
            Move("UNAPPLIED", "EXCHANGE", received.amount, received.currency),
            Move("EXCHANGE", "SALES", amount, order.currency),
        ]
    post(
        tx,
        Posting(
            key=f"payment:{payment.id}:apply",
            kind="APPLY",
            user_id=order.user_id,
            moves=moves,
            words=Words(f"Paid with {payment.payment_number}", f"دفع {payment.payment_number}"),
            reference=order.reference,
            order_id=order.id,
            payment_id=payment.id,
        ),
    )
    tx.run("update payments set applied_amount = :amount where id = :id", id=payment.id, amount=amount)
