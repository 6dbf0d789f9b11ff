"""Compares what the gateway shows of a payment with what was asked for. Figures of different currencies are never compared.

The gateway tells what an invoice in another currency comes to in EGP, with neither the rate nor the amount that was asked
for. The payer can't change an invoice that a server opened, and the gateway knows no partial payment of one. So "paid", said
of the very invoice that we opened, is strong, and the EGP figure proves that it is of the right size: it must lie near the
total that the gateway told while nothing was paid, or near the rate that staff have set.
"""

from decimal import Decimal

from lib.fawaterk.models import GatewayInvoice, Received
from lib.money import DECIMALS, rounded, same_amount
from lib.payments.locks import LockedPayment, ReviewReason

# The currency in which the gateway tells totals, whatever was asked for.
CONVERTED_TO = "EGP"
# How far a converted total may lie from the known rate. In an ordinary week the pound moves by less than this between the
# opening of an invoice and its payment, and banks' rates differ by less; a devaluation moves it by more, and a person looks.
BAND = Decimal("0.03")
# An amount that was taken for EGP without being converted lies here. No currency that the gateway takes is worth so little.
UNCONVERTED = (Decimal("0.9"), Decimal("1.1"))
# What an unpaid total may be above the amount and still count as a commission that the payer bears, in EGP with a fixed sum.
# The vendor publishes no price list; its description of the API shows a commission of 2.5 beside a total of 100. Twice that
# rate, and a sum that a kiosk might add. What is more, such as a figure ten times as large, is for a person to judge.
LARGEST_COMMISSION = Decimal("0.05")
LARGEST_FIXED_COMMISSION = Decimal(10)

_LARGEST = Decimal("99999999999.999")
_SUCCESSFUL = ("paid", "success", "successful")


def find_doubt(payment: LockedPayment, shown: GatewayInvoice, staff_rate: Decimal | None = None) -> ReviewReason | None:
    """Why the money of a paid invoice is not what was asked for; None if it is. Amounts are compared in minor units.

    `staff_rate`: what one unit of the payment's currency comes to in EGP, if staff have set a rate that still counts.
    """
    arrived = shown.received()
    if arrived is None or arrived.currency not in DECIMALS or not 0 < arrived.amount <= _LARGEST:
        return "AMOUNT_UNREADABLE"
    if arrived.currency == payment.currency:
        told = told_total(shown)
        figures = [arrived] if told is None or told.currency != payment.currency else [arrived, told]
        return None if all(_is_asked_for(payment, figure) for figure in figures) else "AMOUNT_DIFFERS"
    if arrived.currency == CONVERTED_TO and _is_whole_converted(payment, shown, arrived, staff_rate):
        return None
    return "CURRENCY_DIFFERS"


def told_total(shown: GatewayInvoice) -> Received | None:
    """The total that the gateway tells, as it tells it; None if it tells none that is above 0."""
    if shown.total is None or shown.currency is None or not 0 < shown.total <= _LARGEST:
        return None
    return Received(shown.total, shown.currency)


def is_plausible(expected: Received, *, amount: Decimal, currency: str) -> bool:
    """Whether an unpaid total can be what `amount` comes to: the same, more by a possible commission, or converted."""
    if expected.currency == currency:
        fixed = LARGEST_FIXED_COMMISSION if currency == CONVERTED_TO else Decimal(0)
        return amount <= expected.amount <= amount * (1 + LARGEST_COMMISSION) + fixed
    return expected.currency == CONVERTED_TO and not _looks_unconverted(expected.amount, amount)


def find_more(payment: LockedPayment, shown: GatewayInvoice, arrived: Received | None) -> Decimal:
    """How much more the gateway shows of a settled payment than was received, in the currency of that; 0 if nothing more.

    `arrived`: what it shows in whole minor units. A commission that was told before is nothing more, nor is a total that was
    converted at a rate that has moved a little.
    """
    received, currency = payment.received_amount, payment.received_currency
    is_whole = received is not None and currency == payment.currency and received >= payment.amount
    if arrived is None or received is None or currency is None or (is_whole and find_doubt(payment, shown) is None):
        return Decimal(0)
    if arrived.currency == currency:
        return max(arrived.amount - received, Decimal(0))
    told, before = told_total(shown), payment.gateway_total
    if told is None or before is None or told.currency != payment.gateway_currency or told.amount <= before * (1 + BAND):
        return Decimal(0)
    return rounded(received * (told.amount - before) / before, currency)


def _is_asked_for(payment: LockedPayment, figure: Received) -> bool:
    """Whether a figure in the payment's currency is its amount, or that and the commission that the gateway told before."""
    if same_amount(figure.amount, payment.amount, payment.currency):
        return True
    expected = _expected(payment, payment.currency)
    return expected is not None and same_amount(figure.amount, expected, payment.currency)


def _is_whole_converted(
    payment: LockedPayment, shown: GatewayInvoice, arrived: Received, staff_rate: Decimal | None
) -> bool:
    told = told_total(shown)
    if told is None:
        return False
    if told.currency == payment.currency:
        return _is_asked_for(payment, told)
    if told.currency != CONVERTED_TO:
        return False
    if any(_is_row_of_all(payment, amount, currency) for amount, currency in _successful_rows(shown)):
        return True
    known = [_expected(payment, CONVERTED_TO), None if staff_rate is None else payment.amount * staff_rate]
    return any(
        all(_is_near(figure.amount, expected, payment.amount) for figure in (told, arrived))
        for expected in known
        if expected is not None
    )


def _expected(payment: LockedPayment, currency: str) -> Decimal | None:
    """The unpaid total in this currency, if it was told in it and can be believed."""
    if payment.expected_total is None or payment.expected_currency != currency:
        return None
    expected = Received(payment.expected_total, currency)
    return expected.amount if is_plausible(expected, amount=payment.amount, currency=payment.currency) else None


def _successful_rows(shown: GatewayInvoice) -> list[tuple[Decimal | None, str | None]]:
    return [
        (row.amount, row.currency)
        for row in shown.transactions
        if row.paid_with_it or (row.status or "").strip().casefold() in _SUCCESSFUL
    ]


def _is_row_of_all(payment: LockedPayment, amount: Decimal | None, currency: str | None) -> bool:
    return amount is not None and currency == payment.currency and same_amount(amount, payment.amount, payment.currency)


def _is_near(figure: Decimal, expected: Decimal, amount: Decimal) -> bool:
    return abs(figure - expected) <= expected * BAND and not _looks_unconverted(figure, amount)


def _looks_unconverted(figure: Decimal, amount: Decimal) -> bool:
    least, most = UNCONVERTED
    return least * amount <= figure <= most * amount
