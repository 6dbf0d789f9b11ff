"""The pages that a payer comes back to. They say what is true, whatever the address they were sent to claims.

The payment is found by the token that we gave the gateway in that address, never by the gateway's own ids.
"""

import html as escaping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from functions.payments_webhook.schemas import ReturnQuery
from lib import db, logs
from lib.payments.reconciling import reconcile
from lib.web import Answer, Call, html

log = logs.get(__name__)

# A person waits for the page: it tells what is known after this, and looks again by itself.
LOOK_SECONDS = 4.0
LEAD_ON_SECONDS = 3
# How soon a page looks again, by the age of its payment in seconds: a card is done in a minute, a Fawry code can wait for
# days, and the gateway allows some 50 calls a minute for everybody.
LOOK_AGAIN_SECONDS = ((120, 5), (600, 15))
LOOK_AGAIN_SELDOM = 60

Face = Literal["paid", "pending", "failed", "refunded", "review", "unknown"]

_PAGE = Template(Path(__file__).with_name("return_page.html").read_text(encoding="utf-8"))

_WORDS: dict[tuple[str, Face], tuple[str, str]] = {
    ("en", "paid"): ("Payment received", "Thank you. Your payment is complete."),
    ("en", "pending"): ("Waiting for the payment", "It is not confirmed yet. This page refreshes by itself."),
    ("en", "failed"): ("Payment not completed", "Nothing was paid. You can go back to the app and try again."),
    ("en", "refunded"): (
        "Payment returned",
        "The money of this payment goes back to you. Open your orders in the app for details.",
    ),
    ("en", "review"): ("Payment under review", "Your money arrived. Our staff will confirm it. Please do not pay again."),
    ("en", "unknown"): (
        "Payment not found",
        "This link is not complete. Open your orders in the app to check them.",
    ),
    ("ar", "paid"): ("تم استلام الدفعة", "شكرًا لك. اكتملت عملية الدفع."),
    ("ar", "pending"): ("في انتظار الدفع", "لم يتم تأكيد الدفع بعد. تُحدَّث هذه الصفحة تلقائيًا."),
    ("ar", "failed"): ("لم تكتمل عملية الدفع", "لم يُدفع أي مبلغ. يمكنك الرجوع إلى التطبيق والمحاولة مرة أخرى."),
    ("ar", "refunded"): ("إعادة مبلغ الدفعة", "يُعاد مبلغ هذه الدفعة إليك. افتح طلباتك في التطبيق لمعرفة التفاصيل."),
    ("ar", "review"): ("الدفعة قيد المراجعة", "وصل المبلغ، وسيؤكده فريقنا قريبًا. يُرجى عدم الدفع مرة أخرى."),
    ("ar", "unknown"): ("لم يتم العثور على الدفعة", "هذا الرابط غير مكتمل. افتح طلباتك في التطبيق لمعرفة حالتها."),
}
_BACK = {"en": "Back to the app", "ar": "العودة إلى التطبيق"}
_OTHER_LANGUAGE = {"en": ("ar", "العربية"), "ar": ("en", "English")}


@dataclass(frozen=True)
class _Payment:
    id: UUID
    number: str
    order_number: str
    amount: Decimal
    currency: str
    status: str
    order_status: str
    age_seconds: float
    is_in_review: bool
    resolution: str | None
    language: str
    token: str


def show(call: Call, query: ReturnQuery) -> Answer:
    """The page for the payment of this token; one that is not paid yet is looked up at the gateway first.

    So is one that failed or expired: the gateway lets the payer try again, and to say that nothing was paid to somebody
    whose second try went through would make them pay twice. What a person has decided stays.
    """
    payment = _find(query.token)
    if payment is not None and payment.resolution is None and _face(payment) in ("pending", "failed"):
        done = reconcile(payment.id, LOOK_SECONDS)
        log.info("return page", payment=payment.number, outcome=done.outcome, detail=done.detail)
        payment = _find(query.token)
    language = query.lang or (payment.language if payment else _preferred_language(call))
    return html(_page(call, payment, _face(payment), language), 200 if payment else 404)


def _find(token: str) -> _Payment | None:
    rows = db.read(
        """
        select p.id, p.payment_number, o.order_number, money(p.amount, p.currency), p.currency, p.status,
               o.status, extract(epoch from now() - p.created_at)::float,
               p.review_reason is not null and p.resolution is null, p.resolution, u.language, p.return_token
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
    if payment.status == "REFUNDED" or payment.resolution == "REFUND_DUE":
        return "refunded"
    # Another attempt may have paid the order: then nothing is left to be paid, whatever became of this one.
    is_open = payment.status in ("FAILED", "EXPIRED", "CANCELLED") and payment.order_status != "PAID"
    return "failed" if is_open else "paid"


def _preferred_language(call: Call) -> str:
    return call.request.accept_languages.best_match(["ar", "en"], "ar") or "ar"


def _page(call: Call, payment: _Payment | None, face: Face, language: str) -> str:
    title, text = _WORDS[language, face]
    app_address = f"altayarvip://payment/{'success' if face == 'paid' else 'fail'}"
    if payment is not None:
        app_address += f"?payment_id={payment.id}"
    other, other_name = _OTHER_LANGUAGE[language]
    token = payment.token if payment else ""
    return _PAGE.substitute(
        language=language,
        direction="rtl" if language == "ar" else "ltr",
        lead_on=_lead_on(face, app_address, payment),
        face=face,
        title=title,
        text=text,
        facts=_facts(payment) if payment else "",
        app_address=app_address,
        back=_BACK[language],
        other_address=escaping.escape(f"{call.request.path}?{urlencode({'token': token, 'lang': other})}"),
        other=other,
        other_name=other_name,
    )


def _lead_on(face: Face, app_address: str, payment: _Payment | None) -> str:
    if face == "pending" and payment is not None:
        seconds = next((soon for age, soon in LOOK_AGAIN_SECONDS if payment.age_seconds < age), LOOK_AGAIN_SELDOM)
        return f'<meta http-equiv="refresh" content="{seconds}">'
    if face in ("paid", "failed"):
        return f'<meta http-equiv="refresh" content="{LEAD_ON_SECONDS};url={app_address}">'
    # What the app has no word for is to be read here: it would say that the payment failed.
    return ""


def _facts(payment: _Payment) -> str:
    order, amount = escaping.escape(payment.order_number), f"{payment.amount:,} {payment.currency}"
    return f'<bdi dir="ltr">{order}</bdi><br><bdi dir="ltr">{amount}</bdi>'
