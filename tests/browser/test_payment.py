"""A payment as a person makes it: from the app's link to the gateway's page, and back to ours."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visits import PHONE_WIDTH, Visits
from tests.functions.invoices.purchases import Purchase, happen, purchase
from tests.support.clients import System
from tests.support.people import Person, make_person

pytestmark = pytest.mark.browser

BUTTONS = {
    "en": {"pay": "Pay", "fail": "Fail", "expire": "Let it expire"},
    "ar": {"pay": "ادفع", "fail": "فشل الدفع", "expire": "انتهاء صلاحية الفاتورة"},
}
HEADINGS = {
    "en": {"pay": "Payment received", "fail": "Payment not completed", "expire": "Payment not completed"},
    "ar": {"pay": "تم استلام الدفعة", "fail": "لم تكتمل عملية الدفع", "expire": "لم تكتمل عملية الدفع"},
}
PENDING = {"en": "Waiting for the payment", "ar": "في انتظار الدفع"}
REFRESHED_WITHIN_MILLISECONDS = 20_000


def at_the_checkout(visits: Visits, system: System, employee: Person, language: str) -> tuple[Page, Purchase, Person]:
    """A payer who has opened the address that paying answered, on a phone."""
    payer = make_person(system, "CUSTOMER", language=language)
    bought = purchase(system, employee, payer)
    page = visits.window(language, width=PHONE_WIDTH)
    page.goto(bought.payment_url)
    return page, bought, payer


def direction(page: Page) -> Any:
    return page.evaluate("getComputedStyle(document.body).direction")


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize(
    ("choice", "address", "app", "status"),
    [
        ("pay", "success", "success", "PAID"),
        ("fail", "fail", "fail", "FAILED"),
        ("expire", "pending", "fail", "EXPIRED"),
    ],
)
def test_a_person_chooses_at_the_checkout_and_lands_on_a_page_that_says_what_came_of_it(
    visits: Visits, system: System, employee: Person, language: str, choice: str, address: str, app: str, status: str
) -> None:
    page, bought, payer = at_the_checkout(visits, system, employee, language)
    assert direction(page) == ("rtl" if language == "ar" else "ltr")
    expect(page.get_by_text("2,814.66 EGP")).to_be_visible()
    page.get_by_role("button", name=BUTTONS[language][choice], exact=True).click()
    expect(page.get_by_role("heading")).to_have_text(HEADINGS[language][choice])
    assert page.url.startswith(f"{system.base_url}/payment/{address}?token=")
    assert direction(page) == ("rtl" if language == "ar" else "ltr")
    expect(page.get_by_text(bought.order_number)).to_be_visible()
    button = page.get_by_role("link", name="Back to the app" if language == "en" else "العودة إلى التطبيق")
    expect(button).to_have_attribute("href", f"altayarvip://payment/{app}?payment_id={bought.payment_id}")
    assert payer.client.get(f"/api/payments/status/{bought.payment_id}").json["status"] == status


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_checkout_and_the_page_after_it_can_be_turned_to_the_other_language(
    visits: Visits, system: System, employee: Person, language: str
) -> None:
    other, link = ("en", "English") if language == "ar" else ("ar", "العربية")
    page, _, _ = at_the_checkout(visits, system, employee, language)
    page.get_by_role("link", name=link).click()
    expect(page.get_by_role("button", name=BUTTONS[other]["pay"], exact=True)).to_be_visible()
    page.get_by_role("button", name=BUTTONS[other]["fail"], exact=True).click()
    expect(page.get_by_role("heading")).to_have_text(HEADINGS[language]["fail"])
    page.get_by_role("link", name=link).click()
    expect(page.get_by_role("heading")).to_have_text(HEADINGS[other]["fail"])
    assert direction(page) == ("rtl" if other == "ar" else "ltr")


def test_a_card_that_failed_can_be_tried_again_and_the_page_knows_of_the_second_try(
    visits: Visits, system: System, employee: Person
) -> None:
    page, bought, _ = at_the_checkout(visits, system, employee, "en")
    page.get_by_role("button", name="Fail", exact=True).click()
    expect(page.get_by_role("heading")).to_have_text("Payment not completed")
    page.goto(bought.payment_url)
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading")).to_have_text("Payment received")
    page.goto(bought.payment_url)
    expect(page.get_by_role("status")).to_have_text("This invoice has been paid.")
    expect(page.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_who_opens_the_success_page_without_paying_is_not_told_that_it_is_paid_until_it_is(
    visits: Visits, system: System, employee: Person, language: str
) -> None:
    payer = make_person(system, "CUSTOMER", language=language)
    bought = purchase(system, employee, payer)
    page = visits.window(language)
    page.goto(f"{system.base_url}/payment/success?token={bought.token}")
    expect(page.get_by_role("heading")).to_have_text(PENDING[language])
    happen(system, bought, "paid", deliver=False)
    # Nobody touches the page: it looks again by itself, and asks the gateway, whose webhook never came.
    expect(page.get_by_role("heading")).to_have_text(HEADINGS[language]["pay"], timeout=REFRESHED_WITHIN_MILLISECONDS)


def test_a_browser_without_the_app_keeps_the_page_when_it_is_led_on(
    visits: Visits, system: System, employee: Person
) -> None:
    bought = purchase(system, employee, make_person(system, "CUSTOMER"))
    happen(system, bought, "paid")
    page = visits.window()
    target = f"altayarvip://payment/success?payment_id={bought.payment_id}"
    with page.expect_event("requestfailed", lambda request: request.url == target):
        page.goto(f"{system.base_url}/payment/success?token={bought.token}")
    expect(page.get_by_role("heading")).to_have_text("Payment received")
    expect(page.get_by_role("link", name="Back to the app")).to_be_visible()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_code_on_the_invoice_leads_to_a_page_that_knows_whether_it_is_paid(
    visits: Visits, system: System, employee: Person, language: str
) -> None:
    bought = purchase(system, employee, make_person(system, "CUSTOMER"))
    invoice = employee.client.get(f"/api/orders/{bought.order_id}/invoice").json
    genuine, unpaid, paid = {
        "en": ("This invoice is genuine", "UNPAID", "PAID"),
        "ar": ("هذه الفاتورة صحيحة", "غير مدفوعة", "مدفوعة"),
    }[language]
    page = visits.window(language, width=PHONE_WIDTH)
    page.goto(invoice["verify_url"])
    expect(page.get_by_role("heading")).to_have_text(genuine)
    expect(page.locator(".standing")).to_have_text(unpaid)
    expect(page.get_by_text(invoice["invoice_number"])).to_be_visible()
    happen(system, bought, "paid")
    page.reload()
    expect(page.locator(".standing")).to_have_text(paid)
    page.get_by_role("link", name="العربية" if language == "en" else "English").click()
    expect(page.locator(".standing")).to_have_text("مدفوعة" if language == "en" else "PAID")


@pytest.mark.parametrize(("language", "unknown"), [("en", "There is no such invoice"), ("ar", "لا توجد فاتورة بهذا الرمز")])
def test_a_code_that_is_none_of_ours_is_called_unknown(visits: Visits, system: System, language: str, unknown: str) -> None:
    page = visits.window(language)
    page.goto(f"{system.base_url}/invoices/verify/somebody-elses-code")
    expect(page.get_by_role("heading")).to_have_text(unknown)
    expect(page.locator(".standing")).to_have_count(0)
