"""Invoices to draw, without a database."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from functions.invoices.snapshot import CurrentStatus, InvoiceSnapshot

URL = "https://api.altayarvip.com/invoices/verify/Zk3v9QmB7yT1xWq8RjL2nPcD5sHa0EuGfYb4oKtViMw"
ARABIC_PARAGRAPH = (
    "تشمل الرحلة الإقامة الكاملة في فندق هيلتون مع وجبات الإفطار والعشاء والانتقالات من المطار وإليه، "
    "وجولة بحرية في محمية رأس محمد مع معدات الغطس ومرشد سياحي يتحدث العربية."
)
UNPAID = CurrentStatus(payment_status="UNPAID", order_status="ISSUED", amount_paid=Decimal("0.00"))


def item(**changes: Any) -> dict[str, Any]:
    """Make one line of an invoice."""
    return {
        "description_ar": "حجز فندق هيلتون شرم الشيخ",
        "description_en": "Hilton Sharm El Sheikh booking",
        "quantity": Decimal(2),
        "unit_price": Decimal("1234.50"),
        "total_price": Decimal("2469.00"),
    } | changes


def invoice(**changes: Any) -> InvoiceSnapshot:
    """Make an invoice of one line over EGP 2,700.66."""
    values: dict[str, Any] = {
        "invoice_number": "INV-2026-000123",
        "order_number": "ORD-2026-004567",
        "issued_at": dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC),
        "due_date": dt.date(2026, 12, 6),
        "currency": "EGP",
        "seller": {
            "name_ar": "الطيار للسفر والسياحة",
            "name_en": "AltayarVIP Travel",
            "address_ar": "شارع التسعين، القاهرة",
            "address_en": "North 90th Street, Cairo",
            "tax_number": "123-456-789",
            "commercial_register": "98765",
            "email": "billing@altayarvip.com",
            "phone": "+20 100 555 1234",
            "website": "www.altayarvip.com",
        },
        "buyer": {"name": "Zoë Müller-Şahin", "email": "zoe@example.com", "phone": "+49 151 2345", "country": "مصر"},
        "lines": [item()],
        "subtotal": Decimal("2469.00"),
        "discount_amount": Decimal("100.00"),
        "tax_rate": Decimal("14.00"),
        "tax_amount": Decimal("331.66"),
        "total_amount": Decimal("2700.66"),
    }
    return InvoiceSnapshot.model_validate(values | changes)


def source(status: str = "ISSUED", **changes: Any) -> bytes:
    """An invoice as the database gives it, with these changes."""
    found = invoice(**changes).model_dump(mode="json")
    found["buyer"]["language"] = "en"
    paid = status == "PAID"
    found |= {"status": status, "payment_status": "PAID" if paid else "UNPAID", "paid_at": None, "verify_url": URL}
    return json.dumps(found | {"amount_paid": "2700.66" if paid else "0.00"}).encode()
