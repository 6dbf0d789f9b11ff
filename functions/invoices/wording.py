"""The invoice's fixed texts in both languages, and its amounts and dates, which Babel formats.

Digits are Latin in both languages, as on other Egyptian invoices, so that people can compare the two columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from lib.days import CAIRO

if TYPE_CHECKING:
    from datetime import date, datetime
    from decimal import Decimal

    from functions.invoices.snapshot import CurrentStatus

_ENGLISH, _ARABIC = "en", "ar_EG"


class Pair(NamedTuple):
    """The same text in English and in Arabic."""

    english: str
    arabic: str

    def followed_by(self, other: Pair) -> Pair:
        """Put another pair after this one, in each language."""
        return Pair(f"{self.english} {other.english}", f"{self.arabic} {other.arabic}")


TAX_INVOICE = Pair("Tax Invoice", "فاتورة ضريبية")
TAX_NUMBER = Pair("Tax registration no.", "رقم التسجيل الضريبي")
COMMERCIAL_REGISTER = Pair("Commercial register", "السجل التجاري")
EMAIL = Pair("Email", "البريد الإلكتروني")
PHONE = Pair("Phone", "الهاتف")
WEBSITE = Pair("Website", "الموقع")
COUNTRY = Pair("Country", "الدولة")
NAME = Pair("Name", "الاسم")
INVOICE_DETAILS = Pair("Invoice details", "بيانات الفاتورة")
BILLED_TO = Pair("Billed to", "فاتورة إلى")
INVOICE_NUMBER = Pair("Invoice no.", "رقم الفاتورة")
ORDER_NUMBER = Pair("Order no.", "رقم الطلب")
ISSUED = Pair("Issued", "تاريخ الإصدار")
DUE = Pair("Due", "تاريخ الاستحقاق")
PAID_ON = Pair("Paid on", "تاريخ الدفع")
DESCRIPTION = Pair("Description", "الوصف")
QUANTITY = Pair("Qty", "الكمية")
UNIT_PRICE = Pair("Unit price", "سعر الوحدة")
LINE_TOTAL = Pair("Total", "الإجمالي")
SUBTOTAL = Pair("Subtotal", "المجموع الفرعي")
DISCOUNT = Pair("Discount", "الخصم")
TAX = Pair("Tax", "الضريبة")
TOTAL = Pair("Total", "الإجمالي")
AMOUNT_PAID = Pair("Amount paid", "المبلغ المدفوع")
BALANCE_DUE = Pair("Balance due", "المبلغ المستحق")
NOTES = Pair("Notes", "ملاحظات")
VERIFY = Pair("Scan to verify this invoice", "امسح الرمز للتحقق من الفاتورة")

UNPAID = Pair("UNPAID", "غير مدفوعة")
PARTLY_PAID = Pair("PARTLY PAID", "مدفوعة جزئيًا")
PAID = Pair("PAID", "مدفوعة")
CANCELLED = Pair("CANCELLED", "ملغاة")
REFUNDED = Pair("REFUNDED", "مستردة")
_BY_PAYMENT = {"UNPAID": UNPAID, "PARTIALLY_PAID": PARTLY_PAID, "PAID": PAID, "REFUNDED": REFUNDED}


def status_label(status: CurrentStatus) -> Pair:
    """Give the status in a word or two: refunded, else cancelled, else by what was paid."""
    if "REFUNDED" in (status.order_status, status.payment_status):
        return REFUNDED
    if status.order_status == "CANCELLED":
        return CANCELLED
    return _BY_PAYMENT[status.payment_status]


def page_of(page: int, pages: int) -> Pair:
    """Give the page number and the number of pages, as in "Page 1 / 3"."""
    return Pair(f"Page {page} / {pages}", f"صفحة {page} / {pages}")


def decimals(amount: Decimal) -> int:
    """Count the decimals of an amount, which are its currency's. Babel has other ones for some currencies, such as IQD."""
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def money(amount: Decimal, currency: str, least_decimals: int = 0) -> Pair:
    """Write an amount with its currency: first the code in English, the Arabic sign after the amount in Arabic."""
    number = _pattern(max(decimals(amount), least_decimals))

    def written(pattern: str, locale: str) -> str:
        return format_currency(amount, currency, pattern, locale=locale, currency_digits=False, numbering_system="latn")

    return Pair(written(f"\u00a4\u00a4\u00a0{number}", _ENGLISH), written(f"{number}\u00a0\u00a4", _ARABIC))


def amount(value: Decimal, least_decimals: int = 0) -> str:
    """Write an amount without its currency, which is in the heading of the column."""
    return format_decimal(value, _pattern(max(decimals(value), least_decimals)), locale=_ENGLISH)


def number(value: Decimal) -> str:
    """Write a quantity or a rate without zeros at the end."""
    return format_decimal(value, "#,##0.######", locale=_ENGLISH)


def currency(code: str) -> Pair:
    """Give a currency in the same short form as in amounts."""
    return Pair(code, format_currency(0, code, "\u00a4", locale=_ARABIC, currency_digits=False))


def country(value: str) -> Pair:
    """Give the name of the country with this ISO 3166 code. Any other text stays as the buyer wrote it."""
    english, arabic = Locale.parse(_ENGLISH).territories, Locale.parse(_ARABIC).territories
    return Pair(english.get(value, value), arabic.get(value, value))


def day(value: date) -> Pair:
    """Write a calendar day, as in "22 November 2026"."""
    return Pair(
        format_date(value, "d MMMM y", locale=_ENGLISH),
        format_date(value, "d MMMM y", locale=_ARABIC),
    )


def day_of(value: datetime) -> Pair:
    """Write the calendar day of a moment in Cairo."""
    return day(value.astimezone(CAIRO).date())


def moment(value: datetime) -> Pair:
    """Write a moment in Cairo's time."""
    local = value.astimezone(CAIRO)
    return Pair(
        format_datetime(local, "d MMMM y, HH:mm", locale=_ENGLISH),
        format_datetime(local, "d MMMM y، HH:mm", locale=_ARABIC),
    )


def _pattern(decimal_places: int) -> str:
    return "#,##0." + "0" * decimal_places if decimal_places else "#,##0"
