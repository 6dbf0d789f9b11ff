"""The page behind an invoice's QR code. It shows anyone who has the paper whether the invoice is genuine and paid."""

import html as escaping
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from functions.invoices import queries
from functions.invoices.schemas import VerifyQuery
from functions.invoices.snapshot import CurrentStatus
from lib.web import Call, HtmlPage, Response

if TYPE_CHECKING:
    from functions.invoices.wording import Pair

_PAGE = HtmlPage(Path(__file__).with_name("verify_page.html"))

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


def show(call: Call, token: str, query: VerifyQuery) -> Response:
    """Whether the invoice of this token is genuine, and its status. 404 for a token that is not ours."""
    found = queries.invoice_by_token(token)
    language = query.lang or call.request.language(("ar", "en"))
    if found is None:
        return _page(language, "unknown", f"<p>{_UNKNOWN[language]}</p>", "", status=404)
    invoice: dict[str, Any] = json.loads(found, parse_float=Decimal)
    # Babel is slow to import, and an instance that only answers data never needs it.
    from functions.invoices.wording import status_label  # noqa: PLC0415

    label = status_label(CurrentStatus.of(invoice))
    css_class = label.english.lower().replace(" ", "-")
    text = escaping.escape(_in(language, label))
    return _page(language, css_class, f'<p class="standing">{text}</p>', _facts(language, invoice))


def _in(language: str, pair: "Pair") -> str:
    return pair.arabic if language == "ar" else pair.english


def _page(language: str, css_class: str, text: str, facts: str, *, status: int = 200) -> Response:
    other, other_name = _OTHER_LANGUAGE[language]
    return _PAGE.response(
        status,
        language=language,
        direction="rtl" if language == "ar" else "ltr",
        css_class=css_class,
        title=_TITLES[language]["unknown" if css_class == "unknown" else "genuine"],
        text=text,
        facts=facts,
        other=other,
        other_name=other_name,
    )


def _facts(language: str, invoice: dict[str, Any]) -> str:
    """What is printed on the paper too, in the same form, so that people can compare the two."""
    from functions.invoices import wording  # noqa: PLC0415 - Babel, as above

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
