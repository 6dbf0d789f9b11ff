"""Completes a refund, rejects it, or puts it into review because its outcome at the gateway is unknown.

A refund is decided once: one that was decided meanwhile stays as it is.
"""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from lib import db, ledger, logs
from lib.bookings import records as bookings
from lib.bookings.queries import booking_of_order
from lib.bookings.telling import cancelled
from lib.db import Transaction
from lib.holds.holding import key_of_hold
from lib.ledger import POINTS, Posting
from lib.loyalty.taking_back import take_back
from lib.mail.outbox import Mail, queue_mails
from lib.money import with_currency
from lib.orders import records as orders
from lib.orders.locks import LockedOrder
from lib.payments import records as payments
from lib.payments.locks import LockedPayment, Resolution, lock_payment
from lib.payments.settling import flag
from lib.refunds import records
from lib.refunds.credit_notes import tax_share
from lib.refunds.records import LockedRefund, RefundPart, lock_refund, parts_of_refund

log = logs.get(__name__)


@db.in_transaction
def complete(tx: Transaction, refund_id: UUID) -> None:
    """The gateway's list shows the refund as approved: complete it if it is under way, and end its review."""
    order, refund = lock_refund(tx, refund_id)
    if refund.is_under_way:
        records.confirm_parts(tx, refund)
        move_money(tx, order, refund)
        _end_review(tx, refund, "SETTLED", "the gateway has done it")


@db.in_transaction
def reject(tx: Transaction, refund_id: UUID, message: str) -> None:
    """The gateway did not send it: no money moved, and its amount can be refunded in another way."""
    _, refund = lock_refund(tx, refund_id)
    if not refund.is_under_way:
        log.error("the gateway refused a refund that was decided before", refund=refund.refund_number, reasons=message)
        return
    records.mark_rejected(tx, refund, message)
    _end_review(tx, refund, "REJECTED", message)


@db.in_transaction
def mark_known(tx: Transaction, refund_id: UUID) -> None:
    """NEEDS_REVIEW → PENDING, and end the review: the gateway's list shows that it has the request."""
    _, refund = lock_refund(tx, refund_id)
    records.mark_pending_again(tx, refund)
    _end_review(tx, refund, "SETTLED", "the gateway has the request and has not decided yet")


@db.in_transaction
def mark_unknown(tx: Transaction, refund_id: UUID, message: str) -> bool:
    """PENDING → NEEDS_REVIEW: nobody knows if the gateway sent the money. It is never asked again. False if not PENDING."""
    _, refund = lock_refund(tx, refund_id)
    if refund.status != "PENDING":
        return False
    refund = records.mark_needs_review(tx, refund, message)
    for payment in _payments_at_gateway(tx, refund):
        flag(tx, payment, "REFUND_UNKNOWN")
    return True


def resolve_unknown(tx: Transaction, order: LockedOrder, payment: LockedPayment, *, was_done: bool) -> None:
    """Store a person's decision about a refund of unknown outcome. The payment must be locked."""
    refund_id = tx.value(
        UUID,
        """
        select id from gateway_refunds
        where payment_id = :payment_id and status = 'NEEDS_REVIEW' and origin = 'STAFF'
        """,
        payment_id=payment.id,
    )
    refund = records.read_refund(tx, refund_id)
    if was_done:
        move_money(tx, order, refund)
    else:
        records.mark_rejected(tx, refund, "the gateway did not send it back, as a person found")


def move_money(tx: Transaction, order: LockedOrder, refund: LockedRefund) -> None:
    """PENDING or NEEDS_REVIEW → COMPLETED, and change payments, order, booking, credit note, ledger, points and cashback.

    A refund of money that was never applied to the order leaves the order as it is.
    """
    refund = records.mark_completed(tx, refund)
    payments.mark_refunded(tx, refund.id)
    is_of_a_sale = refund.payment_id is None and order.status == "PAID"
    refunded = order
    if is_of_a_sale:
        refunded = orders.apply_refund(tx, order, refund.amount)
        if refunded.status == "REFUNDED":
            bookings.mark_refunded(tx, order.id)
        records.insert_credit_note(tx, refund, tax=tax_share(order, refund.amount))
    elif refund.payment_id is None:
        refunded = _withdraw_from(tx, order, refund)
    wallet = ledger.lock_wallet(tx, order.user_id)
    _post(tx, wallet, refunded, refund)
    if is_of_a_sale:
        taken = take_back(tx, refunded, wallet, refund.id)
        records.write_taken_back(tx, refund, points=taken.points, cashback=taken.cashback)
    _tell(tx, refunded, refund)
    log.info("a refund is completed", refund=refund.refund_number, order=refunded.order_number)


def _tell(tx: Transaction, order: LockedOrder, refund: LockedRefund) -> None:
    """Queue the mails that a refund is completed, and that the booking is called off whose order was refunded whole."""
    parameters = {
        "amount": with_currency(refund.amount, refund.currency),
        "order_number": order.order_number,
        "refund_number": refund.refund_number,
    }
    mails = [
        Mail(user_id=order.user_id, kind="REFUND_COMPLETED", key=f"refund:{refund.id}:completed", parameters=parameters)
    ]
    if order.status == "REFUNDED" and order.booking_id is not None:
        mails.append(cancelled(order.booking_id, order.user_id))
    queue_mails(tx, mails)


def _withdraw_from(tx: Transaction, order: LockedOrder, refund: LockedRefund) -> LockedOrder:
    """Withdraw a refund from what is paid of an ISSUED order; if nothing is left and its booking was called off, cancel it.

    Nobody can pay such an order any more, and it is not cancelled by itself either: it would stay ISSUED for ever.
    """
    left = orders.withdraw_payment(tx, order, refund.amount)
    booking = booking_of_order(tx, order.id)
    if left.amount_paid > 0 or booking is None or not booking.is_called_off:
        return left
    return orders.cancel(tx, left)


def _post(tx: Transaction, wallet: ledger.Wallet, order: LockedOrder, refund: LockedRefund) -> None:
    transactions = [_transaction(order, refund, part) for part in parts_of_refund(tx, refund)]
    if len(ledger.post(tx, wallet, transactions)) != len(transactions):
        raise LookupError(f"a part of refund {refund.refund_number} was posted before")


def _transaction(order: LockedOrder, refund: LockedRefund, part: RefundPart) -> ledger.Transaction:
    return ledger.Transaction(
        key=f"refund:{refund.id}:{part.id}",
        kind="REFUND",
        postings=_postings(refund, part),
        description=ledger.Description(f"Refund of {order.order_number}", f"رد مبلغ {order.order_number}"),
        reference=ledger.Reference("REFUND", refund.id),
        order_id=order.id,
        payment_id=part.payment_id,
        lots=_points_back(part),
    )


def _points_back(part: RefundPart) -> ledger.ReturnPoints | None:
    if part.points == 0 or part.hold_id is None:
        return None
    return ledger.ReturnPoints(key_of_hold(part.hold_id), part.points, already=part.points_before)


def _postings(refund: LockedRefund, part: RefundPart) -> Sequence[Posting]:
    if part.destination == "POINTS":
        return [
            Posting("SALES", "REDEMPTIONS", part.amount, refund.currency),
            Posting("POINTS_REDEEMED", "POINTS", Decimal(part.points), POINTS),
        ]
    source: ledger.Account = "SALES" if refund.payment_id is None else "UNAPPLIED"
    destination: ledger.Account = "DESK" if part.destination == "MANUAL" else part.destination
    return [Posting(source, destination, part.amount, refund.currency)]


def _payments_at_gateway(tx: Transaction, refund: LockedRefund) -> list[LockedPayment]:
    parts = [part for part in parts_of_refund(tx, refund) if part.destination == "GATEWAY"]
    return [lock_payment(tx, part.payment_id)[1] for part in parts]


def _end_review(tx: Transaction, refund: LockedRefund, resolution: Resolution, note: str) -> None:
    """End the review of a refund because the gateway answered after all. `refund`: as it was before it was decided."""
    if refund.status != "NEEDS_REVIEW":
        return
    for payment in _payments_at_gateway(tx, refund):
        if payment.in_review and payment.review_reason == "REFUND_UNKNOWN":
            payments.resolve(tx, payment.id, resolution, f"{refund.refund_number}: {note}", by_user_id=None)
