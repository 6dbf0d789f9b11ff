"""Reads the gateway's responses, versions 2 and 3, into our models. Raises Unreadable for a response of another form."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lib.fawaterk.errors import Unreadable
from lib.fawaterk.models import GatewayInvoice, GatewayTransaction, OpenedInvoice, PaymentMethod
from lib.fawaterk.values import (
    first_of,
    read_amount,
    read_currency,
    read_flag,
    read_pay_load,
    read_text,
    read_time,
)

_LONGEST_URL = 2_000
_LONGEST_QR_CODE = 4_000
_LONGEST_EXPIRY_SECONDS = 10 * 365 * 86_400


def read_payment_methods(data: object) -> list[PaymentMethod]:
    """Give the account's methods in the gateway's order."""
    return [_payment_method(_object(row)) for row in _list(data)]


def read_opened_invoice(data: object) -> OpenedInvoice:
    """Give an opened invoice from any kind of `payment_data`; raise Unreadable if it has no way to pay."""
    fields = _object(data)
    payment = _object(fields.get("payment_data") or {})
    opened = OpenedInvoice(
        invoice_id=_required(fields, "invoice_id", "transaction_id", "intent_key"),
        invoice_key=_required(fields, "invoice_key", "transaction_key", "intent_key"),
        payment_url=_url(first_of(payment, "redirectTo", "url") or fields.get("url")),
        fawry_code=read_text(payment.get("fawryCode")),
        qr_code=_long_text(first_of(payment, "meezaQrCode", "isoQr"), _LONGEST_QR_CODE),
        reference=_reference(payment),
        expires_at=_expiry(fields, payment),
    )
    if not (opened.payment_url or opened.qr_code or opened.reference):
        raise Unreadable("no way to pay in it")
    return opened


def read_invoice(data: object) -> GatewayInvoice:
    """Give an invoice's present state; raise Unreadable if it does not say whether it is paid."""
    fields = _object(data)
    paid = read_flag(fields.get("paid"))
    if paid is None:
        raise Unreadable("paid is neither yes nor no")
    total = fields.get("total")
    transactions = _list(first_of(fields, "invoice_transactions", "transaction_history") or [])
    return GatewayInvoice(
        invoice_id=_required(fields, "invoice_id", "transaction_id", "intent_key"),
        invoice_key=read_text(first_of(fields, "invoice_key", "transaction_key", "intent_key")),
        paid=paid,
        total=read_amount(total),
        currency=read_currency(fields.get("currency")) or read_currency(total),
        payment_method=read_text(fields.get("payment_method")),
        paid_at=read_time(fields.get("paid_at")),
        status_text=read_text(first_of(fields, "status_text", "invoice_status")),
        pay_load=read_pay_load(fields.get("pay_load")),
        transactions=[_transaction(_object(row)) for row in transactions],
    )


def _payment_method(row: dict[str, object]) -> PaymentMethod:
    method_id, redirect = read_amount(row.get("paymentId")), read_flag(row.get("redirect"))
    if method_id is None or method_id != int(method_id) or redirect is None:
        raise Unreadable("a payment method without its id or redirect")
    return PaymentMethod(
        payment_method_id=int(method_id),
        name_en=_required(row, "name_en"),
        name_ar=_required(row, "name_ar"),
        redirect=redirect,
        logo=_long_text(row.get("logo"), _LONGEST_URL),
        commission_on_customer={"1": True, "2": False}.get(str(row.get("commission_on_customer"))),
    )


def _transaction(row: dict[str, object]) -> GatewayTransaction:
    amount = first_of(row, "transactionAmount", "amount")
    currency = read_currency(first_of(row, "transactionCurrency", "currency"))
    return GatewayTransaction(
        amount=read_amount(amount),
        currency=currency or read_currency(amount),
        paid_with_it=read_flag(row.get("paidWithIt")) or False,
        status=read_text(row.get("status")),
        reference=read_text(first_of(row, "referenceNumber", "reference")),
    )


def _reference(payment: dict[str, object]) -> str | None:
    spellings = ("fawryCode", "meezaReference", "amanCode", "masaryCode", "referenceNumber", "systemReference")
    return read_text(first_of(payment, *spellings)) or None


def _expiry(fields: dict[str, object], payment: dict[str, object]) -> datetime | None:
    for spelling in ("expireDate", "expirationTime"):
        moment = read_time(payment.get(spelling))
        if moment is not None:
            return moment
    seconds = read_amount(fields.get("expires_in")) or Decimal(0)
    if not 0 < seconds <= _LONGEST_EXPIRY_SECONDS:
        return None
    return datetime.now(UTC) + timedelta(seconds=int(seconds))


def _url(value: object) -> str | None:
    url = _long_text(value, _LONGEST_URL)
    if url is not None and not url.startswith(("https://", "http://")):
        raise Unreadable("a payment page that is no web address")
    return url


def _long_text(value: object, longest: int) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > longest):
        raise Unreadable("a text was expected, and no endless one")
    return value or None


def _required(fields: dict[str, object], *spellings: str) -> str:
    text = read_text(first_of(fields, *spellings))
    if not text:
        raise Unreadable(f"no {spellings[0]}")
    return text


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Unreadable("an object was expected")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Unreadable("a list was expected")
    return value
