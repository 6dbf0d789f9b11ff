"""Which payment of ours a webhook speaks of."""

from uuid import UUID

from lib import db
from lib.db import Transaction, UniqueViolation
from lib.fawaterk.events import Event
from lib.fawaterk.models import GatewayInvoice
from lib.money import same_amount
from lib.payments.locks import lock_payment


def find_payment(event: Event) -> UUID | None:
    """The payment that the gateway's ids name, or the stored reference, or (for events that end one) its pay_load.

    Version 3 may give the id or the key of a transaction where version 2 gave those of an invoice.
    """
    rows = db.read(
        """
        select id from payments
        where gateway_invoice_id in (:invoice_id::text, :invoice_key::text)
           or gateway_invoice_key = :invoice_key::text
           or gateway_reference = :reference::text
        order by gateway_invoice_id in (:invoice_id::text, :invoice_key::text) desc nulls last, created_at desc limit 1
        """,
        invoice_id=event.invoice_id,
        invoice_key=event.invoice_key,
        reference=event.reference,
    )
    if rows:
        return UUID(str(rows[0][0]))
    # Unsigned, but it can only end a pending attempt whose unguessable id the sender knows, and that the gateway has
    # just said is unpaid; late money is taken all the same.
    return _named(event.pay_load) if event.kind in ("expired", "cancelled") else None


def _named(pay_load: dict[str, object] | None) -> UUID | None:
    try:
        payment_id = UUID(str((pay_load or {}).get("payment_id")))
    except ValueError:
        return None
    return payment_id if db.read("select 1 from payments where id = :id", id=payment_id) else None


def attach(seen: GatewayInvoice) -> UUID | None:
    """The attempt whose answer was lost, if the gateway's own pay_load, total and currency name it; it gets its ids."""
    payment_id = _named(seen.pay_load)
    if payment_id is None:
        return None
    try:
        return _attach(payment_id, seen)
    except UniqueViolation:
        return None


@db.in_transaction
def _attach(tx: Transaction, payment_id: UUID, seen: GatewayInvoice) -> UUID | None:
    locked = lock_payment(tx, payment_id)
    if locked is None:
        return None
    payment = locked[1]
    if payment.gateway_invoice_id is not None:
        # Several deliveries of one event come at once: the first has attached what the others speak of, too.
        return payment_id if payment.gateway_invoice_id == seen.invoice_id else None
    if seen.total is None or seen.currency != payment.currency:
        return None
    if not same_amount(seen.total, payment.amount, payment.currency):
        return None
    tx.run(
        """
        update payments set gateway_invoice_id = :invoice_id, gateway_invoice_key = :key, updated_at = now()
        where id = :id
        """,
        id=payment_id,
        invoice_id=seen.invoice_id,
        key=seen.invoice_key,
    )
    return payment_id
