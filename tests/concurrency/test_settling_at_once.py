"""Money that is told of many times at once is counted once, and the lock is why."""

from collections import Counter
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.fawaterk.models import GatewayInvoice
from lib.gateway_events.reconciling import settle_reconciled
from tests.support.clients import Client, System
from tests.support.currencies import CURRENCIES, as_told
from tests.support.locks import fetch_without_lock
from tests.support.money import Attempt, Desk, Statuses, at_once, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.mark.parametrize("currency", CURRENCIES)
def test_fifty_deliveries_of_one_paid_event_settle_once(desk: Desk, currency: str) -> None:
    attempt = desk.attempt(currency=currency)
    _, replies = desk.happens(attempt.invoice_id, "paid", times=50)
    assert [reply.status for reply in replies] == [200] * 50
    assert Counter(reply.json["status"] for reply in replies) == {"processed": 1, "already_processed": 49}
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", as_told("342", currency))
    logged = Counter(one["outcome"] for one in desk.log(invoice_id=attempt.invoice_id))
    # Repeats that came after a look told nothing new are answered from memory and not stored.
    assert (logged.pop("processed"), set(logged)) == (1, {"already_processed"})


def test_many_deliveries_of_a_lost_attempts_event_settle_once(desk: Desk) -> None:
    order_id = desk.order()["id"]
    _, invoice_id = desk.lose_an_attempt(order_id)
    _, replies = desk.happens(invoice_id, "paid", times=12)
    assert Counter(reply.json["status"] for reply in replies) == {"processed": 1, "already_processed": 11}
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "PAID"


@pytest.mark.parametrize("currency", CURRENCIES)
def test_webhook_return_page_job_and_reconcile_at_once_settle_once(desk: Desk, currency: str) -> None:
    attempt = desk.attempt(currency=currency)
    webhook = desk.webhook(attempt.invoice_id, "paid")
    token = desk.run("select return_token from payments where id = :id", id=attempt.payment_id)[0][0]
    desk.make_due(attempt)
    nobody = Client(desk.system.base_url)
    works: list[Any] = [
        lambda: desk.sent(webhook),
        lambda: nobody.get(f"/payment/success?token={token}").status,
        lambda: desk.job("reconcile"),
        lambda: desk.job("expire-payments"),
        lambda: desk.reconcile(attempt),
    ]
    at_once(*works, *works)
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", as_told("342", currency))
    assert desk.payment(attempt)["review_reason"] is None


def test_paid_events_of_two_attempts_of_one_order_at_once_settle_one_and_flag_the_other(desk: Desk) -> None:
    first = desk.attempt(2)
    second = desk.pay(first.order_id, 3)
    webhooks = [desk.webhook(attempt.invoice_id, "paid") for attempt in (first, second)]
    outcomes = at_once(*[lambda webhook=webhook: desk.sent(webhook) for webhook in webhooks])
    assert sorted(outcomes) == ["processed", "review"]
    assert desk.statuses(first) == desk.statuses(second) == Statuses("PAID", "PAID", "PAID", "342.00")
    assert sorted(str(desk.payment(attempt)["review_reason"]) for attempt in (first, second)) == ["None", "SECOND_PAYMENT"]


def test_cancelling_and_paying_at_once_lose_no_money(desk: Desk) -> None:
    attempt = desk.attempt()
    webhook = desk.webhook(attempt.invoice_id, "paid")
    cancel = f"/api/orders/{attempt.order_id}/cancel"
    _, outcome = at_once(lambda: str(desk.employee.client.post(cancel, {}).status), lambda: desk.sent(webhook))
    stands = desk.statuses(attempt)
    assert (outcome, stands.order) in {("processed", "PAID"), ("review", "CANCELLED")}
    assert stands.payment == "PAID"


def test_two_administrators_decide_once(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="100")
    replies = at_once(*[lambda: desk.resolve(attempt, "settle")] * 4)
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    assert desk.statuses(attempt).amount_paid == "100.00"


def test_without_its_lock_the_same_race_is_stopped_by_the_move_s_own_guard_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: both settlers have read before either writes, which `for update` does not let happen."""
    unlocked, locked = desk.attempt(), desk.attempt()
    for attempt in (unlocked, locked):
        # Less than half of the order: its total would otherwise refuse the second credit even without the lock.
        desk.run("update payments set amount = 100 where id = :id", id=attempt.payment_id)
    assert settle_twice_at_once(locked) == {"processed": 1, "already_processed": 1}
    assert desk.statuses(locked).amount_paid == "100.00"
    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "fetch", fetch_without_lock(Barrier(2), "from payments where id = :id for update"))
        assert settle_twice_at_once(unlocked) == {"processed": 1, "stopped": 1}
    assert desk.statuses(unlocked).amount_paid == "100.00"


def settle_twice_at_once(attempt: Attempt) -> Counter[str]:
    gateway_invoice = GatewayInvoice(
        invoice_id=attempt.invoice_id,
        invoice_key=None,
        paid=True,
        total=Decimal(100),
        currency="EGP",
        payment_method=None,
        paid_at=None,
        status_text="paid",
        pay_load=None,
        transactions=[],
    )

    def settle() -> str:
        try:
            return settle_reconciled(UUID(attempt.payment_id), gateway_invoice).status
        except LookupError:
            return "stopped"

    return Counter(at_once(settle, settle))
