"""Makes refunds.

Before any money that came by the gateway goes back, whatever way, its list of refunds is looked at: what went out there
can't go again, and while nobody can see the list, nobody knows. What came from balances needs no look.

A refund to balances or by hand takes one transaction. A refund that needs the gateway is claimed first: it is inserted and
committed, and then sent once. That only submits it; it stays PENDING until the list shows what became of it (matching.py).
The gateway's call has no idempotency key, so a refund of unknown outcome is never sent again.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import audit, db, logs
from lib.approvals import Asked, Waiting, ask_if_large
from lib.approvals import records as approvals
from lib.approvals.records import Approval
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import GatewaySilent, IllegalMove, Invalid, PaymentInReview
from lib.fawaterk.errors import GatewayError, GatewayRefused
from lib.fawaterk.refunds import RefundOrder
from lib.money import DECIMALS, is_exact, rounded
from lib.orders.locks import LockedOrder, lock_order
from lib.payments import gateway
from lib.payments.locks import LockedPayment, lock_payment
from lib.payments.payable import refuse_while_in_review
from lib.refunds import records
from lib.refunds.allocating import Destination, Paid, allocate, left_of
from lib.refunds.completing import mark_unknown, move_money, reject
from lib.refunds.matching import look_before
from lib.refunds.queries import paid_of_order, unapplied_of_payment
from lib.refunds.records import LockedRefund, NewRefund, RefundStatus
from lib.security.rights import refuse_own_account

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """What to refund. No `amount`: all that is left. `request_key`: the same key again returns the same refund.

    `payment_id`: refund the money of this payment that was never applied to the order (a second payment, or money for a
    cancelled order), or what it paid of the order if a person has marked it for refund.

    `note`: how it was given back by hand. `approval_id`: what another administrator asked for and this one approves.
    """

    reason: str
    destination: Destination
    amount: Decimal | None = None
    payment_id: UUID | None = None
    request_key: str | None = None
    note: str | None = None
    approval_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ToSend:
    """A claimed refund, which is now sent to the gateway, once."""

    refund_id: UUID
    refund_number: str
    order: RefundOrder


def refund(order_id: UUID, actor: Actor, request: RefundRequest) -> UUID | Waiting:
    """Refund an order, or money that was never applied to it; the refund's id, whatever its outcome.

    A large one waits for another administrator, unless it is what this one approves. Raises NotFound, OwnAccount,
    IllegalMove, PaymentInReview, GatewaySilent, or Invalid, which says how much can go to which destination. In an open
    transaction only balances can be refunded to, and its caller has looked at the gateway before.
    """
    deadline = gateway.Deadline()
    begun, to_send = _begin(order_id, actor, request, is_list_seen=_see_list(order_id, deadline))
    if to_send is not None:
        _send(to_send, deadline)
    return begun


def _see_list(order_id: UUID, deadline: gateway.Deadline) -> bool:
    """Look at the gateway's list, unless the caller of an open transaction has; False if the gateway does not show it."""
    if db.transaction_is_open():
        return True
    try:
        look_before(order_id, deadline)
    except GatewaySilent:
        return False
    return True


@db.in_transaction
def _begin(
    tx: Transaction, order_id: UUID, actor: Actor, request: RefundRequest, *, is_list_seen: bool
) -> tuple[UUID | Waiting, ToSend | None]:
    order = lock_order(tx, order_id)
    refuse_own_account(actor.user_id, order.user_id)
    approval = _lock_approval(tx, actor, request)
    if (earlier := _find_earlier(tx, order, request.request_key)) is not None:
        return earlier, None
    _refuse_while_under_way(tx, order)
    payment_id = request.payment_id
    if payment_id is not None and _counts_for_order(tx, order, payment_id):
        paid, currency = [one for one in _paid(tx, order) if one.payment_id == payment_id], order.currency
        payment_id = None
    elif payment_id is not None:
        paid, currency = _unapplied(tx, order, payment_id)
    else:
        paid, currency = _paid(tx, order), order.currency
    amount = _amount(currency, left=left_of(paid), requested=request.amount)
    parts = allocate(paid, amount, currency, request.destination, wallet_currency=config().loyalty.currency)
    if not is_list_seen and any(part.source == "GATEWAY" for part in parts):
        raise GatewaySilent
    new = NewRefund(
        payment_id=payment_id,
        amount=amount,
        currency=currency,
        reason=request.reason,
        destination=request.destination,
        parts=parts,
        created_by=actor.user_id,
        request_key=request.request_key,
        note=request.note,
    )
    if approval is None and (waiting := ask_if_large(tx, actor, _asked(order, request, amount, currency))) is not None:
        return waiting, None
    written = records.insert(tx, order, new)
    if approval is not None:
        approvals.mark_approved(tx, actor, approval, written.id)
    _record(tx, order, written, actor, new)
    to_send = _find_part_to_send(written, new)
    if to_send is None:
        move_money(tx, order, written)
    return written.id, to_send


def _lock_approval(tx: Transaction, actor: Actor, request: RefundRequest) -> Approval | None:
    return None if request.approval_id is None else approvals.lock_undecided(tx, actor, request.approval_id, "approved")


def _asked(order: LockedOrder, request: RefundRequest, amount: Decimal, currency: str) -> Asked:
    return Asked(
        kind="REFUND",
        user_id=order.user_id,
        order_id=order.id,
        amount=amount,
        currency=currency,
        # The amount as it is now: what is left of the order may be more once it is approved.
        request={"destination": request.destination, "payment_id": request.payment_id, "note": request.note},
        reason=request.reason,
        request_key=request.request_key,
    )


def _find_earlier(tx: Transaction, order: LockedOrder, request_key: str | None) -> UUID | None:
    """The refund that the same request made before. A key is valid for 24 hours and can be used again after that."""
    return tx.first_value(
        UUID,
        """
        select id from refunds
        where request_key = :key and order_id = :order_id and created_at > now() - interval '24 hours'
        order by created_at desc limit 1
        """,
        key=request_key,
        order_id=order.id,
    )


@dataclass(frozen=True, kw_only=True)
class _UnderWay:
    refund_number: str
    status: RefundStatus


def _refuse_while_under_way(tx: Transaction, order: LockedOrder) -> None:
    other = tx.first(
        _UnderWay,
        """
        select refund_number, status from refunds r
        where r.order_id = :order_id and is_under_way(r) and r.origin = 'STAFF'
        """,
        order_id=order.id,
    )
    if other is not None:
        raise IllegalMove(
            f"Refund {other.refund_number} of this order", other.status, "followed by another before it is decided"
        )


def _paid(tx: Transaction, order: LockedOrder) -> list[Paid]:
    if order.status != "PAID" and not (order.status == "ISSUED" and order.amount_paid > 0):
        raise IllegalMove(f"Order {order.order_number}", order.status, "refunded: nothing of it is paid")
    refuse_while_in_review(tx, order, "nothing can be refunded before that is resolved")
    paid = paid_of_order(tx, order)
    if left_of(paid) <= 0:
        raise IllegalMove(f"Order {order.order_number}", order.status, "refunded: nothing of it was paid with money")
    return paid


def _unapplied(tx: Transaction, order: LockedOrder, payment_id: UUID) -> tuple[list[Paid], str]:
    payment = _lock_payment_of(tx, order, payment_id)
    if payment.in_review:
        raise PaymentInReview(payment.payment_number, "nothing of it can be refunded before that is resolved")
    paid, currency = unapplied_of_payment(tx, payment)
    if paid.left <= 0:
        raise IllegalMove(
            f"Payment {payment.payment_number}", payment.status, "refunded by itself: all of its money counts for the order"
        )
    return [paid], currency


def _counts_for_order(tx: Transaction, order: LockedOrder, payment_id: UUID) -> bool:
    """Whether a person has marked a payment for refund although all of its money counts for the order."""
    payment = _lock_payment_of(tx, order, payment_id)
    return (
        payment.resolution == "REFUND_DUE" and payment.applied_amount > 0 and unapplied_of_payment(tx, payment)[0].left <= 0
    )


def _lock_payment_of(tx: Transaction, order: LockedOrder, payment_id: UUID) -> LockedPayment:
    if not tx.exists("select from payments where id = :id and order_id = :order_id", id=payment_id, order_id=order.id):
        raise Invalid.field(["body", "payment_id"], "is no payment of this order")
    return lock_payment(tx, payment_id)[1]


def _amount(currency: str, *, left: Decimal, requested: Decimal | None) -> Decimal:
    if requested is None:
        return left
    if not is_exact(requested, currency):
        raise Invalid.field(["body", "amount"], f"must have at most {DECIMALS[currency]} decimals in {currency}", "decimals")
    if requested > left:
        raise Invalid.field(["body", "amount"], f"must be at most {left} {currency}, which is what is left")
    return rounded(requested, currency)


def _record(tx: Transaction, order: LockedOrder, written: LockedRefund, actor: Actor, new: NewRefund) -> None:
    audit.record(
        tx,
        actor,
        "refund",
        "order",
        order.id,
        before={"status": order.status, "amount_paid": order.amount_paid, "amount_refunded": order.amount_refunded},
        after={
            "refund_number": written.refund_number,
            "amount": written.amount,
            "currency": written.currency,
            "reason": new.reason,
            "note": new.note,
            "to": [f"{part.amount} {part.destination}" for part in new.parts],
        },
    )


def _find_part_to_send(written: LockedRefund, new: NewRefund) -> ToSend | None:
    """The part of a refund that the gateway has to send. There is one at most."""
    for part in new.parts:
        if part.destination == "GATEWAY" and part.refundable_id is not None:
            order = RefundOrder(
                kind=part.kind,
                refundable_id=part.refundable_id,
                amount=part.amount if part.gateway_amount is None else part.gateway_amount,
                comment=f"{written.refund_number}: {new.reason}",
            )
            return ToSend(refund_id=written.id, refund_number=written.refund_number, order=order)
    return None


def _send(claimed: ToSend, deadline: gateway.Deadline) -> None:
    """Ask the gateway for a claimed refund, once, and store what it said."""
    try:
        gateway.client().request_refund(claimed.order, deadline.left)
    except GatewayRefused as refusal:
        reasons = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in refusal.messages.items())
        log.warning("the gateway refused a refund", refund=claimed.refund_number, reasons=reasons)
        reject(claimed.refund_id, f"the gateway refused: {reasons}")
    except GatewayError as error:
        log.warning("nobody knows what became of a refund", refund=claimed.refund_number, error=str(error))
        mark_unknown(claimed.refund_id, "the gateway did not say whether it has the request")
    else:
        _mark_submitted(claimed.refund_id)


@db.in_transaction
def _mark_submitted(tx: Transaction, refund_id: UUID) -> None:
    _, written = records.lock_refund(tx, refund_id)
    records.mark_submitted(tx, written)
