"""Finds the payment that an event or an invoice of the gateway belongs to.

A hash proves a part of what an event names. So all that it names must lead to one payment, or it leads to none.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from lib import db
from lib.db import Column, Transaction, UniqueViolation
from lib.fawaterk.events import Event
from lib.fawaterk.models import GatewayInvoice
from lib.payments import records
from lib.payments.locks import lock_payment


@dataclass(frozen=True, kw_only=True)
class MatchedPayment:
    """The payment that an event belongs to, and the gateway's id of its invoice."""

    id: UUID
    gateway_invoice_id: str | None
    is_settled: Annotated[bool, Column("is_settled(payments)")]
    in_review: Annotated[bool, Column("in_review(payments)")]


@dataclass(frozen=True)
class Contradiction:
    """Why an event that names a payment of ours is taken for none: what else it names does not agree."""

    detail: str


def find_payment(event: Event) -> MatchedPayment | Contradiction | None:
    """Find the payment by the gateway's ids, keys or reference; for `expired` and `cancelled` events also by the pay_load.

    Version 3 may send a transaction's id or key in the fields in which version 2 sent those of the invoice.
    """
    named = _find_all_named(event)
    if not named:
        return None
    if len(named) > 1:
        return Contradiction("its ids, key, reference and pay_load name several payments of ours")
    (payment,) = named
    if event.keys and not event.keys & payment.keys and payment.gateway_invoice_key is not None:
        return Contradiction("its key is not that of the payment which its other ids name")
    return MatchedPayment(
        id=payment.id,
        gateway_invoice_id=payment.gateway_invoice_id,
        is_settled=payment.is_settled,
        in_review=payment.in_review,
    )


@dataclass(frozen=True, kw_only=True)
class _NamedPayment:
    id: UUID
    gateway_invoice_id: str | None
    gateway_invoice_key: str | None
    is_settled: Annotated[bool, Column("is_settled(payments)")]
    in_review: Annotated[bool, Column("in_review(payments)")]

    @property
    def keys(self) -> set[str | None]:
        """What a key of an event is compared with; a moved account's invoice has its key as its id too."""
        return {self.gateway_invoice_id, self.gateway_invoice_key}


def _find_all_named(event: Event) -> list[_NamedPayment]:
    # Numbers of transactions and of invoices overlap, so a transaction's counts for nothing beside its key.
    is_transaction = event.shape == "v3" and bool(event.keys)
    ids = {event.invoice_id} if event.invoice_id and not is_transaction else set()
    # A pay_load is not signed. But the sender must know the unguessable id of the payment, only a pending attempt can be
    # closed by it, and only while the gateway does not show it as paid. Money that comes later is still accepted.
    pay_load = event.pay_load if event.kind in ("expired", "cancelled") else None
    # Each by its own index: of conditions with "or" PostgreSQL expects so many rows that it reads a small table as a whole.
    return db.read.all(
        _NamedPayment,
        """
        select :row from payments where gateway_invoice_id = any(:ids::text[])
        union select :row from payments where gateway_invoice_key = any(:keys::text[])
        union select :row from payments where gateway_reference = :reference::text
        union select :row from payments where id = :payment_id::uuid
        limit 2
        """,
        ids=list(ids | event.keys),
        keys=list(event.keys),
        reference=event.reference,
        payment_id=_named_id(pay_load),
    )


def _find_named(pay_load: dict[str, object] | None) -> MatchedPayment | None:
    return db.read.first(MatchedPayment, "select :row from payments where id = :id::uuid", id=_named_id(pay_load))


def _named_id(pay_load: dict[str, object] | None) -> UUID | None:
    try:
        return UUID(str((pay_load or {}).get("payment_id")))
    except ValueError:
        return None


def attach(gateway_invoice: GatewayInvoice) -> UUID | None:
    """Match an invoice with an attempt whose answer was lost, and store the invoice's ids there; the payment's id or None.

    The gateway itself tells the pay_load, which names the attempt. Whether its money is what was asked for is decided when
    the payment is settled: what differs waits for a person there, while money that is no payment's is seen by nobody.
    """
    named = _find_named(gateway_invoice.pay_load)
    if named is None:
        return None
    try:
        return named.id if _attach(named.id, gateway_invoice) else None
    except UniqueViolation:
        return None


@db.in_transaction
def _attach(tx: Transaction, payment_id: UUID, gateway_invoice: GatewayInvoice) -> bool:
    _, payment = lock_payment(tx, payment_id)
    if payment.gateway_invoice_id is not None:
        # One event can be delivered several times at once. The first delivery has then stored the ids already.
        return payment.gateway_invoice_id == gateway_invoice.invoice_id
    if payment.is_settled:
        # By hand or from balances: it was never the gateway's.
        return False
    records.attach_invoice(tx, payment, invoice_id=gateway_invoice.invoice_id, invoice_key=gateway_invoice.invoice_key)
    return True
