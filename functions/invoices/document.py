"""The invoice as a PDF: A4, Arabic and English beside each other. A pure function from data to bytes."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal

from functions.invoices import arabic, sections, table
from functions.invoices.embedding import Typefaces
from functions.invoices.flow import Flow
from functions.invoices.output import Properties, pdf
from functions.invoices.wording import TAX_INVOICE

if TYPE_CHECKING:
    from functions.invoices.snapshot import CurrentStatus, InvoiceSnapshot


def render(invoice: InvoiceSnapshot, status: CurrentStatus, verify_url: str, language: Literal["ar", "en"]) -> bytes:
    """Make the PDF. The same data give the same bytes. ``language`` is the buyer's, for the document's properties.

    ``verify_url`` must fit a QR code: up to 2,331 bytes.
    """
    typefaces = Typefaces()
    flow = Flow(typefaces, lambda on: sections.running_head(on, invoice))
    sections.masthead(flow, invoice.seller)
    sections.title(flow, status)
    sections.details(flow, invoice, status)
    table.lines(flow, invoice)
    sections.totals(flow, invoice, status, verify_url)
    sections.notes(flow, invoice)
    sections.footers(flow, invoice)
    return pdf(flow.sheets, typefaces, _properties(invoice, language))


def _properties(invoice: InvoiceSnapshot, language: Literal["ar", "en"]) -> Properties:
    seller, is_arabic = invoice.seller, language == "ar"
    title = TAX_INVOICE.arabic if is_arabic else TAX_INVOICE.english
    return Properties(
        title=arabic.clean(f"{title} {invoice.invoice_number}"),
        author=arabic.clean((seller.name_ar or seller.name_en) if is_arabic else (seller.name_en or seller.name_ar)),
        subject=arabic.clean(invoice.order_number),
        creator="AltayarVIP",
        language=language,
        created=invoice.issued_at.astimezone(UTC),
    )
