"""Amounts and currencies: exact decimals, rounded half-up to the currency's decimals, here and nowhere else.

The database rounds alike (`currency_decimals` in migrations/versions/0001); a test holds the two lists together.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

# ISO 4217, list one: the active currencies by their number of decimals. Funds codes, metals and the four-decimal
# accounting units (CLF, UYW) are left out: nobody is billed in them.
_ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR "
    "JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
    "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP "
    "SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW"
)
_THREE = "BHD IQD JOD KWD LYD OMR TND"
DECIMALS: dict[str, int] = {
    code: decimals for decimals, codes in ((0, _ZERO), (2, _TWO), (3, _THREE)) for code in codes.split()
}

_DECIMAL_TEXT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_LARGEST = Decimal("99999999999.999")


def rounded(amount: Decimal, currency: str) -> Decimal:
    """`amount` in major units, rounded half-up to the decimals of `currency`."""
    return amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), ROUND_HALF_UP)


def with_currency(amount: Decimal, currency: str) -> str:
    """An amount as people read it: `12.50 EGP`, with the decimals of its currency."""
    return f"{rounded(amount, currency)} {currency}"


def is_exact(amount: Decimal, currency: str) -> bool:
    """Whether `amount` needs no more decimals than `currency` has."""
    return amount == rounded(amount, currency)


def same_amount(first: Decimal, second: Decimal, currency: str) -> bool:
    """Whether two amounts are equal in the minor units of `currency` (a fraction of one is a difference)."""
    return is_exact(first, currency) and is_exact(second, currency) and first == second


def _plain_decimal(value: object) -> object:
    """A JSON number or a decimal string as a Decimal without exponent; the sign of a zero is an error."""
    if isinstance(value, str) and not _DECIMAL_TEXT.fullmatch(value):
        raise ValueError('must be a decimal number such as 342.00 or "342.00"')
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise ValueError("must be a number or a decimal string")  # noqa: TRY004 - pydantic reports ValueErrors only
    number = Decimal(value)
    if not number.is_finite() or number.copy_abs() > _LARGEST:
        raise ValueError(f"must be between 0 and {_LARGEST}")
    if number.is_zero() and number.is_signed():
        raise ValueError("must not be a negative zero")
    plain = number + 0  # writes 1E+2 out as 100
    if plain != number:
        raise ValueError("must have at most three decimals")
    return plain


def _known_currency(code: str) -> str:
    if code not in DECIMALS:
        raise ValueError("must be an ISO 4217 code such as EGP")
    return code


PlainDecimal = Annotated[Decimal, BeforeValidator(_plain_decimal)]
"""A number as a request may send it: a JSON number or a decimal string, without exponents and blanks."""

Amount = Annotated[PlainDecimal, Field(ge=0, max_digits=14, decimal_places=3)]
"""An amount as a request may send it: a number or a decimal string, 0 or more, at most three decimals."""

Currency = Annotated[str, AfterValidator(_known_currency), Field(pattern="^[A-Z]{3}$", examples=["EGP", "KWD"])]
"""A currency by its ISO 4217 code."""
