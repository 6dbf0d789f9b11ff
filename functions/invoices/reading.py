"""An order's invoice: the snapshot of its issue, laid under how it stands today."""

import base64
import json
import threading
from decimal import Decimal
from typing import Any
from uuid import UUID

from functions.invoices.snapshot import InvoiceSnapshot, Standing
from lib import db
from lib.config import config
from lib.errors import Busy, NotFound
from lib.security.callers import Caller
from lib.web import Answer

# The largest invoices take seconds of an instance's one CPU. Drawn all at once, none would be there before the app gives up.
_AT_ONCE = threading.BoundedSemaphore(2)
WAIT_SECONDS = 4.0

INVOICE = """
    select (i.snapshot || jsonb_build_object(
        'invoice_number', i.invoice_number, 'order_id', o.id, 'issued_at', i.issued_at,
        'status', o.status, 'payment_status', o.payment_status, 'amount_paid', money(o.amount_paid, o.currency),
        'balance_due', case when o.status = 'ISSUED' then money(o.total_amount - o.amount_paid, o.currency)
                            else money(0, o.currency) end,
        'paid_at', o.paid_at, 'verify_url', :base_url::text || '/invoices/verify/' || i.verify_token))::text
    from invoices i join orders o on o.id = i.order_id
"""


def invoice(caller: Caller, order_id: UUID) -> bytes:
    """An order's invoice. Raises NotFound where there is none, or not for this caller."""
    found = db.read_json(
        f"{INVOICE} where o.id = :id and (:staff::boolean or o.user_id = :caller_id)",
        base_url=config().app_base_url,
        id=order_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    if found is None:
        raise NotFound("There is no invoice of such an order; an order gets its invoice when it is issued")
    return found


def pdf(caller: Caller, order_id: UUID) -> Answer:
    """The invoice as a file to save. Raises NotFound."""
    name, document = _rendered(caller, order_id)
    return Answer(document, "application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def pdf_in_base64(caller: Caller, order_id: UUID) -> dict[str, object]:
    """The invoice's file name and content. Raises NotFound."""
    name, document = _rendered(caller, order_id)
    return {"filename": name, "content_base64": base64.b64encode(document).decode()}


def standing_of(found: dict[str, Any]) -> Standing:
    """Where the order of an invoice, as INVOICE reads it, stands today."""
    return Standing(
        payment_status=found["payment_status"],
        order_status=found["status"],
        amount_paid=found["amount_paid"],
        paid_at=found["paid_at"],
    )


def _rendered(caller: Caller, order_id: UUID) -> tuple[str, bytes]:
    found: dict[str, Any] = json.loads(invoice(caller, order_id), parse_float=Decimal)
    if not _AT_ONCE.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        return f"{found['invoice_number']}.pdf", _drawn(found)
    finally:
        _AT_ONCE.release()


def _drawn(found: dict[str, Any]) -> bytes:
    # The PDF library is slow to import, and an instance that only ever answers data never needs it.
    from functions.invoices.document import render  # noqa: PLC0415

    snapshot, language = InvoiceSnapshot.model_validate(found), found["buyer"]["language"]
    return render(snapshot, standing_of(found), found["verify_url"], language)
