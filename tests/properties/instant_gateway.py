"""The gateway as a few lists in this process: 500 sequences would wait minutes for the sandbox's HTTP, and learn no more.

It stands for Fawaterk's client alone: what the gateway shows, what it refuses, and its silence, before or after it did
what it was asked for.
"""

import itertools
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from lib.fawaterk.errors import GatewayRefused, GatewayUnavailable
from lib.fawaterk.models import GatewayInvoice, GatewayTransaction, InvoiceRequest, OpenedInvoice, PaymentMethod

Mood = Literal["answers", "refuses", "is silent", "does it and is silent"]

CARD = PaymentMethod(payment_method_id=2, name_en="Card", name_ar="بطاقة", redirect=True, logo=None)
FAWRY = PaymentMethod(payment_method_id=3, name_en="Fawry", name_ar="فوري", redirect=False, logo=None)

# What one unit comes to in EGP. Reads tell EGP alone, as Fawaterk does.
RATES = {"EGP": Decimal(1), "USD": Decimal("53.43")}

_ids = itertools.count(5_000_000)


@dataclass
class Invoice:
    """An invoice at the gateway; what was paid of it and what went back, in major units."""

    invoice_id: str
    pay_load: dict[str, object]
    total: Decimal
    currency: str
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)


@dataclass
class InstantGateway:
    """Answers as it is told to; only one call is under way at a time."""

    mood: Mood = "answers"
    invoices: dict[str, Invoice] = field(default_factory=dict)

    def know(self, invoice_id: str, paid: Decimal, currency: str) -> None:
        """Let it have an invoice of which just this was asked and paid."""
        self.invoices[invoice_id] = Invoice(invoice_id, {}, paid, currency, paid=paid)

    def payment_methods(self, _timeout: float) -> list[PaymentMethod]:
        return [CARD, FAWRY]

    def open_invoice(self, request: InvoiceRequest, _timeout: float) -> OpenedInvoice:
        self._before()
        invoice_id = str(next(_ids))
        self.invoices[invoice_id] = Invoice(invoice_id, {**request.pay_load}, request.amount, request.currency)
        self._after()
        return OpenedInvoice(
            invoice_id=invoice_id,
            invoice_key=f"key{invoice_id}",
            payment_url="https://example.com/pay",
            fawry_code=None,
            qr_code=None,
            reference=None,
            expires_at=None,
        )

    def invoice(self, invoice_id: str, _timeout: float) -> GatewayInvoice:
        if self.mood != "answers":
            raise GatewayUnavailable("silent")
        found = self.invoices[invoice_id]
        rate = RATES[found.currency]
        transactions = []
        if found.paid:
            transactions = [
                GatewayTransaction(
                    amount=found.paid * rate, currency="EGP", paid_with_it=True, status="paid", reference=None
                )
            ]
        return GatewayInvoice(
            invoice_id=invoice_id,
            invoice_key=f"key{invoice_id}",
            paid=found.paid > 0,
            total=found.total * rate,
            currency="EGP",
            payment_method="Card",
            paid_at=None,
            status_text="refunded" if found.refunded else "paid" if found.paid else "unpaid",
            pay_load=found.pay_load,
            transactions=transactions,
        )

    def refund(self, invoice_id: str, amount: Decimal, _reason: str, _timeout: float) -> None:
        self._before()
        found = self.invoices[invoice_id]
        if found.refunded + amount > found.paid:
            raise GatewayRefused(422, {"refundable_amount": ["more than what can be refunded"]})
        found.refunded += amount
        self._after()

    def _before(self) -> None:
        if self.mood == "refuses":
            raise GatewayRefused(422, {"message": ["the gateway would rather not"]})
        if self.mood == "is silent":
            raise GatewayUnavailable("silent")

    def _after(self) -> None:
        if self.mood == "does it and is silent":
            raise GatewayUnavailable("silent after it did it")
