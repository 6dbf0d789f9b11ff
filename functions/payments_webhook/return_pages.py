"""The pages that a payer comes back to. They say what is true, whatever the address they were sent to claims.

The payment is found by the token that we gave the gateway in that address, never by the gateway's own ids.
"""

import html as escaping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal
from uuid import UUID

from functions.payments_webhook.schemas import ReturnQuery
from lib import db, logs
from lib.payments.reconciling import reconcile
from lib.web import Answer, Call, html

log = logs.get(__name__)

# A person waits for the page: it tells what is known after this, and looks again by itself.
LOOK_SECONDS = 4.0
LOOK_AGAIN_SECONDS = 5
LEAD_ON_SECONDS = 3

Face = Literal["paid", "pending", "failed", "review", "unknown"]

_PAGE = Template(Path(__file__).with_name("return_page.html").read_text(encoding="utf-8"))

_WORDS: dict[tuple[str, Face], tuple[str, str]] = {
    ("en", "paid"): ("Payment received", "Thank you. Your payment is complete."),
    ("en", "pending"): ("Waiting for the payment", "It is not confirmed yet. This page looks again by itself."),
    ("en", "failed"): ("Payment not completed", "Nothing was paid. You can go back to the app and try again."),
    ("en", "review"): ("Payment under review", "Your money arrived. Our staff will confirm it; do not pay again."),
    ("en", "unknown"): (
        "Payment not found",
        "This link is not complete. Open your orders in the app to see how they stand.",
    ),
    ("ar", "paid"): ("تم استلام الدفعة", "شكرًا لك. اكتملت عملية الدفع."),
    ("ar", "pending"): ("في انتظار الدفع", "لم يتم تأكيد الدفع بعد. تُحدَّث هذه الصفحة تلقائيًا."),
    ("ar", "failed"): ("لم تكتمل عملية الدفع", "لم يتم خصم أي مبلغ. يمكنك الرجوع إلى التطبيق والمحاولة مرة أخرى."),
    ("ar", "review"): ("الدفعة قيد المراجعة", "وصل المبلغ وسيقوم فريقنا بتأكيده. يُرجى عدم الدفع مرة أخرى."),
    ("ar", "unknown"): ("لم يتم العثور على الدفعة", "هذا الرابط غير مكتمل. افتح طلباتك في التطبيق لمعرفة حالتها."),
}
_BACK = {"en": "Back to the app", "ar": "العودة إلى التطبيق"}
_OTHER_LANGUAGE = {"en": ("ar", "العربية"), "ar": ("en", "English")}


@dataclass(frozen=True)
class _Payment:
    id: UUID
    number: str
    order_number: str
    amount: str
    status: str
    is_in_review: bool
    language: str


def show(call: Call, query: ReturnQuery) -> Answer:
    """The page for the payment of this token; a payment that still waits is looked up at the gateway first."""
    payment = _find(query.token)
    if payment is not None and payment.status == "PENDING" and not payment.is_in_review:
        done = reconcile(payment.id, LOOK_SECONDS)
        log.info("return page", payment=payment.number, outcome=done.outcome, detail=done.detail)
        payment = _find(query.token)
    language = query.lang or (payment.language if payment else _preferred_language(call))
    return html(_page(call, payment, _face(payment), language), 200 if payment else 404)


def _find(token: str) -> _Payment | None:
    rows = db.read(
        """
        select p.id, p.payment_number, o.order_number, money(p.amount, p.currency)::text || ' ' || p.currency, p.status,
               p.review_reason is not null and p.resolution is null, u.language
        from payments p join orders o on o.id = p.order_id join users u on u.id = p.user_id
        where p.return_token = :token
        """,
        token=token,
    )
    return _Payment(*rows[0]) if rows else None


def _face(payment: _Payment | None) -> Face:
    if payment is None:
        return "unknown"
    if payment.is_in_review:
        return "review"
    if payment.status == "PENDING":
        return "pending"
    return "failed" if payment.status in ("FAILED", "EXPIRED", "CANCELLED") else "paid"


def _preferred_language(call: Call) -> str:
    return call.request.accept_languages.best_match(["ar", "en"], "ar") or "ar"


def _page(call: Call, payment: _Payment | None, face: Face, language: str) -> str:
    title, text = _WORDS[language, face]
    app_address = f"altayarvip://payment/{'success' if face == 'paid' else 'fail'}"
    if payment is not None:
        app_address += f"?payment_id={payment.id}"
    other, other_name = _OTHER_LANGUAGE[language]
    lead_on = {
        "pending": f'<meta http-equiv="refresh" content="{LOOK_AGAIN_SECONDS}">',
        "unknown": "",
    }.get(face, f'<meta http-equiv="refresh" content="{LEAD_ON_SECONDS};url={app_address}">')
    return _PAGE.substitute(
        language=language,
        direction="rtl" if language == "ar" else "ltr",
        lead_on=lead_on,
        face=face,
        title=title,
        text=text,
        order=escaping.escape(payment.order_number if payment else ""),
        amount=escaping.escape(payment.amount if payment else ""),
        app_address=app_address,
        back=_BACK[language],
        other_address=escaping.escape(_with_language(call, other)),
        other=other,
        other_name=other_name,
    )


def _with_language(call: Call, language: str) -> str:
    token = call.request.args.get("token", "")
    safe = token if token.replace("-", "").replace("_", "").isalnum() and token.isascii() else ""
    return f"{call.request.path}?token={safe}&lang={language}"
