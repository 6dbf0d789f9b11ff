from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from lib.fawaterk.models import (
    Customer,
    GatewayInvoice,
    GatewayTransaction,
    InvoiceRequest,
    PaymentMethod,
    Received,
    ReturnUrls,
    is_egyptian_mobile,
)

CUSTOMER = Customer(first_name="منى", last_name="علي", email="m@example.com", phone="+20 100 123 4567", unique_id="u-1")
REQUEST = InvoiceRequest(
    payment_method_id=4,
    amount=Decimal("1140.00"),
    currency="EGP",
    invoice_number="PAY-2026-000045",
    customer=CUSTOMER,
    item_name="ORD-2026-000123",
    urls=ReturnUrls(success="https://a/s", fail="https://a/f", pending="https://a/p", webhook="https://a/w"),
    pay_load={"payment_id": "p-1"},
    lang="ar",
)
INVOICE = GatewayInvoice(
    invoice_id="1",
    invoice_key="k",
    paid=True,
    total=Decimal("100.00"),
    currency="EGP",
    payment_method="Fawry",
    paid_at=None,
    status_text="paid",
    pay_load=None,
    transactions=[],
)


def transaction(amount: str | None, currency: str | None, *, paid: bool = True) -> GatewayTransaction:
    return GatewayTransaction(
        amount=None if amount is None else Decimal(amount),
        currency=currency,
        paid_with_it=paid,
        status=None,
        reference=None,
    )


def test_the_one_item_costs_exactly_the_total() -> None:
    wire = REQUEST.to_wire()
    assert wire["cartTotal"] == "1140.00"
    assert wire["cartItems"] == [{"name": "ORD-2026-000123", "price": "1140.00", "quantity": "1"}]
    assert (wire["sendEmail"], wire["sendSMS"]) == (False, False)
    assert wire["payLoad"] == {"payment_id": "p-1"}


def test_a_large_amount_is_written_without_an_exponent() -> None:
    assert replace(REQUEST, amount=Decimal("1E+3")).to_wire()["cartTotal"] == "1000"


@pytest.mark.parametrize(
    ("phone", "sent"),
    [
        ("+201001234567", "01001234567"),
        ("201001234567", "01001234567"),
        ("+2001001234567", "01001234567"),
        ("00201001234567", "01001234567"),
        ("002001001234567", "01001234567"),
        ("2001001234567", "01001234567"),
        ("0100.123.4567", "01001234567"),
        ("+20 (100) 123-4567", "01001234567"),
        ("01001234567", "01001234567"),
        ("+966501234567", "+966501234567"),
        ("+20221234567", "+20221234567"),
    ],
)
def test_an_egyptian_mobile_number_is_sent_as_the_gateway_takes_it(phone: str, sent: str) -> None:
    request = replace(REQUEST, customer=replace(CUSTOMER, phone=phone), mobile_wallet_number=phone)
    wire = cast("dict[str, Any]", request.to_wire())
    assert wire["customer"]["phone"] == sent
    assert wire["mobileWalletNumber"] == sent


@pytest.mark.parametrize(
    ("name", "redirect", "is_wallet"),
    [
        ("MobileWallets", False, True),
        ("Meeza", False, True),
        ("Vodafone Cash", False, True),
        ("المحافظ الالكترونية", False, True),
        ("Meeza", True, False),
        ("Fawry", False, False),
        ("Visa-Mastercard", True, False),
    ],
)
def test_a_wallet_is_known_by_its_name(name: str, *, redirect: bool, is_wallet: bool) -> None:
    assert PaymentMethod(4, name, "", redirect, None).is_wallet is is_wallet


def test_an_egyptian_mobile_number_is_told_from_others() -> None:
    assert all(map(is_egyptian_mobile, ["01001234567", "+20 100 123 4567", "201001234567"]))
    assert not any(map(is_egyptian_mobile, ["1001234567", "+966501234567", "0221234567", "010012345678", ""]))


def test_what_is_not_known_is_not_sent() -> None:
    wire = cast("dict[str, Any]", replace(REQUEST, customer=replace(CUSTOMER, phone=None)).to_wire())
    assert "phone" not in wire["customer"]
    assert "mobileWalletNumber" not in wire


def test_a_requests_text_shows_no_address_or_phone() -> None:
    assert "m@example.com" not in repr(REQUEST)
    assert "123" not in repr(CUSTOMER)


@pytest.mark.parametrize(
    ("transactions", "received"),
    [
        ([], Received(Decimal("100.00"), "EGP")),
        ([transaction("50", "EGP", paid=False)], Received(Decimal("100.00"), "EGP")),
        ([transaction("50", "EGP")], Received(Decimal(50), "EGP")),
        ([transaction("2", "USD"), transaction("9", "EGP", paid=False)], Received(Decimal(2), "USD")),
        ([transaction("60", "EGP"), transaction("40.00", "EGP")], Received(Decimal("100.00"), "EGP")),
        ([transaction("60", "EGP"), transaction("40", "USD")], None),
        ([transaction(None, "EGP")], None),
        ([transaction("60", None)], None),
        ([transaction("60", "EGP"), transaction(None, "EGP")], None),
        ([transaction("0", "EGP")], None),
        ([transaction("-5", "EGP")], None),
    ],
)
def test_the_marked_transactions_tell_what_was_received(
    transactions: list[GatewayTransaction], received: Received | None
) -> None:
    assert replace(INVOICE, transactions=transactions).received() == received


def test_an_unpaid_invoice_or_one_without_a_total_received_nothing_that_can_be_told() -> None:
    assert replace(INVOICE, paid=False).received() is None
    assert replace(INVOICE, total=None).received() is None
    assert replace(INVOICE, currency=None).received() is None
