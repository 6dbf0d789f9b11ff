"""The page behind an invoice's QR code: anyone who holds the paper may see whether it is genuine and paid."""

import html as escaping
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from functions.invoices.reading import INVOICE, standing_of
from functions.invoices.schemas import VerifyQuery
from lib import db
from lib.config import config
from lib.web import Answer, Call, html

if TYPE_CHECKING:
    from functions.invoices.wording import Pair

_PAGE = Template(Path(__file__).with_name("verify_page.html").read_text(encoding="utf-8"))

_TITLES = {
    "en": {"genuine": "This invoice is genuine", "unknown": "There is no such invoice"},
    "ar": {"genuine": "هذه الفاتورة صحيحة", "unknown": "لا توجد فاتورة بهذا الرمز"},
}
_UNKNOWN = {
    "en": "AltayarVIP has issued no invoice with this code. Please do not pay it.",
    "ar": "لم تصدر الطيار VIP أي فاتورة بهذا الرمز. يُرجى عدم دفعها.",
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
        return html(_page(language, "unknown", f"<p>{_UNKNOWN[language]}</p>", ""), 404)
    invoice: dict[str, Any] = json.loads(found, parse_float=Decimal)
    # Babel takes a while to import, and an instance that only ever answers data never needs it.
    from functions.invoices.wording import mark  # noqa: PLC0415

    standing = mark(standing_of(invoice))
    face = standing.english.lower().replace(" ", "-")
    shown = escaping.escape(_in(language, standing))
    return html(_page(language, face, f'<p class="standing">{shown}</p>', _facts(language, invoice)))


def _in(language: str, pair: "Pair") -> str:
    return pair.arabic if language == "ar" else pair.english


def _page(language: str, face: str, text: str, facts: str) -> str:
    other, other_name = _OTHER_LANGUAGE[language]
    return _PAGE.substitute(
        language=language,
        direction="rtl" if language == "ar" else "ltr",
        face=face,
        title=_TITLES[language]["unknown" if face == "unknown" else "genuine"],
        text=text,
        facts=facts,
        other=other,
        other_name=other_name,
    )


def _facts(language: str, invoice: dict[str, Any]) -> str:
    """What stands on the paper too, written as it is there, so that the two can be compared."""
    from functions.invoices import wording  # noqa: PLC0415 - the same

    values = (
        invoice["invoice_number"],
        invoice["seller"][f"name_{language}"],
        _in(language, wording.day_of(datetime.fromisoformat(invoice["issued_at"]))),
        _in(language, wording.money(invoice["total_amount"], invoice["currency"])),
    )
    return "".join(
        f"<dt>{label}</dt><dd><bdi>{escaping.escape(str(value))}</bdi></dd>"
        for label, value in zip(_LABELS[language], values, strict=True)
    )
