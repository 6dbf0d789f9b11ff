"""Asks the gateway about an invoice. No transaction may be open."""

from dataclasses import dataclass

from lib import logs
from lib.fawaterk.errors import GatewayError, GatewayUnavailable, InvoiceUnknown
from lib.fawaterk.models import GatewayInvoice
from lib.payments import gateway

log = logs.get(__name__)


@dataclass(frozen=True)
class NoAnswer:
    """The gateway gave no usable answer.

    `is_final`: it does not know the invoice, so asking again is useless. `is_outage`: it did not answer at all.
    """

    detail: str
    is_final: bool = False
    is_outage: bool = False


def ask_gateway(invoice_id: str, seconds: float) -> GatewayInvoice | NoAnswer:
    """The invoice as the gateway has it now. The call may take so many seconds."""
    try:
        return gateway.client().invoice(invoice_id, seconds)
    except InvoiceUnknown:
        return NoAnswer("the gateway does not know this invoice", is_final=True)
    except GatewayError as error:
        log.warning("the gateway told nothing about an invoice", invoice_id=invoice_id, error=str(error))
        is_outage = isinstance(error, GatewayUnavailable)
        return NoAnswer(f"the gateway did not answer: {type(error).__name__}", is_outage=is_outage)
