"""Asking the gateway about a payment, and doing what follows."""

from dataclasses import dataclass
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.errors import NotFound
from lib.fawaterk.errors import GatewayError, GatewayUnavailable, InvoiceUnknown
from lib.fawaterk.models import GatewayInvoice
from lib.payments import gateway
from lib.payments.locks import LockedPayment, lock_payment
from lib.payments.settlement import Done, flag, settle

log = logs.get(__name__)

SETTLED = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")


@dataclass(frozen=True)
class Silence:
    """The gateway told nothing that could be used.

    `is_final`: it knows no such invoice, so that asking is vain. `is_outage`: it did not answer at all.
    """

    detail: str
    is_final: bool = False
    is_outage: bool = False


def ask(invoice_id: str, seconds: float) -> GatewayInvoice | Silence:
    """An invoice as the gateway has it now, within so many seconds. No transaction may be open."""
    try:
        return gateway.client().invoice(invoice_id, seconds)
    except InvoiceUnknown:
        return Silence("the gateway does not know this invoice", is_final=True)
    except GatewayError as error:
        log.warning("the gateway told nothing about an invoice", invoice_id=invoice_id, error=str(error))
        is_outage = isinstance(error, GatewayUnavailable)
        return Silence(f"the gateway did not answer: {type(error).__name__}", is_outage=is_outage)


def reconcile(payment_id: UUID, seconds: float = gateway.BUDGET_SECONDS) -> Done:
    """Ask the gateway about a payment now, and settle it if it is paid. Raises NotFound."""
    rows = db.read("select gateway_invoice_id, status from payments where id = :id", id=payment_id)
    if not rows:
        raise NotFound("There is no such payment")
    invoice_id, status = rows[0]
    if invoice_id is None:
        return Done("ignored", "the gateway has no invoice of this payment that we know of", payment_id)
    seen = ask(invoice_id, seconds)
    if isinstance(seen, Silence):
        return Done("ignored" if seen.is_final else "deferred", seen.detail, payment_id, seen.is_outage)
    if status in SETTLED and (not seen.paid or seen.is_refunded):
        return _take_up_refund(payment_id)
    return take_up(payment_id, seen)


@db.in_transaction
def take_up(tx: Transaction, payment_id: UUID, seen: GatewayInvoice) -> Done:
    """Settle in a transaction of its own."""
    return settle(tx, payment_id, seen)


@db.in_transaction
def _take_up_refund(tx: Transaction, payment_id: UUID) -> Done:
    """The gateway shows that money of a payment went back: no news where it was asked to send some back."""
    if tx.value(f"select {_WAS_SENT_BACK} from payments p where p.id = :id", id=payment_id):  # noqa: S608 - a constant
        return Done("already_processed", "we have sent money of it back", payment_id)
    return flag_reported_refund(payment_id)


@db.in_transaction
def flag_reported_refund(tx: Transaction, payment_id: UUID) -> Done:
    """A refund that the gateway speaks of and that we know nothing of: a person has to look. Nothing is undone."""
    locked = lock_payment(tx, payment_id)
    if locked is None or not _is_surprising(locked[1]):
        return Done("already_processed", "there is nothing to flag", payment_id)
    flag(tx, locked[1], "REFUND_REPORTED")
    return Done("review", "REFUND_REPORTED", payment_id)


_WAS_SENT_BACK = """
    exists (select from refund_parts f join refunds r on r.id = f.refund_id
            where f.payment_id = p.id and f.destination = 'GATEWAY' and r.status <> 'REJECTED')
"""


def _is_surprising(payment: LockedPayment) -> bool:
    """Whether a refund of it would be news: not where a person looks at it, has looked at this, or has ordered it."""
    is_known = payment.review_reason == "REFUND_REPORTED" or payment.resolution == "REFUND_DUE"
    return payment.is_settled and not payment.in_review and not is_known
