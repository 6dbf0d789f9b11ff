"""However a browser is sent on to a return page: by POST, or with more in the address than we put there."""

import pytest
import requests

from tests.functions.invoices.purchases import Purchase, happen
from tests.functions.payments_webhook.pages import TITLES, Outline, page
from tests.support.clients import CALL_SECONDS, System


@pytest.mark.parametrize("body", [None, {"status": "paid"}, "invoice_id=7&token=x", "{", "x" * 2_000_000])
@pytest.mark.parametrize("event", [None, "paid"])
def test_post_answers_as_get_does_whatever_the_body_says(
    system: System, bought: Purchase, event: str | None, body: object
) -> None:
    if event:
        happen(system, bought, event)
    url = f"{system.base_url}/payment/fail?token={bought.token}&lang=en"
    sent = {"json": body} if isinstance(body, dict) else {"data": body}
    posted = requests.post(url, timeout=CALL_SECONDS, **sent)
    gotten = requests.get(url, timeout=CALL_SECONDS)
    assert (posted.status_code, posted.text) == (200, gotten.text)
    assert posted.headers["Content-Type"] == "text/html; charset=utf-8"
    assert Outline(posted.text).heading == TITLES["paid" if event else "pending"]


def test_a_post_without_a_token_finds_nothing(system: System, bought: Purchase) -> None:
    url = f"{system.base_url}/payment/success"
    posted = requests.post(url, data={"token": bought.token}, headers={"Accept-Language": "en"}, timeout=CALL_SECONDS)
    assert (posted.status_code, Outline(posted.text).heading) == (404, TITLES["unknown"])


@pytest.mark.parametrize(
    "appended",
    [
        "?invoice_id=7",
        "?intent_key=x&errorMessage=declined",
        "%3Finvoice_id=7",
        "?errorMessage=" + "declined " * 100,
        "?invoice_id=%00",
        "?token=x",
        "&invoice_id=7?intent_key=x",
    ],
)
def test_what_is_appended_with_a_second_question_mark_does_no_harm(system: System, bought: Purchase, appended: str) -> None:
    happen(system, bought, "paid")
    for query in (appended, f"&lang=en{appended}"):
        reply = page(system, "success", bought.token, query, **{"Accept-Language": "en"})
        assert (reply.status, bought.order_number in reply.text) == (200, True), reply.text
        assert "declined" not in reply.text
