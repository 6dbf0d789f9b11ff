"""What a sender, a proxy or the gateway's next release writes otherwise: accepted where the signature holds, else kept."""

import gzip
import json
import secrets as randomness
from typing import Any
from urllib.parse import urlencode

import pytest

from functions.payments_webhook import webhook as webhook_module
from lib import secrets
from lib.fawaterk.signatures import sign
from lib.gateway_events.records import Allowance
from tests.support.clients import Client, Reply, System
from tests.support.functions import client_of
from tests.support.money import WEBHOOK, Attempt, Desk, Statuses, open_desk
from tests.support.refunds import dashboard_refund, decide

SETTLED = Statuses("PAID", "PAID", "PAID", "342.00")
ANY, NONE = Allowance(of_one=1_000_000, of_all=1_000_000), Allowance(of_one=0, of_all=0)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def post(desk: Desk, body: bytes, content_type: str = JSON, path: str = WEBHOOK, **headers: str) -> Reply:
    given = {"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Client(desk.system.base_url).call("POST", path, data=body, headers=given)


def paid(desk: Desk) -> tuple[Attempt, dict[str, Any]]:
    """A payment that is paid at the gateway, and the signed event of that, which was not sent yet."""
    attempt = desk.attempt()
    return attempt, desk.webhook(attempt.invoice_id, "paid")


def as_form(event: dict[str, Any]) -> str:
    return urlencode({name: value for name, value in event.items() if isinstance(value, str | int)})


@pytest.mark.parametrize("end", ["", "/", "_json", "_json/"])
def test_a_webhook_is_taken_at_each_address_that_people_enter(desk: Desk, end: str) -> None:
    attempt, event = paid(desk)
    assert post(desk, json.dumps(event).encode(), path=WEBHOOK + end).json["status"] == "processed"
    assert desk.statuses(attempt) == SETTLED


@pytest.mark.parametrize(
    "shape",
    ["byte order mark", "doubled", "trailing", "upper-case hash", "compressed", "latin-1 named", "unnamed compression"],
)
def test_a_signed_body_in_another_dress_is_settled(desk: Desk, shape: str) -> None:
    attempt, event = paid(desk)
    raw, form = json.dumps(event).encode(), as_form(event)
    reply = {
        "byte order mark": lambda: post(desk, b"\xef\xbb\xbf" + raw),
        "doubled": lambda: post(desk, form.replace("&", "&&").encode(), FORM),
        "trailing": lambda: post(desk, f"{form}&\n".encode(), FORM),
        "upper-case hash": lambda: post(desk, json.dumps(event | {"hashKey": event["hashKey"].upper()}).encode()),
        "compressed": lambda: post(desk, gzip.compress(raw), Content_Encoding="gzip"),
        "latin-1 named": lambda: post(desk, form.encode(), f"{FORM}; charset=ISO-8859-1"),
        "unnamed compression": lambda: post(desk, gzip.compress(form.encode()), FORM),
    }[shape]()
    assert (reply.status, reply.json["status"]) == (200, "processed")
    assert desk.statuses(attempt) == SETTLED
    assert desk.log(invoice_id=attempt.invoice_id)[0]["hash_held"] is True


def test_a_body_that_would_expand_beyond_the_limit_is_too_large(desk: Desk) -> None:
    attempt, event = paid(desk)
    assert post(desk, gzip.compress(json.dumps(event | {"more": "x" * 10_000_000}).encode())).status == 413
    fits = gzip.compress(json.dumps(event | {"more": "x" * 60_000}).encode())
    assert post(desk, fits).json["status"] == "processed"
    assert desk.statuses(attempt) == SETTLED


@pytest.mark.parametrize(
    "broken", [b"\x1f\x8b", b"\x1f\x8bnonsense", gzip.compress(b'{"invoice_id": 1}' * 50, mtime=0)[:-9]]
)
def test_compression_that_breaks_off_is_unreadable(desk: Desk, broken: bytes) -> None:
    assert post(desk, broken).status == 400


@pytest.mark.parametrize("legacy", [{"invoice_id": None, "invoice_key": None}, {"invoice_id": "", "invoice_key": ""}, None])
def test_a_transactions_hash_is_enough_whatever_stands_in_the_legacy_fields(
    desk: Desk, legacy: dict[str, str | None] | None
) -> None:
    attempt = desk.attempt()
    event = desk.webhook(attempt.invoice_id, "paid", shape="v3")
    legacy_ids = {"invoice_id": attempt.invoice_id, "invoice_key": attempt.invoice_key} if legacy is None else legacy
    assert "hashKey" not in event
    assert desk.sent(event | legacy_ids) == "processed"
    assert desk.statuses(attempt) == SETTLED


def test_a_refund_signed_as_150_5_and_sent_as_150_50_is_taken(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    dashboard_refund(desk, attempt.invoice_id, "150.50")
    decide(desk, attempt.invoice_id, deliver=False)
    refund = {"transactionId": attempt.invoice_id, "amount": "150.50", "currency": "EGP", "status": 1}
    signature = sign(f"transactionId={attempt.invoice_id}&amount=150.5&currency=EGP", desk.system.vendor_key)
    assert desk.sent(refund | {"hashKey": signature}) == "review"
    assert desk.payment(attempt)["review_reason"] == "REFUND_REPORTED"


def test_a_signed_event_of_an_unknown_kind_is_kept_and_makes_a_job_look(desk: Desk) -> None:
    attempt, event = paid(desk)
    assert desk.sent(event | {"invoice_status": "captured"}) == "ignored"
    (logged,) = desk.log(invoice_id=attempt.invoice_id)
    assert (logged["kind"], logged["payment_id"], logged["hash_held"]) == ("unknown", attempt.payment_id, True)
    desk.job("reconcile")
    assert desk.statuses(attempt) == SETTLED


def test_a_saved_card_is_kept_without_its_token(desk: Desk) -> None:
    customer, token = randomness.token_hex(8), f"97316733{randomness.randbelow(10**8):08}"
    signature = sign(f"customerUniqueId={customer}&customerCardToken={token}", desk.system.vendor_key)
    card = {"customerUniqueId": customer, "customerCardToken": token, "cardBrand": "VISA", "hashKey": signature}
    assert desk.sent(card) == "ignored"
    kept = desk.run(
        "select body::text from webhook_events where kind = 'card' and body ->> 'customerUniqueId' = :id", id=customer
    )
    assert len(kept) == 1
    assert token not in kept[0][0]


@pytest.mark.parametrize("shape", ["a wrong hash", "a field twice", "broken JSON", "a form of another charset"])
def test_what_carries_a_signature_that_does_not_hold_is_turned_away_but_kept_without_secrets(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    for limit in ("MOST_REFUSED", "MOST_KEPT"):
        monkeypatch.setattr(webhook_module, limit, ANY)
    mark, api_key = randomness.token_hex(8), secrets.newest(secrets.FAWATERK_API_KEY)
    event = {"invoice_id": mark, "invoice_key": "k", "payment_method": api_key, "hashKey": "0" * 64}
    event |= {
        "invoice_status": "paid",
        "paymentToken": "s3cret",
        "api_key": "s3cret",
        "pay_load": '{"card_token": "s3cret"}',
    }
    body, status = {
        "a wrong hash": (json.dumps(event).encode(), 401),
        "a field twice": (f"{urlencode(event)}&invoice_id=2".encode(), 400),
        "broken JSON": (json.dumps(event).encode()[:-1], 400),
        "a form of another charset": (f"{urlencode(event)}&a=%ff".encode(), 400),
    }[shape]
    assert client_of("payments_webhook").post(WEBHOOK, data=body).status_code == status
    kept = desk.run(
        "select body ->> 'text' from webhook_events where not hash_held and body::text like :mark", mark=f"%{mark}%"
    )
    assert len(kept) == 1
    assert "0" * 64 in kept[0][0]
    assert "s3cret" not in kept[0][0]
    assert api_key not in kept[0][0]


def test_what_is_kept_of_junk_is_short_and_of_few_a_minute(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_module, "MOST_REFUSED", ANY)
    mark = randomness.token_hex(8)
    for most, kept in ((ANY, 1), (NONE, 1)):
        monkeypatch.setattr(webhook_module, "MOST_KEPT", most)
        junk = json.dumps({"mark": mark, "nonce": randomness.token_hex(8), "hashKey": "0" * 64, "more": "x" * 50_000})
        assert client_of("payments_webhook").post(WEBHOOK, data=junk.encode()).status_code in {400, 401}
        rows = desk.run("select length(body::text) from webhook_events where body::text like :mark", mark=f"%{mark}%")
        assert len(rows) == kept
        assert rows[0][0] < webhook_module.LONGEST_KEPT + 100
