"""The sandbox's invoices, stored in SQLite so that they survive a restart."""

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from local.sandbox.account import METHODS, Method

EventKind = Literal["paid", "failed", "expired", "cancelled", "pending", "refunded"]

CAIRO = ZoneInfo("Africa/Cairo")
_DAYS_TO_PAY = 3
_SCHEMA = Path(__file__).with_name("schema.sql")
_INSERT = """
    insert into invoices (invoice_key, method_id, total, currency, lang, customer, pay_load, urls, reference,
                          cancel_reference, due_date, created_at)
    values (:invoice_key, :method_id, :total, :currency, :lang, :customer, :pay_load, :urls, :reference,
            :cancel_reference, :due_date, :created_at)
"""
_BY_ID = "select * from invoices where invoice_id = ?"
_BY_KEY = "select * from invoices where invoice_key = ?"


@dataclass(frozen=True)
class Transaction:
    """One attempt at paying an invoice."""

    status: str
    amount: Decimal
    currency: str
    paid_with_it: bool
    created_at: str


@dataclass(frozen=True, kw_only=True)
class InvoiceTerms:
    """What the API's caller asks an invoice for."""

    method: Method
    total: Decimal
    currency: str
    lang: str
    customer: dict[str, object]
    pay_load: object
    urls: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class NewInvoice(InvoiceTerms):
    """An invoice to open. Without `due_date` the payer has three days."""

    due_date: str | None


@dataclass(frozen=True, kw_only=True)
class Invoice(InvoiceTerms):
    """An invoice at the gateway. Its times are Cairo's and have no zone, as the gateway writes them."""

    invoice_id: int
    invoice_key: str
    reference: str | None
    cancel_reference: str
    due_date: str
    created_at: str
    status: str
    paid_at: str | None
    refunded: Decimal
    paid_at_rate: Decimal | None
    transactions: tuple[Transaction, ...]

    @property
    def is_paid(self) -> bool:
        """Whether money has arrived, even if it was sent back later."""
        return self.paid_at is not None

    @property
    def received(self) -> Transaction | None:
        """The transaction whose money arrived."""
        return next((one for one in self.transactions if one.paid_with_it), None)


class InvoiceStore:
    """Invoices in one SQLite file. Every call has a connection of its own, so any thread may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(_SCHEMA.read_text())

    def add(self, new: NewInvoice) -> Invoice:
        """Open an invoice under the next id."""
        opened_at = datetime.now(CAIRO)
        values = {
            "invoice_key": secrets.token_urlsafe(12).replace("-", "a").replace("_", "b"),
            "method_id": new.method.method_id,
            "total": str(new.total),
            "currency": new.currency,
            "lang": new.lang,
            "customer": json.dumps(new.customer),
            "pay_load": json.dumps(new.pay_load),
            "urls": json.dumps(new.urls),
            "reference": None if new.method.redirects else _number(),
            "cancel_reference": _number(),
            "due_date": new.due_date or written(opened_at + timedelta(days=_DAYS_TO_PAY)),
            "created_at": written(opened_at),
        }
        with self.transaction() as connection:
            return _invoice(connection, _BY_ID, connection.execute(_INSERT, values).lastrowid)

    def by_id(self, invoice_id: str) -> Invoice:
        """Give an invoice by its id; raise KeyError."""
        # SQLite would read " 7" and "7.0" as 7, and overflow on more than 64 bits.
        if not (invoice_id.isascii() and invoice_id.isdigit() and len(invoice_id) <= len(str(2**62))):
            raise KeyError(invoice_id)
        with self.transaction() as connection:
            return _invoice(connection, _BY_ID, int(invoice_id))

    def by_key(self, invoice_key: str) -> Invoice:
        """Give an invoice by its key; raise KeyError."""
        with self.transaction() as connection:
            return _invoice(connection, _BY_KEY, invoice_key)

    def by_id_or_key(self, named: str) -> Invoice:
        """Give an invoice by its id, or by its key, which is the id on an account that was moved; raise KeyError."""
        try:
            return self.by_id(named)
        except KeyError:
            return self.by_key(named)

    def latest(self, limit: int = 50) -> list[Invoice]:
        """Give the newest invoices, newest first."""
        with self.transaction() as connection:
            rows = connection.execute("select invoice_id from invoices order by invoice_id desc limit ?", (limit,))
            return [_invoice(connection, _BY_ID, row["invoice_id"]) for row in rows.fetchall()]

    def record(
        self,
        invoice_id: int,
        event: EventKind,
        amount: Decimal | None,
        currency: str | None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Invoice:
        """Change the invoice by an event. A paid invoice never becomes unpaid; a refund is a row of its own (refunds.py).

        `amount` and `currency` are what was received; None stands for the invoice's own. `rates`: today's, in EGP for one
        unit; a paid invoice keeps its own.
        """
        with self.transaction() as connection:
            invoice = _invoice(connection, _BY_ID, invoice_id)
            if event == "paid":
                _pay(connection, invoice, amount, currency)
                _keep_rate(connection, invoice, (rates or {}).get(invoice.currency))
            elif event != "refunded" and not invoice.is_paid:
                connection.execute("update invoices set status = ? where invoice_id = ?", (event, invoice_id))
                if event == "failed":
                    _add_transaction(connection, invoice, "failed", invoice.total, invoice.currency)
            return _invoice(connection, _BY_ID, invoice_id)

    def write_refunded(self, invoice_id: int, refunded: Decimal) -> None:
        """Write down how much of an invoice went back. Its reads go on saying that it is paid."""
        with self.transaction() as connection:
            connection.execute("update invoices set refunded = ? where invoice_id = ?", (str(refunded), invoice_id))

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are kept if nothing fails."""
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("begin immediate")
            yield connection
            connection.execute("commit")


def written(moment: datetime) -> str:
    """Give a time in the gateway's form: Cairo's time without a zone."""
    return moment.astimezone(CAIRO).strftime("%Y-%m-%d %H:%M:%S")


def _pay(connection: sqlite3.Connection, invoice: Invoice, amount: Decimal | None, currency: str | None) -> None:
    if invoice.is_paid and amount is None and currency is None:
        return
    paid_at = invoice.paid_at or written(datetime.now(CAIRO))
    connection.execute("delete from transactions where invoice_id = ? and paid_with_it = 1", (invoice.invoice_id,))
    _add_transaction(connection, invoice, "paid", amount or invoice.total, currency or invoice.currency)
    connection.execute(
        "update invoices set status = 'paid', paid_at = ? where invoice_id = ?", (paid_at, invoice.invoice_id)
    )


def _keep_rate(connection: sqlite3.Connection, invoice: Invoice, rate: Decimal | None) -> None:
    if rate is not None:
        connection.execute("insert or ignore into paid_rates values (?, ?)", (invoice.invoice_id, str(rate)))


def _add_transaction(connection: sqlite3.Connection, invoice: Invoice, status: str, amount: Decimal, currency: str) -> None:
    connection.execute(
        "insert into transactions (invoice_id, status, amount, currency, paid_with_it, created_at)"
        " values (?, ?, ?, ?, ?, ?)",
        (invoice.invoice_id, status, str(amount), currency, status == "paid", written(datetime.now(CAIRO))),
    )


def _invoice(connection: sqlite3.Connection, statement: str, value: object) -> Invoice:
    row = connection.execute(statement, (value,)).fetchone()
    if row is None:
        raise KeyError(value)
    fields: dict[str, Any] = dict(row)
    for name in ("customer", "pay_load", "urls"):
        fields[name] = json.loads(fields[name])
    for name in ("total", "refunded"):
        fields[name] = Decimal(fields[name])
    kept = connection.execute("select rate from paid_rates where invoice_id = ?", (fields["invoice_id"],)).fetchone()
    fields["paid_at_rate"] = None if kept is None else Decimal(kept["rate"])
    method = METHODS[fields.pop("method_id")]
    return Invoice(method=method, transactions=_transactions(connection, fields["invoice_id"]), **fields)


def _transactions(connection: sqlite3.Connection, invoice_id: int) -> tuple[Transaction, ...]:
    rows = connection.execute("select * from transactions where invoice_id = ? order by transaction_id", (invoice_id,))
    return tuple(
        Transaction(
            status=row["status"],
            amount=Decimal(row["amount"]),
            currency=row["currency"],
            paid_with_it=bool(row["paid_with_it"]),
            created_at=row["created_at"],
        )
        for row in rows
    )


def _number() -> str:
    return str(secrets.randbelow(900_000_000) + 100_000_000)
