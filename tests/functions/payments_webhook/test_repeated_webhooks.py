"""The same webhook again: it is looked at anew, but a storm of repeats costs the gateway no more than one look in 10 s."""

from collections import Counter, OrderedDict
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from lib.gateway_events import repeats
from lib.gateway_events.repeats import Known
from lib.outcomes import Outcome
from tests.support.clients import System
from tests.support.money import Attempt, Desk, open_desk

Settled = tuple[Attempt, dict[str, Any]]


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def settled(desk: Desk) -> Settled:
    """A settled attempt, and the webhook that settled it."""
    attempt = desk.attempt()
    webhook, _ = desk.happens(attempt.invoice_id, "paid")
    return attempt, webhook


def test_a_storm_of_repeats_is_one_look(desk: Desk, settled: Settled) -> None:
    _, webhook = settled
    assert desk.sent(webhook) == "already_processed"
    with desk.outage("error"):
        assert [desk.sent(webhook) for _ in range(6)] == ["already_processed"] * 6


def test_each_repeat_of_a_storm_is_logged(desk: Desk, settled: Settled) -> None:
    attempt, webhook = settled
    with ThreadPoolExecutor(8) as senders:
        assert set(senders.map(lambda _: desk.sent(webhook), range(24))) == {"already_processed"}
    logged = desk.log(invoice_id=attempt.invoice_id)
    assert Counter(entry["outcome"] for entry in logged) == {"already_processed": 24, "processed": 1}
    assert len({entry["id"] for entry in logged}) == 25
    assert {(entry["hash_held"], entry["payment_id"]) for entry in logged} == {(True, attempt.payment_id)}


def test_the_first_repeat_after_a_payment_was_settled_is_looked_at(desk: Desk, settled: Settled) -> None:
    attempt, webhook = settled
    desk.unpay(attempt.invoice_id)
    assert desk.sent(webhook) == "review"
    assert desk.payment(attempt)["review_reason"] == "REFUND_REPORTED"


def test_every_repeat_is_logged_while_a_person_has_to_decide(desk: Desk, settled: Settled) -> None:
    attempt, webhook = settled
    desk.unpay(attempt.invoice_id)
    for _ in range(3):
        desk.sent(webhook)
    assert len(desk.log(invoice_id=attempt.invoice_id)) == 4


def test_a_storm_about_a_payment_that_waits_for_a_person_is_one_look_after_the_first(desk: Desk) -> None:
    attempt = desk.attempt()
    webhook, _ = desk.happens(attempt.invoice_id, "paid", amount="8")
    assert desk.sent(webhook) == "already_processed"
    with desk.outage("error"):
        assert [desk.sent(webhook) for _ in range(6)] == ["already_processed"] * 6
    assert len(desk.log(invoice_id=attempt.invoice_id)) == 8


def test_a_storm_about_money_that_went_back_is_one_look_after_the_first(desk: Desk, settled: Settled) -> None:
    attempt, webhook = settled
    desk.unpay(attempt.invoice_id)
    assert [desk.sent(webhook) for _ in range(2)] == ["review", "already_processed"]
    with desk.outage("error"):
        assert [desk.sent(webhook) for _ in range(6)] == ["already_processed"] * 6


def test_what_is_remembered_is_forgotten_after_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    digest, known, now = "a digest", some_known(), 1_000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    repeats.remember(digest, known)
    now += 9.9
    assert repeats.recall(digest) == known
    now += 0.2
    assert repeats.recall(digest) is None


def test_so_much_is_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_MOST_REMEMBERED", 2)
    monkeypatch.setattr(repeats, "_remembered", OrderedDict())
    known = some_known()
    for digest in ("first", "second", "third"):
        repeats.remember(digest, known)
    assert [repeats.recall(digest) for digest in ("first", "second", "third")] == [None, known, known]


def some_known() -> Known:
    return Known(uuid4(), Outcome("already_processed", "the payment is PAID", uuid4()))
