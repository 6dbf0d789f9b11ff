"""Asks the gateway to open an invoice for an attempt, and stores what it answers."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import db, logs
from lib.config import config
from lib.db import Transaction, UniqueViolation
from lib.errors import GatewaySilent, PaymentSuperseded
from lib.fawaterk.errors import GatewayError, GatewayRefused
from lib.fawaterk.models import Customer, InvoiceRequest, OpenedInvoice, PaymentMethod, Received, ReturnUrls
from lib.payments import gateway, records
from lib.payments.closing import close
from lib.payments.comparing import CONVERTED_TO, is_plausible, told_total
from lib.payments.pages import page_address

log = logs.get(__name__)

# The payer waits for the look at the total, too, and can pay without it.
LOOK_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """An attempt that is stored and for which the gateway is called next; `amount` in major units of `currency`."""

    payment_id: UUID
    payment_number: str
    order_number: str
    amount: Decimal
    currency: str
    return_token: str
    customer: Customer
    mobile_wallet_number: str | None
    language: str


def open_invoice(attempt: Attempt, method: PaymentMethod, deadline: gateway.Deadline) -> None:
    """Ask the gateway for an invoice, once, and store its answer.

    Raises PaymentSuperseded, Invalid, GatewaySilent or GatewayRefusal.
    """
    try:
        opened = gateway.client().open_invoice(_request(attempt, method), deadline.left)
    except GatewayRefused as refused:
        problem = gateway.as_problem(refused)
        _close_refused(attempt.payment_id, problem.detail)
        raise problem from refused
    except GatewayError as error:
        log.warning("the gateway's answer to an attempt was lost", payment=attempt.payment_number, error=str(error))
        _mark_lost(attempt.payment_id)
        raise GatewaySilent from error
    try:
        is_closed = _write_opened(attempt.payment_id, opened)
    except UniqueViolation as taken:
        # Another payment has this invoice id, so nobody could tell which of the two the money is for.
        log.exception("the gateway gave an invoice id twice", payment=attempt.payment_number, invoice_id=opened.invoice_id)
        _mark_lost(attempt.payment_id)
        raise GatewaySilent from taken
    if is_closed:
        raise PaymentSuperseded(attempt.payment_number)
    if attempt.currency != CONVERTED_TO or method.customer_pays_commission is not False:
        _look_at_total(attempt, opened.invoice_id, deadline)


def _look_at_total(attempt: Attempt, invoice_id: str, deadline: gateway.Deadline) -> None:
    """Store what the gateway says that the payer is to pay: converted to EGP, or with a commission on top.

    The attempt is open already. If the gateway tells nothing now, the total is not known, and nothing else changes.
    """
    if deadline.is_over:
        return
    try:
        shown = gateway.client().invoice(invoice_id, min(deadline.left, LOOK_SECONDS))
    except GatewayError as error:
        log.warning("the gateway did not tell an unpaid total", payment=attempt.payment_number, error=str(error))
        return
    told = told_total(shown)
    if told is None or shown.paid:
        return
    if not is_plausible(told, amount=attempt.amount, currency=attempt.currency):
        log.error(
            "the gateway asks the payer for something else than we asked it for",
            payment=attempt.payment_number,
            asked=f"{attempt.amount} {attempt.currency}",
            told=f"{told.amount} {told.currency}",
        )
    _write_expected(attempt.payment_id, told)


def _request(attempt: Attempt, method: PaymentMethod) -> InvoiceRequest:
    token = attempt.return_token
    return InvoiceRequest(
        payment_method_id=method.payment_method_id,
        amount=attempt.amount,
        currency=attempt.currency,
        invoice_number=attempt.payment_number,
        customer=attempt.customer,
        item_name=f"AltayarVIP {attempt.order_number}",
        urls=ReturnUrls(
            success=page_address("success", token),
            fail=page_address("fail", token),
            pending=page_address("pending", token),
            webhook=f"{config().app_base_url}/api/payments/fawaterk/webhook",
        ),
        pay_load={"payment_id": str(attempt.payment_id), "order_number": attempt.order_number},
        lang=attempt.language,
        mobile_wallet_number=attempt.mobile_wallet_number,
    )


@db.in_transaction
def _write_opened(tx: Transaction, payment_id: UUID, opened: OpenedInvoice) -> bool:
    """Store the gateway's answer, and return whether the attempt was closed meanwhile.

    A webhook can come before this answer. If the payment is PAID by then, that is not an error.
    """
    return records.write_opened_invoice(tx, payment_id, opened).is_closed


@db.in_transaction
def _write_expected(tx: Transaction, payment_id: UUID, expected: Received) -> None:
    records.write_expected(tx, payment_id, expected)


@db.in_transaction
def _close_refused(tx: Transaction, payment_id: UUID, message: str) -> None:
    close(tx, payment_id, "FAILED", message)


@db.in_transaction
def _mark_lost(tx: Transaction, payment_id: UUID) -> None:
    records.mark_answer_lost(tx, payment_id)
