"""The invoice as a PDF to download, as a file or inside JSON."""

import base64
import json
import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

from functions.invoices import queries
from functions.invoices.snapshot import CurrentStatus, InvoiceSnapshot
from lib.errors import Busy
from lib.security.callers import Caller
from lib.web import Response

# The largest invoices take seconds of an instance's one CPU. If all were drawn at once, the app would give up on each.
_AT_ONCE = threading.BoundedSemaphore(2)
WAIT_SECONDS = 4.0


def pdf(caller: Caller, order_id: UUID) -> Response:
    """The invoice as a file. Raises NotFound or Busy."""
    filename, document = _file(caller, order_id)
    return Response(document, "application/pdf", headers={"Content-Disposition": f'attachment; filename="{filename}"'})


def pdf_in_base64(caller: Caller, order_id: UUID) -> dict[str, object]:
    """The invoice's file name and content. Raises NotFound or Busy."""
    filename, document = _file(caller, order_id)
    return {"filename": filename, "content_base64": base64.b64encode(document).decode()}


def _file(caller: Caller, order_id: UUID) -> tuple[str, bytes]:
    invoice: dict[str, Any] = json.loads(queries.invoice(caller, order_id), parse_float=Decimal)
    if not _AT_ONCE.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        return f"{invoice['invoice_number']}.pdf", _render(invoice)
    finally:
        _AT_ONCE.release()


def _render(invoice: dict[str, Any]) -> bytes:
    # The PDF library is slow to import, and an instance that only answers data never needs it.
    from functions.invoices.document import render  # noqa: PLC0415

    snapshot, language = InvoiceSnapshot.model_validate(invoice), invoice["buyer"]["language"]
    return render(snapshot, CurrentStatus.of(invoice), invoice["verify_url"], language)
