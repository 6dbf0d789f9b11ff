import json
from pathlib import Path
from threading import Barrier

import pytest
from flask.testing import FlaskClient

from lib.fawaterk.events import read_event
from tests.local.sandbox_merchant import (
    VENDOR_KEY,
    Receiver,
    happen,
    invoice_data,
    opened,
    sandbox_at,
    told,
)


@pytest.mark.parametrize("encoding", ["json", "form"])
@pytest.mark.parametrize("shape", ["v2", "v3"])
@pytest.mark.parametrize(
    "names",
    [
        ("paid", "paid"),
        ("failed", "failed"),
        ("expired", "expired"),
        ("cancelled", "cancelled"),
        ("pending", "pending"),
        ("refunded", "refund"),
    ],
)
def test_every_event_arrives_signed_in_both_shapes_and_encodings(
    sandbox: FlaskClient, receiver: Receiver, names: tuple[str, str], shape: str, encoding: str
) -> None:
    event, kind = names
    data = opened(sandbox, payment_method_id=3)
    answer = happen(sandbox, data["invoice_id"], event=event, shape=shape, encoding=encoding)
    assert told(answer)["deliveries"] == [{"status": 200, "body": {"status": "processed"}}]
    (received,) = receiver.events
    assert (received.kind, received.encoding, received.invoice_id) == (kind, encoding, str(data["invoice_id"]))
    assert received.is_genuine(VENDOR_KEY) == (not (event == "refunded" and shape == "v2"))
    if event != "refunded":
        assert received.pay_load == {"payment_id": "p-1"}
    if event in ("expired", "cancelled"):
        assert received.reference == data["payment_data"]["fawryCode"]


def test_the_payload_handed_back_is_the_one_delivered(sandbox: FlaskClient, receiver: Receiver) -> None:
    answer = happen(sandbox, opened(sandbox)["invoice_id"], event="paid")
    assert told(answer)["webhook"] == receiver.events[0].body


def test_an_event_alone_is_one_v2_webhook_in_json_over_the_whole_amount(sandbox: FlaskClient, receiver: Receiver) -> None:
    data = opened(sandbox)
    answer = told(happen(sandbox, data["invoice_id"], event="paid", amount=None, currency=None))
    assert answer.keys() == {"webhook", "deliveries"}
    assert answer["deliveries"] == [{"status": 200, "body": {"status": "processed"}}]
    (event,) = receiver.events
    assert (event.encoding, event.shape, str(event.amount), event.currency) == ("json", "v2", "100.00", "EGP")


def test_a_card_that_expires_carries_a_reference_the_merchant_never_saw(sandbox: FlaskClient, receiver: Receiver) -> None:
    data = opened(sandbox)
    happen(sandbox, data["invoice_id"], event="expired")
    assert receiver.events[0].reference not in (None, str(data["invoice_id"]))


def test_an_event_that_is_not_delivered_changes_the_invoice_all_the_same(sandbox: FlaskClient, receiver: Receiver) -> None:
    data = opened(sandbox)
    answer = happen(sandbox, data["invoice_id"], event="paid", deliver=False)
    assert told(answer)["deliveries"] == []
    assert receiver.received == []
    body = json.dumps(told(answer)["webhook"]).encode()
    assert read_event(body, "application/json").is_genuine(VENDOR_KEY)
    assert invoice_data(sandbox, data["invoice_id"])["paid"] == 1


def test_fifty_deliveries_are_under_way_at_once(sandbox: FlaskClient, receiver: Receiver) -> None:
    receiver.meeting = Barrier(50)  # nobody gets an answer before all fifty have come
    answer = happen(sandbox, opened(sandbox)["invoice_id"], event="paid", times=50)
    assert [delivery["status"] for delivery in told(answer)["deliveries"]] == [200] * 50
    assert len({event.digest for event in receiver.events}) == 1


def test_a_short_payment_in_another_currency_shows_as_it_was_received(sandbox: FlaskClient, receiver: Receiver) -> None:
    invoice_id = opened(sandbox)["invoice_id"]
    happen(sandbox, invoice_id, event="paid", amount="40.50", currency="USD")
    data = invoice_data(sandbox, invoice_id)
    (transaction,) = data["invoice_transactions"]
    assert (data["total"], data["currency"]) == ("100.00", "EGP")
    assert (transaction["transactionAmount"], transaction["transactionCurrency"]) == ("40.50", "USD")
    assert transaction["paidWithIt"] == 1
    assert (str(receiver.events[0].amount), receiver.events[0].currency) == ("40.50", "USD")


@pytest.mark.parametrize("event", ["failed", "expired", "cancelled", "pending"])
def test_a_paid_invoice_stays_paid_though_the_webhook_is_sent(sandbox: FlaskClient, receiver: Receiver, event: str) -> None:
    invoice_id = opened(sandbox)["invoice_id"]
    happen(sandbox, invoice_id, event="paid")
    before = invoice_data(sandbox, invoice_id)
    happen(sandbox, invoice_id, event=event)
    assert len(receiver.events) == 2
    assert invoice_data(sandbox, invoice_id) == before


def test_an_invoice_that_expired_can_still_be_paid(sandbox: FlaskClient) -> None:
    invoice_id = opened(sandbox)["invoice_id"]
    happen(sandbox, invoice_id, event="expired", deliver=False)
    assert invoice_data(sandbox, invoice_id)["status_text"] == "expired"
    happen(sandbox, invoice_id, event="paid", deliver=False)
    assert invoice_data(sandbox, invoice_id)["paid"] == 1


def test_a_failed_attempt_stays_beside_the_payment(sandbox: FlaskClient) -> None:
    invoice_id = opened(sandbox)["invoice_id"]
    for event in ("failed", "paid"):
        happen(sandbox, invoice_id, event=event, deliver=False)
    attempts = invoice_data(sandbox, invoice_id)["invoice_transactions"]
    assert [(attempt["status"], attempt["paidWithIt"]) for attempt in attempts] == [("failed", 0), ("paid", 1)]


def test_the_invoices_own_webhook_address_takes_paid_events_alone(sandbox: FlaskClient, receiver: Receiver) -> None:
    invoice_id = opened(sandbox, redirectionUrls={"webhookUrl": f"{receiver.url}/own"})["invoice_id"]
    for event in ("pending", "failed", "paid"):
        happen(sandbox, invoice_id, event=event)
    assert [path for path, _ in receiver.received] == ["/dashboard", "/dashboard", "/own"]


def test_a_delivery_that_reaches_nobody_says_why(tmp_path: Path) -> None:
    sandbox = sandbox_at(tmp_path / "s.sqlite3", "http://127.0.0.1:1/webhook")
    (delivery,) = told(happen(sandbox, opened(sandbox)["invoice_id"], event="failed"))["deliveries"]
    assert delivery["status"] == 0
    assert "ConnectionError" in delivery["body"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"event": "unheard of"},
        {"event": "paid", "encoding": "xml"},
        {"event": "paid", "shape": "v4"},
        {"event": "paid", "times": 0},
        {"event": "paid", "times": 201},
        {"event": "paid", "amount": "-1"},
        {"event": "paid", "amount": "NaN"},
        {"event": "paid", "currency": "pounds"},
        {"event": "paid", "unheard": 1},
    ],
)
def test_an_event_that_is_not_known_is_refused_in_words(
    sandbox: FlaskClient, receiver: Receiver, event: dict[str, object]
) -> None:
    answer = happen(sandbox, opened(sandbox)["invoice_id"], **event)
    assert answer.status_code == 422
    assert next(iter(event.keys() - {"event"}), "event") in told(answer)["detail"]
    assert receiver.received == []


def test_an_event_of_an_unknown_invoice_is_404(sandbox: FlaskClient) -> None:
    assert happen(sandbox, 1, event="paid").status_code == 404
    assert sandbox.get("/invoices/abc").status_code == 404
