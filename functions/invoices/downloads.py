"""The invoice as a PDF to download, as a file or inside JSON."""

import base64
import threading
from uuid import UUID

from functions.invoices import queries, rendering
from functions.invoices.keeping import File, Kept
from lib import turns
from lib.errors import Busy
from lib.security.callers import Caller
from lib.security.passes import require_pass
from lib.web import Response

# By the JSON of which each is a drawing: it has all that is printed, so a payment or a refund makes it another one.
_KEPT = Kept(most_bytes=8 * 1024 * 1024)
# How many large invoices are drawn at once. Another one is refused and does not wait, since it would hold a thread of the
# server that other requests need.
_APART = threading.BoundedSemaphore(2)


def pdf(caller: Caller, order_id: UUID) -> Response:
    """The invoice as a file. Raises NotFound or Busy."""
    return _as_download(_file(queries.invoice(caller, order_id)))


def pdf_with_pass(given: str, order_id: UUID) -> Response:
    """The invoice as a file, for who has a pass for it. Raises InvalidToken, NotFound or Busy."""
    require_pass(given, order_id)
    return _as_download(_file(queries.invoice_of_order(order_id)))


def pdf_in_base64(caller: Caller, order_id: UUID) -> dict[str, object]:
    """The invoice's file name and content. Raises NotFound or Busy."""
    file = _file(queries.invoice(caller, order_id))
    return {"filename": file.name, "content_base64": base64.b64encode(file.content).decode()}


def _as_download(file: File) -> Response:
    disposition = f'attachment; filename="{file.name}"'
    return Response(file.content, "application/pdf", headers={"Content-Disposition": disposition})


def _file(source: bytes) -> File:
    file = _KEPT.find(source)
    if file is None:
        turns.step_aside()
        invoice = rendering.parsed(source)
        content = _drawn_apart(source) if rendering.is_large(invoice) else rendering.drawn(invoice)
        file = File(f"{invoice['invoice_number']}.pdf", content)
        _KEPT.keep(source, file)
    return file


def _drawn_apart(source: bytes) -> bytes:
    if not _APART.acquire(blocking=False):
        raise Busy
    try:
        return rendering.drawn_apart(source)
    finally:
        _APART.release()
