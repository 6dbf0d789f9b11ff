"""The gateway as a few lists in this process: 500 sequences would wait minutes for the sandbox's HTTP, and learn no more.

It stands for Fawaterk's client alone: what the gateway shows, what it refuses, and its silence, before or after it did
what it was asked for.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from lib.fawaterk.errors import GatewayRefused, GatewayUnavailable, InvoiceUnknown
from lib.fawaterk.models import GatewayInvoice, GatewayTransaction, InvoiceRequest, OpenedInvoice, PaymentMethod
from lib.fawaterk.refunds import ListedRefund, RefundKind, RefundOrder, RefundPage, RefundState

Mood = Literal["answers", "refuses", "is silent", "does it and is silent"]

CARD = PaymentMethod(payment_method_id=2, name_en="Card", name_ar="بطاقة", redirect=True, logo=None)
FAWRY = PaymentMethod(payment_method_id=3, name_en="Fawry", name_ar="فوري", redirect=False, logo=None)

# What one unit comes to in EGP. Reads tell EGP alone, as Fawaterk does.
RATES = {"EGP": Decimal(1), "USD": Decimal("53.43"), "KWD": Decimal("174.20")}

PER_PAGE = 10

_ids = itertools.count(5_000_000)


@dataclass
class Invoice:
    """An invoice at the gateway; what was paid of it, in major units."""

    invoice_id: str
    pay_load: dict[str, object]
    total: Decimal
    currency: str
    paid: Decimal = Decimal(0)


@dataclass
class InstantGateway:
    """Answers as it is told to; only one call is under way at a time."""

    mood: Mood = "answers"
    invoices: dict[str, Invoice] = field(default_factory=dict)
    refunds: list[ListedRefund] = field(default_factory=list)
    is_list_silent: bool = False

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
        if invoice_id not in self.invoices:
            raise InvoiceUnknown(422, {"invoice_id": ["The selected invoice id is invalid."]})
        found = self.invoices[invoice_id]
        rate = RATES.get(found.currency, Decimal(1))
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
            status_text="paid" if found.paid else "unpaid",
            pay_load=found.pay_load,
            transactions=transactions,
        )

    def request_refund(self, order: RefundOrder, _timeout: float) -> None:
        self._before()
        found = self.invoices[order.refundable_id]
        held = found.paid * RATES.get(found.currency, Decimal(1))
        if sum(one.amount for one in self._counted(order.refundable_id)) + order.amount > held:
            raise GatewayRefused(400, {"message": ["more than what can be refunded"]})
        self.submit(order.refundable_id, order.amount, order.kind)
        self._after()

    def submit(self, refundable_id: str, amount: Decimal, kind: RefundKind = "INVOICE") -> ListedRefund:
        """A request for a refund, as its dashboard makes one too."""
        asked = ListedRefund(
            gateway_id=str(next(_ids)),
            kind=kind,
            refundable_id=refundable_id,
            amount=amount,
            state="PENDING",
            state_text="pending",
            requested_at=None,
        )
        self.refunds.insert(0, asked)
        return asked

    def decide(self, state: RefundState = "APPROVED", *, is_about: Callable[[ListedRefund], bool] = lambda _: True) -> None:
        """Decide about all pending requests of which this is true."""
        for place, one in enumerate(self.refunds):
            if one.state == "PENDING" and is_about(one):
                self.refunds[place] = replace(one, state=state, state_text=state.lower())

    def listed_refunds(self, page: int, _timeout: float) -> RefundPage:
        if self.is_list_silent:
            raise GatewayUnavailable("silent")
        shown = self.refunds[(page - 1) * PER_PAGE : page * PER_PAGE]
        last_page = max(-(-len(self.refunds) // PER_PAGE), 1)
        return RefundPage(refunds=shown, unreadable_rows=0, last_page=last_page, total=len(self.refunds))

    def refund_state(self, gateway_id: str, _timeout: float) -> tuple[RefundState, str]:
        found = next((one for one in self.refunds if one.gateway_id == gateway_id), None)
        return ("GONE", "") if found is None else (found.state, found.state_text)

    def withdraw_refund(self, gateway_id: str, _timeout: float) -> None:
        self._before()
        pending = [one for one in self.refunds if one.gateway_id == gateway_id and one.state == "PENDING"]
        if not pending:
            raise GatewayRefused(400, {"message": ["not found or approved"]})
        self.refunds.remove(pending[0])
        self._after()

    def sent_back(self, invoice_id: str) -> Decimal:
        """What it has sent back of an invoice, in what it holds."""
        approved = [one.amount for one in self._counted(invoice_id) if one.state == "APPROVED"]
        return sum(approved, Decimal(0))

    def left_of(self, invoice_id: str) -> Decimal:
        """What it could still send back of an invoice, in what it holds."""
        found = self.invoices[invoice_id]
        held = found.paid * RATES.get(found.currency, Decimal(1))
        return held - sum((one.amount for one in self._counted(invoice_id)), Decimal(0))

    def _counted(self, invoice_id: str) -> list[ListedRefund]:
        return [one for one in self.refunds if one.refundable_id == invoice_id and one.state in ("PENDING", "APPROVED")]

    def _before(self) -> None:
        if self.mood == "refuses":
            raise GatewayRefused(422, {"message": ["the gateway would rather not"]})
        if self.mood == "is silent":
            raise GatewayUnavailable("silent")

    def _after(self) -> None:
        if self.mood == "does it and is silent":
            raise GatewayUnavailable("silent after it did it")
