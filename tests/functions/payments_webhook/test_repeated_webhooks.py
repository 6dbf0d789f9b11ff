"""The same webhook again: it is looked at anew, but a storm of repeats costs the gateway no more than one look in 10 s."""

from typing import Any
from uuid import uuid4

import pytest

from lib.gateway_events import repeats
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
    attempt, webhook = settled
    assert [desk.sent(webhook) for _ in range(6)] == ["already_processed"] * 6
    assert [entry["outcome"] for entry in desk.log(invoice_id=attempt.invoice_id)] == ["already_processed", "processed"]


def test_the_first_repeat_after_a_payment_was_settled_is_looked_at(desk: Desk, settled: Settled) -> None:
    attempt, webhook = settled
    desk.unpay(attempt.invoice_id)
    assert desk.sent(webhook) == "review"
    assert desk.payment(attempt)["review_reason"] == "REFUND_REPORTED"


def test_every_repeat_is_looked_at_while_a_person_has_to_decide(desk: Desk, settled: Settled) -> None:
    attempt, webhook = settled
    desk.unpay(attempt.invoice_id)
    for _ in range(3):
        desk.sent(webhook)
    assert len(desk.log(invoice_id=attempt.invoice_id)) == 4


def test_what_is_remembered_is_forgotten_after_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    digest, outcome, now = "a digest", Outcome("already_processed", "the payment is PAID", uuid4()), 1_000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    repeats.remember(digest, outcome)
    now += 9.9
    assert repeats.recall(digest) == outcome
    now += 0.2
    assert repeats.recall(digest) is None


def test_so_much_is_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "_MOST_REMEMBERED", 2)
    outcome = Outcome("already_processed", "the payment is PAID", uuid4())
    for digest in ("first", "second", "third"):
        repeats.remember(digest, outcome)
    assert [repeats.recall(digest) for digest in ("first", "second", "third")] == [None, outcome, outcome]
