"""The pages to which a payer's browser returns. They show the true status, even if the address says otherwise.

The payment is found by the token that we put into that address, never by the gateway's own ids.
"""

import html as escaping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode
from uuid import UUID

from functions.payments_webhook.looking import SECONDS_BETWEEN_LOOKS, look
from functions.payments_webhook.schemas import ReturnQuery
from lib import db
from lib.db import Transaction
from lib.payments import schedule
from lib.web import Call, HtmlPage, Response

FAIL_PATH = "/payment/fail"
REDIRECT_SECONDS = 3
# (age of the payment, time until the page refreshes), in seconds. A card is paid within a minute, a Fawry code can take
# days, and the gateway allows about 50 calls a minute in all.
REFRESH_SECONDS = ((120, 5), (600, 15))
SLOWEST_REFRESH_SECONDS = 60

PageState = Literal["paid", "pending", "failed", "rejected", "refunded", "review", "unknown"]

_PAGE = HtmlPage(Path(__file__).with_name("return_page.html"))

_TEXTS: dict[tuple[str, PageState], tuple[str, str]] = {
    ("en", "paid"): ("Payment received", "Thank you. Your payment is complete."),
    ("en", "pending"): ("Waiting for the payment", "It is not confirmed yet. This page refreshes by itself."),
    ("en", "failed"): ("Payment not completed", "Nothing was paid. You can go back to the app and try again."),
    ("en", "rejected"): (
        "Payment not accepted",
        "This payment does not count for your order. Open your orders in the app, or ask our staff about it.",
    ),
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
    ("ar", "rejected"): (
        "لم تُقبل الدفعة",
        "هذه الدفعة غير محتسبة لطلبك. افتح طلباتك في التطبيق أو اسأل فريقنا عنها.",
    ),
    ("ar", "refunded"): ("إعادة مبلغ الدفعة", "يُعاد مبلغ هذه الدفعة إليك. افتح طلباتك في التطبيق لمعرفة التفاصيل."),
    ("ar", "review"): ("الدفعة قيد المراجعة", "وصل المبلغ، وسيؤكده فريقنا قريبًا. يُرجى عدم الدفع مرة أخرى."),
    ("ar", "unknown"): ("لم يتم العثور على الدفعة", "هذا الرابط غير مكتمل. افتح طلباتك في التطبيق لمعرفة حالتها."),
}
_BACK = {"en": "Back to the app", "ar": "العودة إلى التطبيق"}
_OTHER_LANGUAGE = {"en": ("ar", "العربية"), "ar": ("en", "English")}


@dataclass(frozen=True, kw_only=True)
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
    is_unreadable: bool
    is_closed: bool
    is_settled: bool
    is_rejected: bool
    may_be_asked: bool
    is_told: bool
    resolution: str | None
    language: str
    token: str


def show(call: Call, query: ReturnQuery) -> Response:
    """The page for the payment with this token. The gateway is asked first if the payment is pending or closed.

    A closed one is asked about because the gateway lets the payer try again: a page that says "nothing was paid" after a
    second try that succeeded would make them pay twice. One in review may have come to fit meanwhile.
    """
    payment = _find(query.token)
    has_told = False
    if payment is not None and _is_open(payment) and payment.may_be_asked and (outcome := look(payment.id)):
        has_told = outcome.status != "deferred"
        if has_told:
            _write_told(payment.id)
        payment = _find(query.token)
    # After a second try that succeeded, the gateway sends the payer to another page than the one of failures. So there, what
    # it told another page a moment ago is enough to say that nothing was paid; elsewhere the payer waits for the next look.
    is_sure = has_told or (payment is not None and payment.is_told and call.request.path == FAIL_PATH)
    state = _page_state(payment, is_sure=is_sure)
    language = query.lang or (payment.language if payment else _preferred_language(call))
    return _page(call, payment, state, language)


def _is_open(payment: _Payment) -> bool:
    """Whether a look at the gateway may show more than we know."""
    return not payment.is_settled and _page_state(payment, is_sure=False) not in ("paid", "refunded")


@db.in_transaction
def _write_told(tx: Transaction, payment_id: UUID) -> None:
    schedule.write_told(tx, payment_id)


def _find(token: str) -> _Payment | None:
    return db.read.first(
        _Payment,
        """
        select p.id, p.payment_number as number, o.order_number, money(p.amount, p.currency) as amount, p.currency,
               p.status, o.status as order_status, extract(epoch from now() - p.created_at)::float as age_seconds,
               in_review(p) as is_in_review, in_review(p) and p.review_reason = 'ANSWER_UNREADABLE' as is_unreadable,
               is_settled(p) as is_settled, is_closed(p) as is_closed, p.resolution,
               coalesce(p.resolution = 'REJECTED' and p.applied_amount = 0, false) as is_rejected,
               coalesce(p.page_asked_at < now() - make_interval(secs => :seconds::integer), true) as may_be_asked,
               coalesce(p.page_told_at >= p.page_asked_at, false) as is_told,
               u.language, p.return_token as token
        from payments p join orders o on o.id = p.order_id join users u on u.id = p.user_id
        where p.return_token = :token
        """,
        token=token,
        seconds=SECONDS_BETWEEN_LOOKS,
    )


def _page_state(payment: _Payment | None, *, is_sure: bool) -> PageState:
    """What the page says. `is_sure`: the gateway has just told how the payment stands."""
    if payment is None:
        return "unknown"
    if payment.is_in_review and not payment.is_unreadable:
        return "review"
    # Nobody knows yet whether money arrived for one whose answers can't be read.
    if payment.status == "PENDING" or payment.is_unreadable:
        return "pending"
    return _ended_state(payment, is_sure=is_sure)


def _ended_state(payment: _Payment, *, is_sure: bool) -> PageState:
    if payment.status == "REFUNDED" or payment.resolution == "REFUND_DUE":
        return "refunded"
    # Also one whose money arrived: for an order that was cancelled, or that another attempt had paid.
    if payment.is_rejected:
        return "rejected"
    # If another attempt has paid the order, nothing is left to pay, even if this attempt failed.
    if not payment.is_closed or payment.order_status == "PAID":
        return "paid"
    return "failed" if is_sure else "pending"


def _preferred_language(call: Call) -> str:
    return call.request.language(("ar", "en"))


def _page(call: Call, payment: _Payment | None, state: PageState, language: str) -> Response:
    title, text = _TEXTS[language, state]
    app_address = f"altayarvip://payment/{'success' if state == 'paid' else 'fail'}"
    if payment is not None:
        app_address += f"?payment_id={payment.id}"
    other, other_name = _OTHER_LANGUAGE[language]
    token = payment.token if payment else ""
    return _PAGE.response(
        200 if payment else 404,
        language=language,
        direction="rtl" if language == "ar" else "ltr",
        refresh=_refresh_tag(state, app_address, payment),
        state=state,
        title=title,
        text=text,
        facts=_facts(payment) if payment else "",
        app_address=app_address,
        back=_BACK[language],
        other_address=escaping.escape(f"{call.request.path}?{urlencode({'token': token, 'lang': other})}"),
        other=other,
        other_name=other_name,
    )


def _refresh_tag(state: PageState, app_address: str, payment: _Payment | None) -> str:
    if state == "pending" and payment is not None:
        seconds = next((soon for age, soon in REFRESH_SECONDS if payment.age_seconds < age), SLOWEST_REFRESH_SECONDS)
        return f'<meta http-equiv="refresh" content="{seconds}">'
    if state in ("paid", "failed"):
        return f'<meta http-equiv="refresh" content="{REDIRECT_SECONDS};url={app_address}">'
    # No redirect: the app only knows success and failure, and would show the other states as failed.
    return ""


def _facts(payment: _Payment) -> str:
    order, amount = escaping.escape(payment.order_number), f"{payment.amount:,} {payment.currency}"
    return f'<bdi dir="ltr">{order}</bdi><br><bdi dir="ltr">{amount}</bdi>'
