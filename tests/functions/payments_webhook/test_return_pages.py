"""The pages that a payer comes back to, as they go over the wire; tests/browser looks at them."""

from decimal import Decimal

import pytest
import requests

from tests.functions.invoices.purchases import SANDBOX, Purchase, happen, purchase
from tests.functions.payments_webhook.pages import ADDRESSES, TITLES, Outline, faces, page, ten_seconds_pass
from tests.support import database
from tests.support.clients import CALL_SECONDS, Client, System
from tests.support.currencies import CURRENCY, as_told
from tests.support.people import Person, make_person
from tests.support.waiting import APP_GIVES_UP_SECONDS, waits_for_the_gateway


def test_every_address_tells_the_truth_whatever_it_is_called(system: System, bought: Purchase) -> None:
    assert faces(system, bought.token) == {"pending"}
    happen(system, bought, "failed")
    for address in ADDRESSES:
        ten_seconds_pass(system, bought)
        assert Outline(page(system, address, bought.token, "&lang=en").text).heading == TITLES["failed"]
    happen(system, bought, "paid")
    assert faces(system, bought.token) == {"paid"}


@pytest.mark.parametrize("earlier", [None, "failed", "expired"])
def test_a_payment_whose_webhook_was_lost_is_looked_up_when_the_payer_comes_back(
    system: System, bought: Purchase, customer: Person, earlier: str | None
) -> None:
    if earlier:
        happen(system, bought, earlier)
    happen(system, bought, "paid", deliver=False)
    assert Outline(page(system, "fail", bought.token, "&lang=en").text).heading == TITLES["paid"]
    assert customer.client.get(f"/api/orders/{bought.order_id}").json["payment_status"] == "PAID"


def test_money_that_does_not_fit_is_said_to_have_arrived_and_not_to_be_paid_again(system: System, bought: Purchase) -> None:
    happen(system, bought, "paid", amount="10.00")
    reply = page(system, "success", bought.token, "&lang=en")
    outline = Outline(reply.text)
    assert (outline.heading, outline.refresh) == (TITLES["review"], "")
    assert "do not pay again" in reply.text


@pytest.mark.parametrize("status", ["PENDING", "EXPIRED"])
def test_a_payment_whose_answers_can_not_be_read_is_called_neither_paid_nor_unpaid(
    system: System, bought: Purchase, status: str
) -> None:
    database.run(
        system.database_url,
        "update payments set status = :status, review_reason = 'ANSWER_UNREADABLE' where id = :id",
        status=status,
        id=bought.payment_id,
    )
    assert faces(system, bought.token) == {"pending"}


def test_a_payment_that_was_returned_is_not_called_paid(system: System, bought: Purchase, admin: Person) -> None:
    happen(system, bought, "paid")
    refund = {"reason": "called off", "destination": "wallet"}
    assert admin.client.post(f"/api/orders/{bought.order_id}/refund", refund).json["status"] == "COMPLETED"
    assert faces(system, bought.token) == {"refunded"}


@pytest.mark.parametrize(("action", "face"), [("refund", "refunded"), ("reject", "rejected")])
def test_what_a_person_decided_about_a_payment_stays(
    system: System, bought: Purchase, admin: Person, action: str, face: str
) -> None:
    happen(system, bought, "paid", amount="10.00")
    reply = admin.client.post(f"/api/payments/{bought.payment_id}/resolve", {"action": action, "note": "short"})
    assert reply.status == 200, reply.text
    assert faces(system, bought.token) == {face}
    assert admin.client.get(f"/api/payments/status/{bought.payment_id}").json["resolution"] == reply.json["resolution"]


@pytest.mark.parametrize(
    ("event", "refresh", "button"),
    [
        (None, "5", "fail"),
        ("paid", "3;url=altayarvip://payment/success?payment_id={id}", "success"),
        ("failed", "3;url=altayarvip://payment/fail?payment_id={id}", "fail"),
    ],
)
def test_a_page_leads_on_to_the_app_and_a_pending_one_looks_again(
    system: System, bought: Purchase, event: str | None, refresh: str, button: str
) -> None:
    if event:
        happen(system, bought, event)
    outline = Outline(page(system, "pending", bought.token).text)
    assert outline.refresh == refresh.format(id=bought.payment_id)
    assert outline.links[0] == f"altayarvip://payment/{button}?payment_id={bought.payment_id}"


def test_the_page_says_which_order_and_how_much(system: System, bought: Purchase) -> None:
    text = page(system, "success", bought.token).text
    assert f'<bdi dir="ltr">{bought.order_number}</bdi>' in text
    assert f'<bdi dir="ltr">{Decimal(as_told("2814.66")):,} {CURRENCY}</bdi>' in text


@pytest.mark.parametrize("mode", ["timeout", "error", "garbage"])
def test_while_the_gateway_is_out_the_page_says_pending_before_the_payer_gives_up(
    system: System, bought: Purchase, outage: Client, mode: str
) -> None:
    happen(system, bought, "paid", deliver=False)
    outage.post(f"{SANDBOX}/outage", {"mode": mode})
    url = f"{system.base_url}/payment/success?token={bought.token}&lang=en"
    with waits_for_the_gateway(system) as waits:
        response = requests.get(url, timeout=CALL_SECONDS)
    assert (len(waits), sum(waits) < APP_GIVES_UP_SECONDS) == (mode == "timeout", True)
    assert Outline(response.text).heading == TITLES["pending"]
    outage.post(f"{SANDBOX}/outage", {"mode": "ok"})
    ten_seconds_pass(system, bought)
    assert Outline(page(system, "success", bought.token, "&lang=en").text).heading == TITLES["paid"]


@pytest.mark.parametrize(
    "query",
    ["", "?token=", "?token=unknown", "?invoice_id={gateway}&invoice_key=x&payment_id={payment}", "?token={payment}"],
)
def test_a_payment_is_found_by_its_token_and_by_nothing_else(system: System, bought: Purchase, query: str) -> None:
    happen(system, bought, "paid")
    query = query.format(gateway=bought.gateway_invoice_id, payment=bought.payment_id)
    for address in ADDRESSES:
        reply = Client(system.base_url).get(f"/payment/{address}{query}", headers={"Accept-Language": "en"})
        outline = Outline(reply.text)
        assert (reply.status, outline.heading, outline.refresh) == (404, TITLES["unknown"], "")
        assert bought.order_number not in reply.text
        assert bought.payment_id not in reply.text


def test_the_gateways_own_ids_in_the_address_change_nothing(
    system: System, bought: Purchase, employee: Person, other_customer: Person
) -> None:
    other = purchase(system, employee, other_customer)
    happen(system, other, "paid")
    query = f"&invoice_id={other.gateway_invoice_id}&payment_id={other.payment_id}&status=paid&invoice_status=paid&lang=en"
    reply = page(system, "success", bought.token, query)
    assert Outline(reply.text).heading == TITLES["pending"]
    assert bought.order_number in reply.text
    assert other.order_number not in reply.text


@pytest.mark.parametrize(
    "attack",
    [
        "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "'%20onmouseover='alert(1)",
        "x%26lang=ar%22%20onload=%22alert(1)",
        "javascript:alert(1)",
        "%0d%0aSet-Cookie:%20a=alert(1)",
        "%E2%80%AEalert(1)",
        "%00alert(1)",
        "%ED%A0%80alert(1)",
        "alert(1)" * 12,
        "alert(1)" * 500,
    ],
)
def test_what_stands_in_the_token_or_the_language_is_never_given_back(system: System, attack: str) -> None:
    for query in (f"token={attack}", f"token=x&lang={attack}", f"token=x&token={attack}", f"x={attack}"):
        reply = Client(system.base_url).get(f"/payment/success?{query}")
        assert reply.status in (404, 422)
        assert "Set-Cookie" not in reply.headers
        if reply.headers["Content-Type"].startswith("text/html"):
            assert "alert" not in reply.text
            assert "script" not in Outline(reply.text).tags


def test_a_language_that_there_is_not_is_refused(system: System, bought: Purchase) -> None:
    assert page(system, "success", bought.token, "&lang=fr").status == 422


@pytest.mark.parametrize(
    ("users", "query", "accepted", "language"),
    [
        ("en", "", "ar", "en"),
        ("ar", "", "en", "ar"),
        ("ar", "&lang=en", "ar", "en"),
        ("en", "&lang=ar", "en", "ar"),
    ],
)
def test_the_page_speaks_the_language_asked_for_or_the_payers(
    system: System, employee: Person, users: str, query: str, accepted: str, language: str
) -> None:
    payer = make_person(system, "CUSTOMER", language=users)
    bought = purchase(system, employee, payer)
    outline = Outline(page(system, "success", bought.token, query, **{"Accept-Language": accepted}).text)
    assert (outline.root["lang"], outline.root["dir"]) == (language, "rtl" if language == "ar" else "ltr")
    other = "en" if language == "ar" else "ar"
    assert outline.links[1] == f"/payment/success?token={bought.token}&lang={other}"


@pytest.mark.parametrize(("accepted", "language"), [("en-US,en;q=0.9", "en"), ("ar-EG", "ar"), ("fr", "ar"), ("", "ar")])
def test_without_a_payment_the_browsers_language_counts(system: System, accepted: str, language: str) -> None:
    outline = Outline(page(system, "success", "unknown", **{"Accept-Language": accepted}).text)
    assert outline.root["lang"] == language


def test_the_pages_may_run_and_load_nothing_and_are_kept_by_nobody(system: System, bought: Purchase) -> None:
    for address in ADDRESSES:
        reply = page(system, address, bought.token)
        policy = reply.headers["Content-Security-Policy"]
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        # The token opens the page: it must not go on to another site, nor stay in a cache.
        assert (reply.headers["Cache-Control"], reply.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert not {"script", "iframe", "img", "link"} & set(Outline(reply.text).tags)


def test_head_answers_as_get_does(system: System, bought: Purchase) -> None:
    client = Client(system.base_url)
    assert client.call("HEAD", f"/payment/success?token={bought.token}").status == 200
    assert client.call("HEAD", "/payment/success?token=unknown").status == 404


def test_a_late_payment_of_a_cancelled_order_that_was_rejected_is_not_called_complete(
    system: System, bought: Purchase, employee: Person, admin: Person
) -> None:
    assert employee.client.post(f"/api/orders/{bought.order_id}/cancel", {}).status == 200
    happen(system, bought, "paid")
    assert faces(system, bought.token) == {"review"}
    rejected(admin, bought)
    assert faces(system, bought.token) == {"rejected"}


def test_a_late_payment_of_an_order_that_another_has_paid_and_that_was_rejected_is_not_called_complete(
    system: System, bought: Purchase, customer: Person, admin: Person
) -> None:
    pays_another_way(system, bought, customer)
    happen(system, bought, "paid")
    rejected(admin, bought)
    outline = Outline(page(system, "success", bought.token, "&lang=en").text)
    assert (outline.heading, outline.refresh) == (TITLES["rejected"], "")
    assert outline.links[0] == f"altayarvip://payment/fail?payment_id={bought.payment_id}"


def test_a_short_late_payment_that_was_rejected_is_not_called_complete_although_its_order_is_paid(
    system: System, bought: Purchase, customer: Person, admin: Person
) -> None:
    happen(system, bought, "paid", amount="10.00")
    rejected(admin, bought)
    pays_another_way(system, bought, customer)
    assert faces(system, bought.token) == {"rejected"}


def rejected(admin: Person, bought: Purchase) -> None:
    reply = admin.client.post(f"/api/payments/{bought.payment_id}/resolve", {"action": "reject", "note": "late"})
    assert reply.status == 200, reply.text


def pays_another_way(system: System, bought: Purchase, customer: Person) -> None:
    """Let a newer attempt pay the order."""
    newer = customer.client.post(f"/api/orders/{bought.order_id}/pay", {"payment_method_id": 3})
    assert newer.status == 200, newer.text
    path = f"{SANDBOX}/invoices/{newer.json['invoice_id']}/events"
    assert Client(system.base_url).post(path, {"event": "paid"}).status == 200
