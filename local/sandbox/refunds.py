"""Refunds at the gateway: requests that wait for its decision, in the same SQLite file as the invoices.

A test or a person decides about them, or makes one as the gateway's dashboard does.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from local.sandbox.conversion import Conversion
from local.sandbox.invoices import CAIRO, Invoice, InvoiceStore, written
from local.sandbox.parsing import RefusedError

REASONS = ("Product not available", "Customer changed their mind", "Incorrect product delivered", "Other")
PER_PAGE = 10
# Requests of other statuses send nothing back and take nothing of the balance.
_COUNTED = ("pending", "approved")

Kind = Literal["Invoice", "Transaction"]


@dataclass(frozen=True, kw_only=True)
class Refund:
    """A request for a refund; `amount` in the currency in which the gateway counts the invoice's balance."""

    refund_id: int
    invoice_id: int
    kind: Kind
    amount: Decimal
    status: str
    reason: str
    created_at: str

    def to_wire(self) -> dict[str, object]:
        """Give the row of the gateway's list."""
        return {
            "id": self.refund_id,
            "refundable_type": self.kind,
            "refundable_amount": float(self.amount),
            "status": self.status,
            "refundable_id": self.invoice_id,
            "reason": self.reason,
            "created_at": self.created_at,
            "can_delete": self.status == "pending",
        }


def balance_of(invoice: Invoice, conversion: Conversion) -> tuple[Decimal, str]:
    """Give what was received of an invoice as the gateway counts it: converted, unless it came in another currency."""
    received = invoice.received
    if received is None:
        raise RefusedError("The invoice is not paid", 400)
    if received.currency != invoice.currency:
        return received.amount, received.currency
    return conversion.total(received.amount, received.currency, invoice.paid_at_rate)


class RefundStore:
    """The requests for refunds. Every call has a connection of its own, so any thread may use it."""

    def __init__(self, store: InvoiceStore) -> None:
        self._store = store

    def add(self, invoice: Invoice, conversion: Conversion, amount: Decimal | None, kind: Kind, reason: str) -> Refund:
        """Submit a request; None for `amount` stands for all that is left. Raise RefusedError for more than that."""
        held, _ = balance_of(invoice, conversion)
        with self._store.transaction() as connection:
            taken = sum((one.amount for one in _of(connection, invoice.invoice_id) if one.status in _COUNTED), Decimal(0))
            wanted = held - taken if amount is None else amount
            if not 0 < wanted <= held - taken:
                raise RefusedError("The refundable amount exceeds the remaining balance", 400)
            cursor = connection.execute(
                "insert into refunds (invoice_id, kind, amount, reason, created_at) values (?, ?, ?, ?, ?)",
                (invoice.invoice_id, kind, str(wanted), reason, written(datetime.now(CAIRO))),
            )
            return _by_id(connection, cursor.lastrowid)

    def decide(self, refund_id: int, status: str, conversion: Conversion) -> Refund:
        """Give a request this status; an approved one is counted in its invoice."""
        with self._store.transaction() as connection:
            connection.execute("update refunds set status = ? where refund_id = ?", (status, refund_id))
            refund = _by_id(connection, refund_id)
        self._count(refund.invoice_id, conversion)
        return refund

    def delete(self, refund_id: int) -> None:
        """Withdraw a pending request; raise RefusedError for any other."""
        with self._store.transaction() as connection:
            deleted = connection.execute("delete from refunds where refund_id = ? and status = 'pending'", (refund_id,))
            if deleted.rowcount == 0:
                raise RefusedError("The refund request is not found or approved", 400)

    def by_id(self, refund_id: int) -> Refund:
        """Give a request by its id; raise KeyError."""
        with self._store.transaction() as connection:
            return _by_id(connection, refund_id)

    def of_invoice(self, invoice_id: int) -> list[Refund]:
        """Give the requests of an invoice, newest first."""
        with self._store.transaction() as connection:
            return _of(connection, invoice_id)

    def page(self, number: int) -> dict[str, object]:
        """Give a page of all requests, newest first, in the form of Laravel's paginator."""
        with self._store.transaction() as connection:
            total = connection.execute("select count(*) from refunds").fetchone()[0]
            rows = connection.execute(
                "select * from refunds order by refund_id desc limit ? offset ?", (PER_PAGE, (number - 1) * PER_PAGE)
            )
            refunds = [_refund(row) for row in rows.fetchall()]
        return {
            "current_page": number,
            "data": [refund.to_wire() for refund in refunds],
            "last_page": max(-(-total // PER_PAGE), 1),
            "per_page": PER_PAGE,
            "total": total,
        }

    def _count(self, invoice_id: int, conversion: Conversion) -> None:
        """Write into the invoice what went back of it, in the currency in which it came."""
        invoice = self._store.by_id(str(invoice_id))
        received, (held, _) = invoice.received, balance_of(invoice, conversion)
        approved = sum((one.amount for one in self.of_invoice(invoice_id) if one.status == "approved"), Decimal(0))
        if received is not None and held != received.amount:
            approved = approved * received.amount / held
        decimals = -3 if invoice.currency in ("KWD", "BHD") else -2
        self._store.write_refunded(invoice_id, approved.quantize(Decimal(1).scaleb(decimals), ROUND_HALF_UP))


def _of(connection: sqlite3.Connection, invoice_id: int) -> list[Refund]:
    rows = connection.execute("select * from refunds where invoice_id = ? order by refund_id desc", (invoice_id,))
    return [_refund(row) for row in rows.fetchall()]


def _by_id(connection: sqlite3.Connection, refund_id: int | None) -> Refund:
    row = connection.execute("select * from refunds where refund_id = ?", (refund_id,)).fetchone()
    if row is None:
        raise KeyError(refund_id)
    return _refund(row)


def _refund(row: sqlite3.Row) -> Refund:
    return Refund(
        refund_id=row["refund_id"],
        invoice_id=row["invoice_id"],
        kind=row["kind"],
        amount=Decimal(row["amount"]),
        status=row["status"],
        reason=row["reason"],
        created_at=row["created_at"],
    )
