"""Parses the body of invoiceInitPay and createInvoiceLink, with the gateway's checks."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from local.sandbox.account import METHODS, MORE_THAN_EGP, RATES_TO_EGP, Method
from local.sandbox.invoices import NewInvoice

_LOCAL_MOBILE = re.compile(r"01[0-9]{9}")
_LARGEST_AMOUNT = Decimal(100_000_000)
_URLS = ("successUrl", "failUrl", "pendingUrl", "webhookUrl")


class RefusedError(Exception):
    """The gateway's refusal: its status, and its message, which is a text or texts by field."""

    def __init__(self, message: str | dict[str, list[str]], status: int = 422) -> None:
        self.message = message
        self.status = status
        super().__init__(str(message))


def read_fields(body: bytes) -> dict[str, object]:
    """Give a body's fields. Another body than a JSON object has none, as in Laravel: each required one is missing."""
    try:
        fields = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def read_order(fields: Mapping[str, object], method: Method) -> NewInvoice:
    """Give the invoice to open; raise RefusedError with the gateway's reasons."""
    customer = _object(fields.get("customer"))
    for name in ("first_name", "last_name"):
        if not customer.get(name):
            raise RefusedError({f"customer.{name}": [f"The customer.{name} field is required."]})
    currency = str(fields.get("currency") or "")
    if currency not in RATES_TO_EGP:
        raise RefusedError({"currency": ["The selected currency is invalid."]})
    total = read_amount(fields.get("cartTotal"), "cartTotal")
    if total != _expected_total(fields):
        raise RefusedError({"cartTotal": ["Your cart total doesn't match the items total."]})
    if total * RATES_TO_EGP[currency] <= MORE_THAN_EGP:
        raise RefusedError({"cartTotal": ["Amount must be bigger than 5 EGP"]})
    _check_wallet_phone(fields, customer, method)
    return NewInvoice(
        method=method,
        total=total,
        currency=currency,
        lang="ar" if fields.get("lang") == "ar" else "en",
        customer={name: str(value) for name, value in customer.items()},
        pay_load=_json_safe(fields.get("payLoad")),
        urls=_urls(fields.get("redirectionUrls")),
        due_date=str(fields["due_date"]) if fields.get("due_date") else None,
    )


def read_method(fields: Mapping[str, object]) -> Method:
    """Give the payment method; raise RefusedError. For an unknown one its message is a text, not texts by field."""
    method_id = str(fields.get("payment_method_id") or "")
    if not method_id:
        raise RefusedError({"payment_method_id": ["The payment method id field is required."]})
    method = next((method for method in METHODS.values() if str(method.method_id) == method_id), None)
    if method is None:
        raise RefusedError("you are not allow to use this payment method")
    return method


def read_amount(value: object, field: str) -> Decimal:
    """Give the amount of a number or a decimal text; raise RefusedError, which names the field, for anything else."""
    if value is None or value == "":
        raise RefusedError({field: [f"The {field} field is required."]})
    try:
        amount = Decimal(str(value)) if isinstance(value, str | int | Decimal) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= _LARGEST_AMOUNT:
        raise RefusedError({field: [f"The {field} must be a number."]})
    return amount


def _expected_total(fields: Mapping[str, object]) -> Decimal:
    items = fields.get("cartItems")
    if not isinstance(items, list) or not items:
        raise RefusedError({"cartItems": ["The cart items field is required."]})
    total = sum((_item_total(_object(item), index) for index, item in enumerate(items)), Decimal(0))
    discount, tax = _object(fields.get("discountData")), _object(fields.get("taxData"))
    if discount:
        value = read_amount(discount.get("value"), "discountData.value")
        total -= total * value / 100 if discount.get("type") == "pcg" else value
    if tax:
        total += total * read_amount(tax.get("value"), "taxData.value") / 100
    return total


def _item_total(item: dict[str, object], index: int) -> Decimal:
    if not item.get("name"):
        raise RefusedError({f"cartItems.{index}.name": [f"The cartItems.{index}.name field is required."]})
    price = read_amount(item.get("price"), f"cartItems.{index}.price")
    return price * read_amount(item.get("quantity"), f"cartItems.{index}.quantity")


def _check_wallet_phone(fields: Mapping[str, object], customer: dict[str, object], method: Method) -> None:
    phone = fields.get("mobileWalletNumber") or customer.get("phone")
    if method.kind == "meeza" and phone and not _LOCAL_MOBILE.fullmatch(str(phone)):
        raise RefusedError({"mobileWalletNumber": ["The mobile wallet number format is invalid."]})


def _urls(value: object) -> dict[str, str]:
    urls = {name: str(url) for name, url in _object(value).items() if name in _URLS and url}
    for name, url in urls.items():
        if not url.startswith(("http://", "https://")):
            raise RefusedError({f"redirectionUrls.{name}": [f"The redirectionUrls.{name} format is invalid."]})
    return urls


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _json_safe(value: object) -> object:
    return json.loads(json.dumps(value, default=float))
