"""The page where a person pays, fails to pay, or lets the invoice expire."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from local.sandbox.account import Account
from local.sandbox.conversion import Conversion
from local.sandbox.delivery import deliver, usual_encoding, webhook_url
from local.sandbox.invoices import EventKind, Invoice, InvoiceStore
from local.sandbox.webhooks import webhook

_EVENTS: dict[str, tuple[EventKind, str]] = {
    "pay": ("paid", "successUrl"),
    "fail": ("failed", "failUrl"),
    "expire": ("expired", "pendingUrl"),
}
_WORDS = {
    "en": {
        "title": "Pay AltayarVIP",
        "merchant": "AltayarVIP",
        "sandbox": "Sandbox: no real money moves here.",
        "amount": "Amount",
        "invoice": "Invoice",
        "method": "Payment method",
        "reference": "Payment code",
        "pay": "Pay",
        "fail": "Fail",
        "expire": "Let it expire",
        "paid": "This invoice has been paid.",
        "other_language": "العربية",
    },
    "ar": {
        "title": "الدفع للطيار VIP",
        "merchant": "الطيار VIP",
        "sandbox": "بيئة تجريبية: لا يتم تحويل أموال حقيقية هنا.",
        "amount": "المبلغ",
        "invoice": "الفاتورة",
        "method": "طريقة الدفع",
        "reference": "كود الدفع",
        "pay": "ادفع",
        "fail": "فشل الدفع",
        "expire": "انتهاء صلاحية الفاتورة",
        "paid": "تم دفع هذه الفاتورة.",
        "other_language": "English",
    },
}


def create_checkout(account: Account, store: InvoiceStore, conversion: Conversion) -> Blueprint:
    """Give the checkout page and its three buttons."""
    checkout = Blueprint("checkout", __name__)

    @checkout.get("/checkout/<invoice_key>")
    def page(invoice_key: str) -> str:
        invoice = _found(store, invoice_key)
        lang = request.args.get("lang", invoice.lang)
        lang = lang if lang in _WORDS else invoice.lang
        return render_template(
            "checkout.html",
            invoice=invoice,
            lang=lang,
            other_lang="en" if lang == "ar" else "ar",
            method=invoice.method.name_ar if lang == "ar" else invoice.method.name_en,
            words=_WORDS[lang],
        )

    @checkout.post("/checkout/<invoice_key>/<any(pay, fail, expire):choice>")
    def choose(invoice_key: str, choice: str) -> Response:
        invoice = _found(store, invoice_key)
        event, url_name = _EVENTS[choice]
        if invoice.is_paid:  # an old page: the payer goes to the success page, and the merchant gets no second webhook
            url_name = "successUrl"
        else:
            _record_and_deliver(account, store, conversion, invoice, event)
        return redirect(invoice.urls.get(url_name) or url_for("checkout.page", invoice_key=invoice_key), 303)

    return checkout


def _record_and_deliver(
    account: Account, store: InvoiceStore, conversion: Conversion, invoice: Invoice, event: EventKind
) -> None:
    changed = store.record(invoice.invoice_id, event, None, None, conversion.rates)
    payload = webhook(changed, event, "v2", None, None, account.vendor_key)
    url = webhook_url(account, changed, event)
    deliver(url, payload, usual_encoding(url, event), times=1)


def _found(store: InvoiceStore, invoice_key: str) -> Invoice:
    try:
        return store.by_key(invoice_key)
    except KeyError:
        abort(404)
