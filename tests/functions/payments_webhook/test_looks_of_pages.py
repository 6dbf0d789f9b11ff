"""What a return page asks the gateway, how often, and what it says as long as nobody knows."""

import re

from tests.functions.invoices.purchases import SANDBOX, Purchase, happen, purchase
from tests.functions.payments_webhook.pages import ADDRESSES, faces, looks_of, page, ten_seconds_pass
from tests.support.clients import Client, System
from tests.support.money import at_once
from tests.support.people import Person


def test_the_pages_of_one_payment_ask_the_gateway_once_in_ten_seconds_whoever_opens_them(
    system: System, bought: Purchase
) -> None:
    replies = at_once(*[lambda: page(system, "success", bought.token)] * 8)
    replies += [page(system, address, bought.token) for address in ADDRESSES]
    assert {reply.status for reply in replies} == {200}
    assert looks_of(system, bought) == 1
    ten_seconds_pass(system, bought)
    page(system, "fail", bought.token)
    assert looks_of(system, bought) == 2


def test_one_payment_s_look_keeps_no_other_from_being_looked_at(
    system: System, bought: Purchase, employee: Person, other_customer: Person
) -> None:
    other = purchase(system, employee, other_customer)
    for one in (bought, other):
        happen(system, one, "paid", deliver=False)
    assert faces(system, bought.token) == faces(system, other.token) == {"paid"}


def test_that_nothing_was_paid_is_said_only_once_the_gateway_has_said_so(
    system: System, bought: Purchase, outage: Client
) -> None:
    happen(system, bought, "failed")
    happen(system, bought, "paid", deliver=False)
    outage.post(f"{SANDBOX}/outage", {"mode": "error"})
    assert faces(system, bought.token) == {"pending"}
    outage.post(f"{SANDBOX}/outage", {"mode": "ok"})
    assert faces(system, bought.token) == {"pending"}
    ten_seconds_pass(system, bought)
    assert faces(system, bought.token) == {"paid"}


def test_a_page_of_failures_is_sure_for_ten_seconds_and_the_others_wait_for_the_next_look(
    system: System, bought: Purchase
) -> None:
    happen(system, bought, "failed")
    said = [page(system, address, bought.token).text for address in ("fail", "fail", "success", "pending")]
    states = [re.findall(r'<main class="(\w+)"', text) for text in said]
    assert states == [["failed"], ["failed"], ["pending"], ["pending"]]
