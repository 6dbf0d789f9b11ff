"""An administrator's decision about a payment in review."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib import audit, db
from lib.audit import Actor
from lib.bookings.queries import booking_of_order
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid
from lib.fawaterk.models import Received
from lib.money import DECIMALS, is_exact
from lib.orders.locks import LockedOrder
from lib.payments import records
from lib.payments.closing import release_attempt
from lib.payments.comparing import CONVERTED_TO, is_plausible
from lib.payments.locks import LockedPayment, Resolution, lock_payment
from lib.payments.settling import Receipt, accept, record_unapplied
from lib.refunds import reported
from lib.refunds.completing import resolve_unknown
from lib.security.rights import refuse_own_account

Action = Literal["settle", "reject", "refund"]

_RESOLUTION: dict[Action, Resolution] = {"settle": "SETTLED", "reject": "REJECTED", "refund": "REFUND_DUE"}


@db.in_transaction
def resolve(tx: Transaction, payment_id: UUID, actor: Actor, action: Action, note: str, amount: Decimal | None) -> None:
    """Settle a payment in review, reject it, or mark it for refund.

    `amount` (in the order's currency) is what to apply to the order; None: what arrived. For a refund it is what arrived, if
    the gateway did not say. Raises NotFound, OwnAccount, IllegalMove if it is not in review, and Invalid for a wrong amount.
    """
    order, payment = lock_payment(tx, payment_id)
    refuse_own_account(actor.user_id, order.user_id)
    if not payment.in_review:
        raise IllegalMove(f"Payment {payment.payment_number}", f"{payment.status} and not in review", "resolved")
    _decide(tx, order, payment, action, note, amount)
    records.resolve(tx, payment.id, _RESOLUTION[action], note, by_user_id=actor.user_id)
    audit.record(
        tx,
        actor,
        f"resolve-{action}",
        "payment",
        payment_id,
        before={"status": payment.status, "review_reason": payment.review_reason},
        after={"resolution": _RESOLUTION[action], "note": note, "amount": amount},
    )


def _decide(
    tx: Transaction, order: LockedOrder, payment: LockedPayment, action: Action, note: str, amount: Decimal | None
) -> None:
    if payment.review_reason == "REFUND_UNKNOWN":
        _decide_refund(tx, order, payment, action)
    elif payment.review_reason == "REFUND_REPORTED":
        _decide_reported(tx, order, payment, action, note)
    elif payment.review_reason == "BALANCE_SHORT":
        # Its money was applied when it came. The decision only ends the review, and the rest can then be paid.
        return
    elif action == "settle":
        _settle(tx, order, payment, amount)
    elif payment.is_settled:
        # Its money is already recorded. The decision only says what happens with it.
        return
    elif action == "refund":
        record_unapplied(tx, order, payment, _arrived_to_refund(payment, amount))
    else:
        release_attempt(tx, order, payment)
        records.reject(tx, payment, "rejected by staff")


def _decide_refund(tx: Transaction, order: LockedOrder, payment: LockedPayment, action: Action) -> None:
    """Settle: the gateway has sent the money back; reject: it has not."""
    if action == "refund":
        raise IllegalMove(
            f"The refund of payment {payment.payment_number}",
            "of unknown outcome",
            "sent again; settle it if the gateway has done it, reject it if not",
        )
    resolve_unknown(tx, order, payment, was_done=action == "settle")


def _decide_reported(tx: Transaction, order: LockedOrder, payment: LockedPayment, action: Action, note: str) -> None:
    """Settle: book what was refunded at the gateway; reject: it was not, or is booked otherwise. Refund: what is left."""
    if action == "settle":
        reported.book(tx, order, payment)
    elif action == "reject":
        reported.dismiss(tx, payment, f"rejected by staff: {note}")
    elif reported.is_undecided(tx, payment.id):
        raise IllegalMove(
            f"The refund of payment {payment.payment_number}",
            "reported by the gateway",
            "sent again; settle it to book it, reject it if it did not happen",
        )


def _settle(tx: Transaction, order: LockedOrder, payment: LockedPayment, amount: Decimal | None) -> None:
    counted = amount if amount is not None else _arrived(order, payment)
    booking = booking_of_order(tx, order.id)
    is_called_off = booking is not None and booking.is_called_off
    if order.status != "ISSUED" or is_called_off:
        raise IllegalMove(f"Order {order.order_number}", order.status, "paid with this money; mark the payment for refund")
    reported.refuse_while_reserved(tx, payment)
    if payment.received_currency == order.currency and payment.received_amount is not None:
        if counted > _unapplied(payment):
            raise Invalid.field(["body", "amount"], f"must not be above the {_unapplied(payment)} that arrived")
    else:
        _require_credible(payment, counted)
    if not 0 < counted <= order.remaining or not is_exact(counted, order.currency):
        raise Invalid.field(["body", "amount"], f"must be above 0 and at most {order.remaining} {order.currency}")
    accept(tx, order, payment, Receipt(received=_received(order, payment, counted), counted=counted))


def _received(order: LockedOrder, payment: LockedPayment, counted: Decimal) -> Received:
    """What to book as received. Of a converted payment the gateway shows EGP alone, but the order's own currency counts."""
    if payment.received_amount is None or _is_converted(payment):
        return Received(counted, order.currency)
    return Received(payment.received_amount, payment.received_currency or order.currency)


def _is_converted(payment: LockedPayment) -> bool:
    """Whether what the gateway shows of a payment that is not settled is in the currency to which it converts."""
    return not payment.is_settled and payment.received_currency == CONVERTED_TO != payment.currency


def _arrived(order: LockedOrder, payment: LockedPayment) -> Decimal:
    if payment.received_amount is None or payment.received_currency != order.currency:
        raise Invalid.field(
            ["body", "amount"],
            f"is needed: say what the money counts for in {order.currency}, as it can't be told from it",
        )
    return _unapplied(payment)


def _unapplied(payment: LockedPayment) -> Decimal:
    """How much of what arrived, in the order's currency, does not count for the order yet."""
    return (payment.received_amount or Decimal(0)) - payment.applied_amount


def _arrived_to_refund(payment: LockedPayment, amount: Decimal | None) -> Received:
    if payment.received_amount is not None and not (amount is not None and _is_converted(payment)):
        return Received(payment.received_amount, payment.received_currency or payment.currency)
    if amount is None:
        raise Invalid.field(["body", "amount"], "is needed: what arrived can't be told from the gateway's answer")
    _require_credible(payment, amount)
    return Received(amount, payment.currency)


def _require_credible(payment: LockedPayment, amount: Decimal) -> None:
    """Raise Invalid for an amount that a person tells, as the gateway's answer does not, and that can't have arrived."""
    currency = payment.currency
    if not is_exact(amount, currency):
        message = f"must have at most {DECIMALS[currency]} decimals in {currency}"
        raise Invalid.field(["body", "amount"], message, "decimals")
    most = _asked_of_payer(payment)
    if not 0 < amount <= most:
        raise Invalid.field(
            ["body", "amount"], f"must be above 0 and at most {most} {currency}, which its payer was asked for"
        )


def _asked_of_payer(payment: LockedPayment) -> Decimal:
    """What a payer was asked for, with the commission if they bear it, in the payment's currency."""
    if payment.expected_total is None or payment.expected_currency != payment.currency:
        return payment.amount
    told = Received(payment.expected_total, payment.currency)
    is_believed = is_plausible(told, amount=payment.amount, currency=payment.currency)
    return told.amount if is_believed else payment.amount
