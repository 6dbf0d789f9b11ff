"""The ledger transactions of a payment's money: it arrives in UNAPPLIED, and from there is applied to the order."""

from decimal import Decimal

from lib import ledger
from lib.fawaterk.models import Received
from lib.ledger import Posting
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment


def receive(order: LockedOrder, payment: LockedPayment, received: Received) -> ledger.Transaction:
    """Money has arrived. It belongs to the customer until it is applied or refunded."""
    source: ledger.Account = "DESK" if payment.payment_type == "MANUAL" else "GATEWAY"
    posting = Posting(source, "UNAPPLIED", received.amount, received.currency)
    return _receive(order, payment, f"payment:{payment.id}:receive", posting)


def receive_more(order: LockedOrder, payment: LockedPayment, more: Decimal) -> ledger.Transaction:
    """More money of a settled payment has arrived. `payment`: as it is then, so that each such sum has a key of its own."""
    posting = Posting("GATEWAY", "UNAPPLIED", more, payment.received_currency or payment.currency)
    return _receive(order, payment, f"payment:{payment.id}:receive:{payment.received_amount}", posting)


def _receive(order: LockedOrder, payment: LockedPayment, key: str, posting: Posting) -> ledger.Transaction:
    return ledger.Transaction(
        key=key,
        kind="RECEIVE",
        postings=[posting],
        description=ledger.Description(f"Received with {payment.payment_number}", f"استلام {payment.payment_number}"),
        reference=ledger.Reference("PAYMENT", payment.id),
        order_id=order.id,
        payment_id=payment.id,
    )


def application(order: LockedOrder, payment: LockedPayment, received: Received, counted: Decimal) -> ledger.Transaction:
    """Apply `counted`, in the order's currency, to the order. Money in another currency is always applied as a whole.

    `payment`: as it is then, so that what is applied of it later has a key of its own.
    """
    postings = [Posting("UNAPPLIED", "SALES", counted, order.currency)]
    if received.currency != order.currency:
        postings = [
            Posting("UNAPPLIED", "EXCHANGE", received.amount, received.currency),
            Posting("EXCHANGE", "SALES", counted, order.currency),
        ]
    is_more = payment.applied_amount > counted
    return ledger.Transaction(
        key=f"payment:{payment.id}:apply" + (f":{payment.applied_amount}" if is_more else ""),
        kind="APPLY",
        postings=postings,
        description=ledger.Description(f"Paid with {payment.payment_number}", f"دفع {payment.payment_number}"),
        reference=order.reference,
        order_id=order.id,
        payment_id=payment.id,
    )
