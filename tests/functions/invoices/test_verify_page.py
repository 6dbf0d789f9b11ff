"""The HTML of the page behind an invoice's QR code; tests/browser looks at it in a browser."""

import datetime as dt
from typing import Any

import pytest

from functions.invoices import wording
from tests.functions.invoices.purchases import happen, issued, purchase
from tests.support.clients import Client, System
from tests.support.people import Person


def data_of(staff: Person, order_id: str) -> Any:
    return staff.client.get(f"/api/orders/{order_id}/invoice").json


@pytest.mark.parametrize(
    ("language", "unpaid", "paid", "amount"),
    [
        ("en", "UNPAID", "PAID", "EGP\u00a02,814.66"),
        ("ar", "غير مدفوعة", "مدفوعة", "2,814.66\u00a0ج.م."),
    ],
)
def test_a_genuine_invoice_is_shown_as_it_stands(
    system: System, customer: Person, employee: Person, language: str, unpaid: str, paid: str, amount: str
) -> None:
    bought = purchase(system, employee, customer)
    data = data_of(employee, bought.order_id)
    client = Client(system.base_url)
    before = client.get(f"{data['verify_url']}?lang={language}")
    happen(system, bought, "paid")
    after = client.get(f"{data['verify_url']}?lang={language}")
    for page, standing in ((before, unpaid), (after, paid)):
        assert page.status == 200
        assert f'<p class="standing">{standing}</p>' in page.text
        assert data["invoice_number"] in page.text
        assert amount in page.text.replace("\u200f", "")


def test_the_page_tells_nobody_who_bought_what(customer: Person, employee: Person, anyone: Client) -> None:
    order_id = issued(employee, customer)
    page = anyone.get(data_of(employee, order_id)["verify_url"]).text
    for private in ("Mona", "El-Sayed", customer.email, "01012345678", "Hilton", order_id):
        assert private not in page


def test_a_cancelled_invoice_is_not_shown_as_one_to_pay(customer: Person, employee: Person, anyone: Client) -> None:
    order_id = issued(employee, customer)
    employee.client.post(f"/api/orders/{order_id}/cancel", {})
    page = anyone.get(f"{data_of(employee, order_id)['verify_url']}?lang=en").text
    assert '<p class="standing">CANCELLED</p>' in page


def test_the_day_of_issue_is_cairos() -> None:
    assert wording.day_of(dt.datetime(1999, 12, 31, 22, 30, tzinfo=dt.UTC)) == ("1 January 2000", "1 يناير 2000")


@pytest.mark.parametrize(
    "token", ["x", "%00", "%ED%A0%80", "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "..%2f..%2fetc", "a" * 2_000, "%E2%80%AE"]
)
def test_a_token_that_is_none_of_ours_is_called_unknown_and_never_shown(anyone: Client, token: str) -> None:
    reply = anyone.get(f"/invoices/verify/{token}", headers={"Accept-Language": "en"})
    assert reply.status in (404, 422)
    if reply.headers["Content-Type"].startswith("text/html"):
        assert "alert(1)" not in reply.text
        assert "There is no such invoice" in reply.text
        assert "genuine" not in reply.text


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [("?lang=en", "ar", "en"), ("?lang=ar", "en", "ar"), ("", "en-GB,en;q=0.9", "en"), ("", "de", "ar"), ("", "", "ar")],
)
def test_the_page_speaks_the_language_asked_for_or_the_browsers(
    anyone: Client, query: str, accepted: str, language: str
) -> None:
    page = anyone.get(f"/invoices/verify/unknown{query}", headers={"Accept-Language": accepted}).text
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page


def test_a_language_that_there_is_not_is_refused(anyone: Client) -> None:
    assert anyone.get("/invoices/verify/unknown?lang=xx").status == 422


def test_the_page_may_run_and_load_nothing_and_is_kept_by_nobody(customer: Person, employee: Person, anyone: Client) -> None:
    reply = anyone.get(data_of(employee, issued(employee, customer))["verify_url"])
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert (reply.headers["Cache-Control"], reply.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "<script" not in reply.text
    assert 'name="robots" content="noindex"' in reply.text


def test_head_answers_as_get_does(customer: Person, employee: Person, anyone: Client) -> None:
    url = data_of(employee, issued(employee, customer))["verify_url"]
    assert (anyone.call("HEAD", url).status, anyone.call("HEAD", f"{url}x").status) == (200, 404)
