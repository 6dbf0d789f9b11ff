"""The page behind an invoice's QR code: anyone who holds the paper may see whether it is genuine and paid."""

import html as escaping
import json
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

from functions.invoices.reading import INVOICE
from functions.invoices.schemas import VerifyQuery
from lib import db
from lib.config import config
from lib.web import Answer, Call, html

_PAGE = Template(Path(__file__).with_name("verify_page.html").read_text(encoding="utf-8"))

_TITLES = {
    "en": {"genuine": "This invoice is genuine", "unknown": "This invoice is not ours"},
    "ar": {"genuine": "هذه الفاتورة صحيحة", "unknown": "هذه الفاتورة غير صادرة عنا"},
}
_UNKNOWN = {
    "en": "No invoice of AltayarVIP has this code. Do not pay it.",
    "ar": "لا توجد فاتورة لدى الطيار VIP بهذا الرمز. يُرجى عدم دفعها.",
}
_STANDING = {
    "en": {
        "PAID": "Paid",
        "UNPAID": "Not paid",
        "PARTIALLY_PAID": "Partly paid",
        "CANCELLED": "Cancelled",
        "REFUNDED": "Refunded",
    },
    "ar": {
        "PAID": "مدفوعة",
        "UNPAID": "غير مدفوعة",
        "PARTIALLY_PAID": "مدفوعة جزئيًا",
        "CANCELLED": "ملغاة",
        "REFUNDED": "مستردة",
    },
}
_LABELS = {
    "en": ("Invoice", "Seller", "Issued", "Total"),
    "ar": ("الفاتورة", "البائع", "تاريخ الإصدار", "الإجمالي"),
}
_OTHER_LANGUAGE = {"en": ("ar", "العربية"), "ar": ("en", "English")}


def show(call: Call, token: str, query: VerifyQuery) -> Answer:
    """Whether the invoice of this token is genuine and how it stands; 404 for a token that is not ours."""
    found = db.read_json(f"{INVOICE} where i.verify_token = :token", base_url=config().app_base_url, token=token)
    language = query.lang or call.request.accept_languages.best_match(["ar", "en"], "ar") or "ar"
    if found is None:
        return html(_page(language, "unknown", _UNKNOWN[language], ""), 404)
    invoice: dict[str, Any] = json.loads(found, parse_float=Decimal)
    standing = invoice["status"] if invoice["status"] in ("CANCELLED", "REFUNDED") else invoice["payment_status"]
    return html(_page(language, standing, _STANDING[language][standing], _facts(language, invoice)))


def _page(language: str, face: str, text: str, facts: str) -> str:
    other, other_name = _OTHER_LANGUAGE[language]
    return _PAGE.substitute(
        language=language,
        direction="rtl" if language == "ar" else "ltr",
        face=face.lower(),
        title=_TITLES[language]["unknown" if face == "unknown" else "genuine"],
        text=text,
        facts=facts,
        other=other,
        other_name=other_name,
    )


def _facts(language: str, invoice: dict[str, Any]) -> str:
    values = (
        invoice["invoice_number"],
        invoice["seller"][f"name_{language}"],
        invoice["issued_at"][:10],
        f"{invoice['total_amount']} {invoice['currency']}",
    )
    return "".join(
        f"<dt>{label}</dt><dd><bdi>{escaping.escape(str(value))}</bdi></dd>"
        for label, value in zip(_LABELS[language], values, strict=True)
    )
