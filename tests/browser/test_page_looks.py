"""What a person can read: nothing sticks out of a phone's screen, no text is too pale, in light and in dark."""

import pytest

from tests.browser.visits import DESK_WIDTH, PHONE_WIDTH, Scheme, Visits
from tests.functions.invoices.purchases import SANDBOX, Purchase, happen, purchase
from tests.support.clients import System
from tests.support.people import make_person

pytestmark = pytest.mark.browser

LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA, for text of any size

# The texts that do not stand out enough from the ground they are on, each with its contrast.
PALE_TEXTS = """least => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const part = value => value <= 10.31 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([red, green, blue]) => 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  const isOpaque = colour => (numbers(colour)[3] ?? 1) === 1;
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (isOpaque(colour)) return numbers(colour);
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.data.trim());
    if (!text.join("")) continue;
    const [one, other] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < least) pale.push(`${text.join(" ")}: ${contrast.toFixed(2)}`);
  }
  return pale;
}"""
# What reaches beyond the window's sides, but for what can be scrolled inside its own box.
STICKING_OUT = """() => [...document.body.querySelectorAll("*")].filter(element => {
  const box = element.getBoundingClientRect();
  return !element.closest(".wide") && (box.left < -0.5 || box.right > innerWidth + 0.5 || element.scrollWidth > innerWidth);
}).map(element => element.outerHTML)"""


# How far from the left each digit of every invoice number, order number and amount stands.
PLACES_OF_DIGITS = """() => {
  const place = (node, position) => {
    const range = document.createRange();
    range.setStart(node, position);
    range.setEnd(node, position + 1);
    return range.getBoundingClientRect().left;
  };
  return [...document.querySelectorAll("bdi")].map(element => element.firstChild)
    .filter(node => /-\\d{4}-|\\.\\d\\d/.test(node.data))
    .map(node => [...node.data.matchAll(/\\d/g)].map(digit => place(node, digit.index)));
}"""


@pytest.fixture(scope="module")
def addresses(system: System) -> dict[str, str]:
    """An address for every page that a person may see."""
    staff, payer = make_person(system, "EMPLOYEE"), make_person(system, "CUSTOMER")

    def bought(event: str | None, **details: str) -> Purchase:
        one = purchase(system, staff, payer)
        if event:
            happen(system, one, event, **details)
        return one

    scenes = {
        "pending": bought(None),
        "paid": bought("paid"),
        "failed": bought("failed"),
        "review": bought("paid", amount="10.00"),
        "rejected": bought("paid", amount="10.00"),
    }
    decision = f"/api/payments/{scenes['rejected'].payment_id}/resolve"
    decided = make_person(system, "ADMIN").client.post(decision, {"action": "reject", "note": "short"})
    assert decided.status == 200, decided.text
    found = {name: f"{system.base_url}/payment/success?token={one.token}" for name, one in scenes.items()}
    found["unknown payment"] = f"{system.base_url}/payment/success?token=x"
    for name in ("paid", "pending"):
        invoice = staff.client.get(f"/api/orders/{scenes[name].order_id}/invoice").json
        found[f"invoice of {name}"] = f"{invoice['verify_url']}?"
        found[f"checkout of {name}"] = f"{scenes[name].payment_url}?"
    found["unknown invoice"] = f"{system.base_url}/invoices/verify/x?"
    found["sandbox"] = f"{system.base_url}{SANDBOX}/?"
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE_WIDTH, DESK_WIDTH])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_page_can_be_read_and_fits_its_window(
    visits: Visits, addresses: dict[str, str], language: str, width: int, scheme: Scheme
) -> None:
    page = visits.window(language, width=width, scheme=scheme)
    for name, address in addresses.items():
        page.goto(f"{address}&lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(STICKING_OUT) == [], name
        assert page.evaluate(PALE_TEXTS, LEAST_CONTRAST) == [], name


@pytest.mark.parametrize("language", ["ar", "en"])
def test_numbers_and_amounts_keep_their_order_in_both_languages(
    visits: Visits, addresses: dict[str, str], language: str
) -> None:
    page = visits.window(language)
    for name in ("paid", "checkout of paid", "invoice of paid"):
        page.goto(f"{addresses[name]}&lang={language}")
        places = page.evaluate(PLACES_OF_DIGITS)
        assert places, name
        for lefts in places:
            assert lefts == sorted(lefts), name
