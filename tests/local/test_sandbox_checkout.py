import pytest
from flask.testing import FlaskClient

from tests.local.sandbox_merchant import (
    Receiver,
    invoice_data,
    opened,
    told,
)


@pytest.mark.parametrize(
    ("choice", "told_as", "target"),
    [
        ("pay", ("paid", "form"), "https://shop.example/s"),
        ("fail", ("failed", "form"), "https://shop.example/f"),
        ("expire", ("expired", "json"), "https://shop.example/p"),
    ],
)
def test_a_choice_at_the_checkout_tells_the_merchant_and_leads_back(
    sandbox: FlaskClient, receiver: Receiver, choice: str, told_as: tuple[str, str], target: str
) -> None:
    data = opened(sandbox)
    answer = sandbox.post(f"/checkout/{data['invoice_key']}/{choice}")
    assert (answer.status_code, answer.headers["Location"]) == (303, target)
    (event,) = receiver.events
    assert (event.kind, event.encoding) == told_as
    assert invoice_data(sandbox, data["invoice_id"])["paid"] == int(choice == "pay")


def test_an_address_with_json_in_it_is_sent_json(sandbox: FlaskClient, receiver: Receiver) -> None:
    data = opened(sandbox, redirectionUrls={"webhookUrl": f"{receiver.url}/hook_json"})
    answer = sandbox.post(f"/checkout/{data['invoice_key']}/pay")
    assert receiver.events[0].encoding == "json"
    assert answer.headers["Location"] == f"/checkout/{data['invoice_key']}"


def test_a_paid_invoice_is_not_paid_again_at_the_checkout(sandbox: FlaskClient, receiver: Receiver) -> None:
    data = opened(sandbox)
    for choice in ("pay", "pay", "expire"):
        answer = sandbox.post(f"/checkout/{data['invoice_key']}/{choice}")
        assert answer.headers["Location"] == "https://shop.example/s"
    assert len(receiver.events) == 1
    page = sandbox.get(f"/checkout/{data['invoice_key']}").text
    assert "This invoice has been paid." in page
    assert "<button" not in page


def test_the_checkout_speaks_both_languages(sandbox: FlaskClient) -> None:
    key = opened(sandbox, lang="ar")["invoice_key"]
    arabic = sandbox.get(f"/checkout/{key}").text
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "ادفع" in arabic
    english = sandbox.get(f"/checkout/{key}?lang=en").text
    assert '<html lang="en" dir="ltr">' in english
    assert all(words in english for words in ("AltayarVIP", "100.00 EGP", ">Pay<", ">Fail<", ">Let it expire<"))
    assert sandbox.get(f"/checkout/{key}?lang=xx").text == arabic


def test_pages_work_where_the_sandbox_is_mounted(sandbox: FlaskClient) -> None:
    key = opened(sandbox)["invoice_key"]
    page = sandbox.get(f"/checkout/{key}", environ_overrides={"SCRIPT_NAME": "/sandbox/fawaterk"}).text
    assert f'action="/sandbox/fawaterk/checkout/{key}/pay"' in page
    assert "src=" not in page
    assert "<script" not in page


def test_an_unknown_checkout_is_404(sandbox: FlaskClient) -> None:
    assert sandbox.get("/checkout/nobody").status_code == 404
    assert sandbox.post(f"/checkout/{opened(sandbox)['invoice_key']}/steal").status_code == 404


def test_the_front_page_lists_invoices_and_the_outage(sandbox: FlaskClient) -> None:
    assert "No invoice has been opened yet." in sandbox.get("/").text
    data = opened(sandbox)
    sandbox.post("/outage", json={"mode": "error"})
    page = sandbox.get("/").text
    assert f"/checkout/{data['invoice_key']}" in page
    assert "<strong>error</strong>" in page
    assert [row["invoice_id"] for row in told(sandbox.get("/invoices"))] == [str(data["invoice_id"])]
