"""Refunds that somebody made in the gateway's dashboard: each reserves its money here until a person books or rejects it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import ledger, logs
from lib.db import Transaction
from lib.errors import IllegalMove
from lib.ledger import Posting
from lib.money import DECIMALS, rounded
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.locks import LockedPayment
from lib.refunds import listed, records
from lib.refunds.allocating import Paid, Part
from lib.refunds.completing import move_money
from lib.refunds.listed import Loss, SeenRefund
from lib.refunds.queries import paid_of_order, unapplied_of_payment
from lib.refunds.records import NewRefund, read_refund

log = logs.get(__name__)

_LARGEST = Decimal("99999999999.999")
_REASON = "Made at the payment gateway, not here"


@dataclass(frozen=True, kw_only=True)
class _Money:
    """Money of a payment that a refund may have sent back: what counts for the order, or (`payment_id`) what never did."""

    paid: Paid
    currency: str
    payment_id: UUID | None


def report(tx: Transaction, order: LockedOrder, payment: LockedPayment, row: SeenRefund) -> None:
    """Insert PENDING refunds for a row that nobody asked for here. What is more than was left is kept as its excess."""
    money = _money_of(tx, order, payment, row)
    figure = row.amount
    for one in money:
        counted = _counted(one, figure)
        share = min(one.paid.left, counted)
        if share <= 0:
            continue
        part_of_figure = figure if share == counted else figure * share / counted
        _insert(tx, order, row, one, share, part_of_figure)
        figure -= part_of_figure
    excess = _counted(money[0], figure) if money else _counted_of(payment, figure)
    if excess > 0:
        listed.write_excess(tx, row.id, min(excess, _LARGEST), money[0].currency if money else payment.currency)
    log.error("the gateway lists a refund that was not asked for here", payment=payment.payment_number, row=row.gateway_id)


def _money_of(tx: Transaction, order: LockedOrder, payment: LockedPayment, row: SeenRefund) -> list[_Money]:
    """What never counted for the order first, which is what goes back in most cases, unless the rest fits exactly."""
    unapplied, unapplied_currency = unapplied_of_payment(tx, payment)
    money = [_Money(paid=unapplied, currency=unapplied_currency, payment_id=payment.id)] if unapplied.amount > 0 else []
    sale = [
        _Money(paid=one, currency=order.currency, payment_id=None)
        for one in paid_of_order(tx, order)
        if one.payment_id == payment.id and one.source == "GATEWAY"
    ]
    is_the_sale = any(_counted(one, row.amount) == one.paid.left for one in sale)
    return sale + money if is_the_sale else money + sale


def _counted(money: _Money, figure: Decimal) -> Decimal:
    """What a figure of the gateway's list counts for here. It is taken for the currency in which the gateway holds money."""
    paid = money.paid
    is_held_otherwise = paid.held_currency not in (None, money.currency)
    if is_held_otherwise and paid.held_amount and paid.received:
        figure = figure * paid.received / paid.held_amount
    return rounded(figure, money.currency)


def _counted_of(payment: LockedPayment, figure: Decimal) -> Decimal:
    """The same for a payment of which nothing is left."""
    is_converted = payment.gateway_currency not in (None, payment.currency)
    if is_converted and payment.gateway_total and payment.received_amount:
        figure = figure * payment.received_amount / payment.gateway_total
    return rounded(figure, payment.currency)


def _insert(tx: Transaction, order: LockedOrder, row: SeenRefund, money: _Money, share: Decimal, figure: Decimal) -> None:
    held_currency = money.paid.held_currency or money.currency
    asked = figure.quantize(Decimal(1).scaleb(-DECIMALS[held_currency]))
    part = Part(
        payment_id=money.paid.payment_id,
        source="GATEWAY",
        destination="GATEWAY",
        amount=share,
        gateway_amount=asked if asked > 0 else None,
        gateway_currency=held_currency if asked > 0 else None,
    )
    new = NewRefund(
        payment_id=money.payment_id,
        amount=share,
        currency=money.currency,
        reason=_REASON,
        destination="gateway",
        parts=[part],
        created_by=None,
        gateway_request_id=row.id,
    )
    records.insert(tx, order, new)


def wait_for_a_person(tx: Transaction, refund_id: UUID, row: SeenRefund) -> None:
    """PENDING → NEEDS_REVIEW: the gateway has sent the money, or nobody knows what it did."""
    refund = read_refund(tx, refund_id)
    excess = rounded(row.excess, refund.currency)
    more = f"; {excess} more than was left of it here" if excess > 0 else ""
    message = f"refund {row.gateway_id} of {row.amount} at the gateway was not asked for here; the gateway {row.said}{more}"
    records.mark_needs_review(tx, refund, message)


def is_undecided(tx: Transaction, payment_id: UUID) -> bool:
    """Whether a refund made at the gateway, or what it sent back too much, waits for a person."""
    return tx.exists(
        """
        select from payment_refund_requests q left join refunds r on r.gateway_request_id = q.id
        where q.payment_id = :payment_id and q.decided_at is null
          and (r.origin = 'GATEWAY' and r.status = 'NEEDS_REVIEW' or q.excess > 0 and q.state = 'APPROVED')
        """,
        payment_id=payment_id,
    )


def refuse_while_reserved(tx: Transaction, payment: LockedPayment) -> None:
    """Raise IllegalMove if a refund made at the gateway has reserved money of a payment that was never applied."""
    sql = """
        select from gateway_refunds
        where payment_id = :id and origin = 'GATEWAY' and is_unapplied and status in ('PENDING', 'NEEDS_REVIEW')
        """
    if tx.exists(sql, id=payment.id):
        raise IllegalMove(
            f"The money of payment {payment.payment_number}",
            "sent back in the gateway's dashboard",
            "applied to the order; mark it for refund, and then book or reject that refund",
        )


def book(tx: Transaction, order: LockedOrder, payment: LockedPayment) -> None:
    """Book the refunds of a payment that were made at the gateway, as if they had been asked for here.

    What they sent back beyond what was left is a loss. Raises IllegalMove if the gateway's list shows none.
    """
    waiting = _waiting(tx, payment)
    if not waiting and not is_undecided(tx, payment.id):
        raise IllegalMove(
            f"The refund of payment {payment.payment_number}",
            "in no list of the gateway's",
            "booked; reject the report, or refund by hand (manual) what the gateway took back",
        )
    for refund_id in waiting:
        move_money(tx, lock_order(tx, order.id), read_refund(tx, refund_id))
    losses = [_loss(order, payment, lost) for lost in listed.mark_lost(tx, payment)]
    if losses:
        ledger.post(tx, ledger.lock_wallet(tx, order.user_id), losses)
    listed.mark_decided(tx, payment.id)


def _loss(order: LockedOrder, payment: LockedPayment, lost: Loss) -> ledger.Transaction:
    """The gateway does not have that money any more, and nobody owes it."""
    return ledger.Transaction(
        key=f"gateway-refund:{lost.id}:loss",
        kind="LOSS",
        postings=[Posting("LOSSES", "GATEWAY", lost.excess, lost.currency)],
        description=ledger.Description(
            f"Sent back too much of {payment.payment_number}", f"رد زائد من {payment.payment_number}"
        ),
        reference=ledger.Reference("PAYMENT", payment.id),
        order_id=order.id,
        payment_id=payment.id,
    )


def dismiss(tx: Transaction, payment: LockedPayment, note: str) -> None:
    """Reject the refunds of a payment that the gateway lists: they are not what it says. Their money is free again."""
    for refund_id in _waiting(tx, payment):
        records.mark_rejected(tx, read_refund(tx, refund_id), note)
    listed.mark_decided(tx, payment.id)


def _waiting(tx: Transaction, payment: LockedPayment) -> Sequence[UUID]:
    return tx.column(
        UUID,
        """
        select id from gateway_refunds
        where payment_id = :payment_id and origin = 'GATEWAY' and status = 'NEEDS_REVIEW' order by created_at, id
        """,
        payment_id=payment.id,
    )
