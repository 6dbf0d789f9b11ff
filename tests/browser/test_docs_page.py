import json

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from tests.browser.visits import PHONE_WIDTH, Visits
from tests.support.clients import System

pytestmark = pytest.mark.browser

METHODS = {"get", "post", "put", "patch", "delete"}


def opened_docs(visits: Visits, system: System, *, width: int = 1100) -> Page:
    page = visits.window(width=width)
    page.goto(f"{system.base_url}/docs")
    expect(page.locator(".opblock").first).to_be_visible()
    return page


def operation(page: Page, path: str) -> Locator:
    return page.locator(".opblock", has=page.locator(f'[data-path="{path}"]'))


def test_every_operation_is_on_the_page_and_nothing_goes_wrong_in_it(visits: Visits, system: System) -> None:
    described = json.loads(requests.get(f"{system.base_url}/openapi.json", timeout=10).content)
    operations = [(path, method) for path, item in described["paths"].items() for method in METHODS & item.keys()]
    page = opened_docs(visits, system)
    expect(page.locator(".opblock")).to_have_count(len(operations))
    shown = page.locator(".opblock-summary").evaluate_all(
        "all => all.map(one => [one.querySelector('[data-path]').dataset.path, one.innerText.split('\\n')[0].toLowerCase()])"
    )
    assert sorted(map(tuple, shown)) == sorted(operations)
    assert visits.errors == []


def test_a_call_can_be_tried_under_the_pages_own_policy(visits: Visits, system: System) -> None:
    page = opened_docs(visits, system)
    health = operation(page, "/health")
    health.locator(".opblock-summary-control").click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()
    answer = health.locator(".live-responses-table tbody")
    expect(answer.locator("td.response-col_status")).to_contain_text("200")
    expect(answer).to_contain_text('"healthy"')
    assert visits.errors == []


def test_a_token_can_be_given_to_try_what_needs_one(visits: Visits, system: System) -> None:
    page = opened_docs(visits, system)
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".modal-ux input").first.fill("no-token-of-ours")
    page.locator(".modal-ux").get_by_role("button", name="Apply credentials").click()
    page.locator(".modal-ux").get_by_role("button", name="Close").first.click()
    profile = operation(page, "/api/auth/me").first
    profile.locator(".opblock-summary-control").click()
    profile.get_by_role("button", name="Try it out").click()
    with page.expect_request(f"{system.base_url}/api/auth/me") as asked:
        profile.get_by_role("button", name="Execute").click()
    assert asked.value.headers["authorization"] == "Bearer no-token-of-ours"
    expect(profile.locator(".live-responses-table tbody td.response-col_status")).to_contain_text("401")


def test_the_page_fits_a_phone(visits: Visits, system: System) -> None:
    page = opened_docs(visits, system, width=PHONE_WIDTH)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH
