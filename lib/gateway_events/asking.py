"""Asks the gateway about an invoice. No transaction may be open."""

from dataclasses import dataclass

from lib import logs
from lib.fawaterk.errors import GatewayError, GatewayNonsense, GatewayRefused, GatewayUnavailable, InvoiceUnknown
from lib.fawaterk.models import GatewayInvoice
from lib.payments import gateway

log = logs.get(__name__)


@dataclass(frozen=True)
class NoAnswer:
    """The gateway gave no usable answer.

    `is_final`: it does not know the invoice, so asking again is useless. `is_outage`: it did not answer at all. Else it
    answered something else, and `seen` is what.
    """

    detail: str
    is_final: bool = False
    is_outage: bool = False
    seen: str = ""


def ask_gateway(invoice_id: str, seconds: float) -> GatewayInvoice | NoAnswer:
    """The invoice as the gateway has it now. The call may take so many seconds."""
    try:
        return gateway.client().invoice(invoice_id, seconds)
    except InvoiceUnknown:
        return NoAnswer("the gateway does not know this invoice", is_final=True)
    except GatewayUnavailable as error:
        log.warning("the gateway told nothing about an invoice", invoice_id=invoice_id, error=str(error))
        return NoAnswer("the gateway did not answer", is_outage=True)
    except GatewayRefused as error:
        # Not a word about this invoice: our key, our account, or how we call.
        log.error("the gateway refuses to tell about an invoice", invoice_id=invoice_id, error=str(error))  # noqa: TRY400 - it is told, not raised
        return NoAnswer(f"the gateway refused to tell: {error.status}", seen=str(error))
    except GatewayError as error:
        log.warning("the gateway told nothing about an invoice", invoice_id=invoice_id, error=str(error))
        seen = f"{error}\n{error.seen}" if isinstance(error, GatewayNonsense) else str(error)
        return NoAnswer(f"the gateway's answer can't be read: {error}", seen=seen)
