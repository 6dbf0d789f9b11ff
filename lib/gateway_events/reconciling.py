"""Reconciles a payment: asks the gateway about its invoice, settles the payment if it is paid, and looks at its refunds."""

from dataclasses import dataclass
from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.errors import require_found
from lib.fawaterk.models import GatewayInvoice
from lib.gateway_events.asking import NoAnswer, ask_gateway
from lib.gateway_events.refund_reports import process_refunds
from lib.outcomes import Outcome, OutcomeStatus
from lib.payments import gateway, records
from lib.payments.settling import settle


@dataclass(frozen=True, kw_only=True)
class _Payment:
    gateway_invoice_id: str | None
    is_settled: bool


def reconcile(payment_id: UUID, seconds: float = gateway.BUDGET_SECONDS) -> Outcome:
    """Ask the gateway about a payment now, and settle it if it is paid. Of a settled one its refunds are looked at.

    Raises NotFound.
    """
    deadline = gateway.Deadline(seconds)
    payment = require_found(
        db.read.first(
            _Payment,
            "select p.gateway_invoice_id, is_settled(p) as is_settled from payments p where p.id = :id",
            id=payment_id,
        ),
        "payment",
    )
    if payment.gateway_invoice_id is None:
        return Outcome("ignored", "the gateway has no invoice of this payment that we know of", payment_id)
    gateway_invoice = ask_gateway(payment.gateway_invoice_id, seconds)
    if isinstance(gateway_invoice, NoAnswer):
        detail, is_outage = gateway_invoice.detail, gateway_invoice.is_outage
        status: OutcomeStatus = "ignored" if gateway_invoice.is_final else "deferred"
        return Outcome(status, detail, payment_id, is_outage, gateway_invoice.seen)
    if payment.is_settled:
        if gateway_invoice.transaction_id is not None:
            _write_transaction(payment_id, gateway_invoice.transaction_id)
        is_reversed = not gateway_invoice.paid or gateway_invoice.is_refunded
        if not is_reversed and (more := settle_reconciled(payment_id, gateway_invoice)).status != "already_processed":
            return more
        return process_refunds(payment_id, deadline.left, is_reversed=is_reversed)
    return settle_reconciled(payment_id, gateway_invoice)


@db.in_transaction
def settle_reconciled(tx: Transaction, payment_id: UUID, gateway_invoice: GatewayInvoice) -> Outcome:
    """Settle a payment in its own transaction."""
    return settle(tx, payment_id, gateway_invoice)


@db.in_transaction
def _write_transaction(tx: Transaction, payment_id: UUID, transaction_id: str) -> None:
    """Store the number that refunds need, for a payment of the release before."""
    records.write_transaction(tx, payment_id, transaction_id)
