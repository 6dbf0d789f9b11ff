"""Reads the gateway's responses, versions 2 and 3, into our models.

What nothing is decided by is read where it can be, and left out where not. Without what is needed it raises Unreadable.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from lib.fawaterk.errors import Unreadable
from lib.fawaterk.models import GatewayInvoice, GatewayTransaction, OpenedInvoice, PaymentMethod
from lib.fawaterk.parsing import without_secrets
from lib.fawaterk.values import (
    first_of,
    read_amount,
    read_currency,
    read_expiry,
    read_flag,
    read_inessential_text,
    read_pay_load,
    read_time,
)

# Under which names integrators have seen the page where the payer pays.
_URLS = ("redirectTo", "url", "redirectUrl", "redirect_url", "iframeURL")
_LONGEST_URL = 2_000
_LONGEST_QR_CODE = 4_000
_LONGEST_SEEN = 4_000
# `expires_in` is the life of the gateway's page: 30 days in the vendor's specification. Balances are not held so long.
_LONGEST_PAGE_SECONDS = 72 * 3600
_CUSTOMER_PAYS_COMMISSION = {Decimal(1): True, Decimal(2): False}


def read_payment_methods(data: object) -> list[PaymentMethod]:
    """Give the account's methods in the gateway's order, without those that can't be read; raise Unreadable if none can."""
    rows = _rows(data)
    if rows is None:
        raise Unreadable("a list was expected")
    methods = [method for row in rows if (method := _payment_method(row)) is not None]
    if rows and not methods:
        raise Unreadable("no payment method that can be read")
    return methods


def read_opened_invoice(data: object) -> OpenedInvoice:
    """Give an opened invoice with the ways to pay that can be read; raise Unreadable without an id or any such way.

    It is open at the gateway, whatever else is odd: a payer whose attempt counts as lost may pay it all the same.
    """
    fields = _object(data)
    payment_data = fields.get("payment_data")
    payment = payment_data if isinstance(payment_data, dict) else {}
    opened = OpenedInvoice(
        invoice_id=_required(fields, "invoice_id", "transaction_id", "intent_key"),
        invoice_key=_id(fields, "invoice_key", "transaction_key", "intent_key"),
        payment_url=_url(payment) or _url(fields),
        fawry_code=_first_inessential(payment, "fawryCode"),
        qr_code=_first_long_text(payment, ("meezaQrCode", "isoQr"), _LONGEST_QR_CODE),
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
    total = first_of(fields, "total", "cartTotal")
    rows = _rows(first_of(fields, "invoice_transactions", "transaction_history"))
    transactions = [_transaction(row) for row in rows or [] if isinstance(row, dict)]
    return GatewayInvoice(
        invoice_id=_required(fields, "invoice_id", "transaction_id", "intent_key"),
        invoice_key=_id(fields, "invoice_key", "transaction_key", "intent_key"),
        transaction_id=_id(fields, "transaction_id"),
        paid=paid,
        total=read_amount(total),
        currency=read_currency(fields.get("currency")) or read_currency(total),
        commission=read_amount(fields.get("commission")),
        payment_method=_method_name(fields.get("payment_method")),
        paid_at=read_time(fields.get("paid_at")),
        status_text=_first_inessential(fields, "status_text", "invoice_status"),
        pay_load=read_pay_load(first_of(fields, "pay_load", "payLoad")),
        transactions=transactions,
        unreadable_rows=1 if rows is None else len(rows) - len(transactions),
        seen=json.dumps(without_secrets(fields), ensure_ascii=False)[:_LONGEST_SEEN],
    )


def _payment_method(row: object) -> PaymentMethod | None:
    """Give a method, or None without an id or any name. One name stands for the other where that is missing."""
    if not isinstance(row, dict):
        return None
    method_id = read_amount(first_of(row, "paymentId", "payment_method_id"))
    name_en, name_ar = (read_inessential_text(row.get(name)) for name in ("name_en", "name_ar"))
    if method_id is None or method_id != int(method_id) or not (name_en or name_ar):
        return None
    commission = read_amount(row.get("commission_on_customer"))
    return PaymentMethod(
        payment_method_id=int(method_id),
        name_en=name_en or name_ar or "",
        name_ar=name_ar or name_en or "",
        redirect=read_flag(row.get("redirect")) or False,
        logo=_logo(row.get("logo")),
        customer_pays_commission=None if commission is None else _CUSTOMER_PAYS_COMMISSION.get(commission),
    )


def _logo(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_URL else None


def _transaction(row: dict[str, object]) -> GatewayTransaction:
    amount = first_of(row, "transactionAmount", "paidAmount", "amount")
    currency = read_currency(first_of(row, "transactionCurrency", "currency"))
    return GatewayTransaction(
        amount=read_amount(amount),
        currency=currency or read_currency(amount),
        paid_with_it=read_flag(row.get("paidWithIt")) or False,
        status=read_inessential_text(row.get("status")),
        # "refrence_id" is how the gateway spells it.
        reference=_first_inessential(row, "referenceNumber", "reference", "refrence_id"),
    )


def _method_name(value: object) -> str | None:
    return read_inessential_text(value.get("name") if isinstance(value, dict) else value)


def _first_inessential(fields: dict[str, object], *spellings: str) -> str | None:
    texts = (read_inessential_text(fields.get(spelling)) for spelling in spellings)
    return next((text for text in texts if text and text != "-"), None)


def _reference(payment: dict[str, object]) -> str | None:
    spellings = ("fawryCode", "meezaReference", "amanCode", "masaryCode", "referenceNumber", "systemReference")
    return _first_inessential(payment, *spellings)


def _expiry(fields: dict[str, object], payment: dict[str, object]) -> datetime | None:
    """Give when the code or the page ends: the latest time that is named. `expires_in` is the page's, never a code's."""
    named = (read_expiry(payment.get(spelling)) for spelling in ("expireDate", "expirationTime"))
    if moments := [moment for moment in named if moment is not None]:
        return max(moments)
    seconds = read_amount(fields.get("expires_in")) or Decimal(0)
    if _reference(payment) or seconds <= 0:
        return None
    return datetime.now(UTC) + timedelta(seconds=min(int(seconds), _LONGEST_PAGE_SECONDS))


def _url(fields: dict[str, object]) -> str | None:
    return _first_long_text(fields, _URLS, _LONGEST_URL, begins=("https://", "http://"))


def _first_long_text(
    fields: dict[str, object], spellings: Sequence[str], longest: int, begins: tuple[str, ...] = ("",)
) -> str | None:
    """Give the first of these fields that is a text, no endless one, and begins so."""
    texts = [value for spelling in spellings if isinstance(value := fields.get(spelling), str)]
    return next((str(text) for text in texts if 0 < len(text) <= longest and text.startswith(begins)), None)


def _required(fields: dict[str, object], *spellings: str) -> str:
    text = _id(fields, *spellings)
    if text is None:
        raise Unreadable(f"no {spellings[0]}")
    return text


def _id(fields: dict[str, object], *spellings: str) -> str | None:
    """Give the first id or key that can be read. A transaction's id is 0 as long as nobody has begun to pay."""
    texts = (read_inessential_text(fields.get(spelling)) for spelling in spellings)
    return next((text for text in texts if text not in (None, "0")), None)


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Unreadable("an object was expected")
    return value


def _rows(value: object) -> list[object] | None:
    """Give the rows of a list, or of an object with a number for each, which PHP makes of a list; None for anything else."""
    if value is None:
        return []
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else None
