"""Matches the gateway's list of refunds with ours: what it shows decides about a refund, and each row counts once.

A row that nobody asked for here becomes a refund of its own (reported.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.errors import GatewaySilent
from lib.fawaterk.errors import GatewayError
from lib.outcomes import Outcome
from lib.payments import gateway, records
from lib.payments.locks import LockedPayment, lock_payment
from lib.payments.settling import flag
from lib.refunds import listed
from lib.refunds import records as refunds
from lib.refunds.completing import complete, mark_known, mark_unknown, reject
from lib.refunds.listed import SeenRefund
from lib.refunds.looking import look
from lib.refunds.records import RefundOrigin, RefundStatus
from lib.refunds.reported import is_undecided, report, wait_for_a_person

log = logs.get(__name__)

# How long the look before a refund may take, of the time that the app waits.
_LOOK_SECONDS = 3.0
# A row is no refund of ours if it is older than ours, but for how far the gateway's clock may differ.
_CLOCKS_DIFFER = timedelta(minutes=5)
_WITHDRAWN = "withdrawn by staff before the gateway approved it"


@dataclass(frozen=True, kw_only=True)
class _Sent:
    """A refund by the gateway; `gateway_amount` in the currency in which the gateway holds the money."""

    id: UUID
    status: RefundStatus
    origin: RefundOrigin
    gateway_request_id: UUID | None
    withdrawal_asked_at: datetime | None
    claimed_at: datetime
    gateway_amount: Decimal


def look_before(order_id: UUID, deadline: gateway.Deadline) -> None:
    """Look at the gateway's list before money of an order goes back, and match what it shows of this order.

    An order of which nothing came by the gateway needs no look. Raises GatewaySilent if the gateway does not show its list.
    """
    payment_ids = _payments_at_gateway(order_id)
    if not payment_ids:
        return
    try:
        look(min(_LOOK_SECONDS, deadline.left), order_id=order_id)
    except GatewayError as error:
        log.warning("the gateway does not show its list of refunds", order_id=str(order_id), error=str(error))
        raise GatewaySilent from error
    _learn_transactions(order_id, deadline)
    for payment_id in payment_ids:
        match(payment_id)


def _payments_at_gateway(order_id: UUID) -> list[UUID]:
    return db.read.column(
        UUID,
        """
        select id from payments p
        where order_id = :order_id and is_settled(p) and refundable_invoice(p) is not null order by created_at, id
        """,
        order_id=order_id,
    )


@dataclass(frozen=True, kw_only=True)
class _Unnumbered:
    id: UUID
    gateway_invoice_id: str


def _learn_transactions(order_id: UUID, deadline: gateway.Deadline) -> None:
    """Read the numbers of transactions that refunds need, where the id of an invoice is none (an account that was moved).

    Without its number a refund is refused by the gateway, and nothing is lost.
    """
    unnumbered = db.read.all(
        _Unnumbered,
        """
        select id, gateway_invoice_id from payments p
        where order_id = :order_id and is_settled(p) and refundable_invoice(p) !~ '^[0-9]+$'
          and gateway_transaction_id is null
        """,
        order_id=order_id,
    )
    for payment in unnumbered:
        try:
            shown = gateway.client().invoice(payment.gateway_invoice_id, min(_LOOK_SECONDS, deadline.left))
        except GatewayError as error:
            log.warning("the gateway does not tell a transaction's number", payment_id=str(payment.id), error=str(error))
            continue
        if shown.transaction_id is not None:
            _write_transaction(payment.id, shown.transaction_id)


@db.in_transaction
def _write_transaction(tx: Transaction, payment_id: UUID, transaction_id: str) -> None:
    records.write_transaction(tx, payment_id, transaction_id)


@db.in_transaction
def match(tx: Transaction, payment_id: UUID) -> Outcome:
    """Match what was seen of the gateway's list with a payment's refunds, and change those about which it decides.

    Doing it twice does nothing the second time. A payment that is not settled is left alone.
    """
    order, payment = lock_payment(tx, payment_id)
    if not payment.is_settled:
        return Outcome("ignored", f"the payment is {payment.status}", payment_id)
    rows = listed.rows_of(tx, payment_id)
    taken = _tie(tx, payment, rows)
    for row in rows:
        if row.id not in taken and row.excess == 0 and row.state in ("PENDING", "APPROVED", "UNKNOWN"):
            report(tx, order, payment, row)
    by_id = {row.id: row for row in listed.rows_of(tx, payment_id)}
    changes = [
        change
        for sent in _sent_of(tx, payment)
        if sent.gateway_request_id in by_id and (change := _follow(tx, sent, by_id[sent.gateway_request_id]))
    ]
    payment = lock_payment(tx, payment_id)[1]
    if not payment.in_review and is_undecided(tx, payment_id):
        return flag(tx, payment, "REFUND_REPORTED")
    if changes:
        return Outcome("processed", "; ".join(changes), payment_id)
    return Outcome("already_processed", "the gateway's list of refunds shows nothing new of it", payment_id)


def _sent_of(tx: Transaction, payment: LockedPayment) -> list[_Sent]:
    sql = "select :row from gateway_refunds where payment_id = :payment_id order by claimed_at, id"
    return tx.all(_Sent, sql, payment_id=payment.id)


def _tie(tx: Transaction, payment: LockedPayment, rows: list[SeenRefund]) -> set[UUID]:
    """Tie each refund that was asked for here to its row: of the same amount, and not older than it. All tied rows."""
    taken = set(
        tx.column(
            UUID,
            """
            select r.gateway_request_id from refunds r join payment_refund_requests q on q.id = r.gateway_request_id
            where q.payment_id = :payment_id
            """,
            payment_id=payment.id,
        )
    )
    for sent in _sent_of(tx, payment):
        if sent.gateway_request_id is not None:
            continue
        row = next((row for row in rows if row.id not in taken and _may_be(sent, row)), None)
        if row is not None:
            refunds.tie(tx, sent.id, row.id)
            taken.add(row.id)
    return taken


def _may_be(sent: _Sent, row: SeenRefund) -> bool:
    if row.amount != sent.gateway_amount or row.excess > 0:
        return False
    if row.requested_at is not None and row.requested_at < sent.claimed_at - _CLOCKS_DIFFER:
        return False
    # Before we asked, the list was looked at. Refunds of the release before were completed without a look.
    return sent.status == "COMPLETED" or row.first_seen_at >= sent.claimed_at


def _follow(tx: Transaction, sent: _Sent, row: SeenRefund) -> str | None:
    """Change a refund as its row says; what was done, or None if nothing had to be."""
    is_ours = sent.origin == "STAFF"
    if sent.status == "COMPLETED" or row.state == "PENDING" == sent.status:
        return None
    if row.state == "APPROVED" and is_ours:
        complete(sent.id)
        return "the gateway approved a refund"
    if row.state == "REJECTED" or (row.state == "GONE" and sent.withdrawal_asked_at is not None):
        why = f"the gateway rejected it: {row.state_text}" if row.state == "REJECTED" else _WITHDRAWN
        reject(sent.id, why)
        return why
    if row.state == "PENDING" and is_ours:
        mark_known(sent.id)
        return "the gateway has the request for a refund"
    return _leave_to_a_person(tx, sent, row) if sent.status == "PENDING" else None


def _leave_to_a_person(tx: Transaction, sent: _Sent, row: SeenRefund) -> str:
    if sent.origin == "GATEWAY":
        wait_for_a_person(tx, sent.id, row)
        return "a refund that was made at the gateway waits for a person"
    mark_unknown(sent.id, f"the gateway {row.said}")
    return "nobody knows what became of a refund"
