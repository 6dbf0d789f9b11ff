"""The invoices function: an order's invoice as data and as a bilingual PDF, and the page that verifies it."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.invoices import downloads, queries, verification_page
from functions.invoices.schemas import InvoiceAnswer, InvoiceInBase64, InvoicePass, VerifyQuery
from lib.web import ANYONE, SIGNED_IN, Api, Call, Response
from lib.web.service import add_health

api = Api("invoices", "Invoices")
add_health(api)


@api.get("/api/orders/{order_id}/invoice", roles=SIGNED_IN, response=InvoiceAnswer)
def invoice_data(call: Call, order_id: UUID) -> bytes:
    """The invoice as it was issued, with the order's present status; for the order's owner or staff."""
    return queries.invoice(call.caller, order_id)


@api.get("/api/orders/{order_id}/invoice/download", roles=SIGNED_IN, produces="application/pdf")
def invoice_pdf(call: Call, order_id: UUID) -> Response:
    """The invoice as a PDF in Arabic and English."""
    return downloads.pdf(call.caller, order_id)


@api.get("/api/orders/{order_id}/invoice/base64", roles=SIGNED_IN, response=InvoiceInBase64)
def invoice_base64(call: Call, order_id: UUID) -> dict[str, object]:
    """The same PDF inside JSON, for apps that can't stream."""
    return downloads.pdf_in_base64(call.caller, order_id)


@api.post(
    "/api/orders/{order_id}/invoice/mailed", roles=ANYONE, produces="application/pdf", takes_key=False, problems=(401,)
)
def invoice_for_mail(body: InvoicePass, order_id: UUID) -> Response:
    """The PDF for the mail that carries it: the job that sends mail has a pass, which holds for a minute."""
    return downloads.pdf_with_pass(body.given, order_id)


@api.get("/invoices/verify/{token}", roles=ANYONE, produces="text/html")
def verify_invoice(call: Call, token: str, query: VerifyQuery) -> Response:
    """The page behind an invoice's QR code: whether the invoice is genuine, and whether it is paid."""
    return verification_page.show(call, token, query)


invoices = api.function()
