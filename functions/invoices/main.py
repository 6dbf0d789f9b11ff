"""The invoices function: an order's invoice as data and as a bilingual PDF, and the page that says whether it is genuine."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.invoices import reading, verifying
from functions.invoices.schemas import InvoiceAnswer, InvoiceInBase64, VerifyQuery
from lib.web import ANYONE, SIGNED_IN, Answer, Api, Call
from lib.web.service import add_health

api = Api("invoices", "Invoices")
add_health(api)


@api.get("/api/orders/{order_id}/invoice", who=SIGNED_IN, answer=InvoiceAnswer)
def invoice_data(call: Call, order_id: UUID) -> bytes:
    """The invoice as it was issued, and how it stands today; for the order's owner or staff."""
    return reading.invoice(call.caller, order_id)


@api.get("/api/orders/{order_id}/invoice/download", who=SIGNED_IN, produces="application/pdf")
def invoice_pdf(call: Call, order_id: UUID) -> Answer:
    """The invoice as a PDF in Arabic and English."""
    return reading.pdf(call.caller, order_id)


@api.get("/api/orders/{order_id}/invoice/base64", who=SIGNED_IN, answer=InvoiceInBase64)
def invoice_base64(call: Call, order_id: UUID) -> dict[str, object]:
    """The same PDF inside JSON, for apps that can't stream."""
    return reading.pdf_in_base64(call.caller, order_id)


@api.get("/invoices/verify/{token}", who=ANYONE, produces="text/html")
def verify_invoice(call: Call, token: str, query: VerifyQuery) -> Answer:
    """What an invoice's QR code leads to: whether it is genuine, and whether it is paid."""
    return verifying.show(call, token, query)


invoices = api.function()
