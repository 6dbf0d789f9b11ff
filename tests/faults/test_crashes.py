"""A process that is killed at any step of paying, settling or refunding, and what goes on from there.

Every step of an undisturbed run is tried, each with a customer and an order of their own: what stands in the end is what
stands where nothing had happened.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from lib.ledger.verifying import verify_batch
from tests.support.balances import Balances, balances, give
from tests.support.clients import System
from tests.support.crashing import ASKED, COMPLETED, KILLED, Crashing
from tests.support.money import Attempt, Desk, open_desk
from tests.support.people import make_person
from tests.support.refunds import (
    WHY,
    ask_refund,
    asked_at_gateway,
    credit_notes,
    decide,
    order_of,
    refunds_of,
    sent_back,
)

USING: dict[str, Any] = {"points": 4000, "cashback": "20", "wallet": "100"}
ASKED_BACK = f"{ASKED}: refund/create"
KEY = "of-the-crash"


@dataclass(frozen=True)
class Crash:
    """A flow with a customer's order of 342.00, killed before the last of these steps or not at all."""

    desk: Desk
    order_id: str
    arguments: dict[str, Any]
    steps: list[str]
    was_killed: bool

    def __str__(self) -> str:
        return f"killed before step {len(self.steps)}: {self.steps[-1]}" if self.was_killed else "not killed"

    @property
    def done(self) -> list[str]:
        """The steps that were taken."""
        return self.steps[:-1] if self.was_killed else self.steps


@dataclass(frozen=True)
class Outcome:
    """What stands in the end: what people see, what the gateway has sent back, what the ledger's proof finds wrong."""

    order: str
    amount_paid: str
    amount_refunded: str
    has: Balances
    payments: tuple[str, ...]
    refunds: tuple[str, ...] = ()
    credit_notes: int = 0
    sent_back: str = "0"
    disagreements: tuple[str, ...] = ()


# 182.00 came by the gateway; the paid order has earned 342 points.
PAID = Outcome("PAID", "342.00", "0.00", Balances("400.00", "10.00", 842), ("PAID",))
GIVEN_BACK = Outcome("REFUNDED", "342.00", "342.00", Balances("682.00", "30.00", 4500), ("REFUNDED",), ("COMPLETED",), 1)
SENT_BACK = replace(GIVEN_BACK, has=Balances("500.00", "30.00", 4500), sent_back="182.00")
UNKNOWN = replace(PAID, refunds=("NEEDS_REVIEW",))

Scene = Callable[[Desk], tuple[str, dict[str, Any]]]


@pytest.fixture(scope="module")
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture(scope="module")
def crashing(system: System) -> Iterator[Crashing]:
    process = Crashing(system)
    yield process
    process.close()


def at_every_step(crashing: Crashing, desk: Desk, flow: str, scene: Scene) -> list[Crash]:
    """The flow undisturbed, and killed before each step that it then takes; each with a customer and an order of its own."""

    def crash(kill_at: int | None) -> Crash:
        own = replace(desk, customer=make_person(desk.system, "CUSTOMER"))
        give(own.customer.id, wallet="500", cashback="30", points=4500)
        order_id, arguments = scene(own)
        ended = crashing.run(flow, kill_at, **arguments)
        assert ended.code == (COMPLETED if kill_at is None else KILLED), (flow, kill_at, ended)
        return Crash(own, order_id, arguments, ended.steps, kill_at is not None)

    undisturbed = crash(None)
    return [undisturbed, *(crash(kill_at) for kill_at in range(1, len(undisturbed.steps) + 1))]


def outcome(crash: Crash) -> Outcome:
    """How a customer's one order stands now. Payments without money are left out."""
    desk, order = crash.desk, order_of(crash.desk, crash.order_id)
    settled = desk.run(
        """
        select status, gateway_invoice_id from payments
        where order_id = :id and status not in ('PENDING', 'FAILED', 'EXPIRED', 'CANCELLED')
        """,
        id=crash.order_id,
    )
    customer_id = UUID(desk.customer.id)
    proof = verify_batch(UUID(int=customer_id.int - 1), size=1)
    return Outcome(
        order=order["status"],
        amount_paid=str(order["amount_paid"]),
        amount_refunded=str(order["amount_refunded"]),
        has=balances(desk.customer.id),
        payments=tuple(status for status, _ in settled),
        refunds=tuple(one["status"] for one in refunds_of(desk, crash.order_id)),
        credit_notes=len(credit_notes(desk, crash.order_id)),
        sent_back=", ".join(sent_back(desk, invoice_id) for _, invoice_id in settled),
        disagreements=tuple(str(one) for one in proof.disagreements),
    )


@contextlib.contextmanager
def after(crash: Crash) -> Iterator[None]:
    """Let what fails here name the crash."""
    try:
        yield
    except AssertionError as error:
        error.add_note(str(crash))
        raise


def surprises(crashes: list[Crash], expected: Callable[[Crash], Outcome]) -> dict[str, Outcome]:
    """What came out otherwise than expected, by where it was killed."""
    return {str(crash): came for crash in crashes if (came := outcome(crash)) != expected(crash)}


def attempt_at(desk: Desk, order_id: str) -> Attempt:
    """The customer's request to pay from every balance, with 182.00 left for the gateway."""
    return desk.pay(order_id, 2, **{f"{name}_to_use": amount for name, amount in USING.items()})


def test_paying_killed_at_any_step_is_asked_for_again_and_paid_once(desk: Desk, crashing: Crashing) -> None:
    def draft(own: Desk) -> tuple[str, dict[str, Any]]:
        order_id = own.order()["id"]
        return order_id, {"order_id": order_id, "user_id": own.customer.id, **USING}

    crashes = at_every_step(crashing, desk, "pay", draft)
    for crash in crashes:
        # Until its time is up an attempt without an answer counts as being opened, and the customer is told to wait.
        desk.run("update payments set created_at = created_at - interval '1 minute' where order_id = :id", id=crash.order_id)
        with after(crash):
            attempt = attempt_at(crash.desk, crash.order_id)
            crash.desk.happens(attempt.invoice_id, "paid")
    assert surprises(crashes, lambda _: PAID) == {}


@pytest.mark.parametrize("flow", ["settle by webhook", "settle by reconciling"])
def test_settling_killed_at_any_step_is_settled_once_by_the_job(desk: Desk, crashing: Crashing, flow: str) -> None:
    attempts = []

    def paid_at_the_gateway(own: Desk) -> tuple[str, dict[str, Any]]:
        attempt = attempt_at(own, own.order()["id"])
        attempts.append(attempt)
        payload = own.webhook(attempt.invoice_id, "paid")
        return attempt.order_id, {"payload": payload} if "webhook" in flow else {"payment_id": attempt.payment_id}

    crashes = at_every_step(crashing, desk, flow, paid_at_the_gateway)
    for attempt in attempts:
        desk.make_due(attempt)
    desk.job("reconcile")
    assert surprises(crashes, lambda _: PAID) == {}
    assert [desk.kept(attempt.invoice_id) for attempt in attempts] == [0] * len(attempts)


def paid(own: Desk, destination: str) -> tuple[str, dict[str, Any]]:
    """A paid order, and what an administrator's request for a refund of all of it comes to."""
    attempt = attempt_at(own, own.order()["id"])
    own.happens(attempt.invoice_id, "paid")
    request_key = f"{own.admin.id}:{attempt.order_id}:{KEY}"
    asked = {"reason": WHY, "destination": destination, "request_key": request_key}
    return attempt.order_id, {"order_id": attempt.order_id, "admin_id": own.admin.id, **asked}


def ask_again(crash: Crash) -> None:
    """The administrator's same request once more, whose Idempotency-Key makes the same request key."""
    with after(crash):
        reply = ask_refund(crash.desk, crash.order_id, crash.arguments["destination"], KEY)
        assert reply.status == 201, reply.text


def test_refunding_to_the_wallet_killed_at_any_step_is_done_once(desk: Desk, crashing: Crashing) -> None:
    crashes = at_every_step(crashing, desk, "refund", lambda own: paid(own, "wallet"))
    for crash in crashes:
        ask_again(crash)
    assert surprises(crashes, lambda _: GIVEN_BACK) == {}


def sent_back_as_far_as_known(crash: Crash) -> Outcome:
    """What a refund by the gateway comes to, by how far it had come."""
    was_lost = ASKED_BACK in crash.steps and ASKED_BACK not in crash.done
    return UNKNOWN if was_lost else SENT_BACK


def the_gateway_approves(desk: Desk, invoice_id: str) -> int:
    """Let the gateway approve the request for a refund, without a webhook; how many requests it has."""
    requests = asked_at_gateway(desk, invoice_id)
    if requests:
        decide(desk, invoice_id, deliver=False)
    return len(requests)


def test_refunding_by_the_gateway_killed_at_any_step_is_never_sent_twice(desk: Desk, crashing: Crashing) -> None:
    crashes = at_every_step(crashing, desk, "refund", lambda own: paid(own, "gateway"))
    for crash in crashes:
        with after(crash):
            assert crashing.run("refund", **crash.arguments).code == COMPLETED
        desk.run(
            """
            update refund_parts set claimed_at = claimed_at - interval '3 minutes'
            where refund_id in (select id from refunds where order_id = :id)
            """,
            id=crash.order_id,
        )
    desk.job("reconcile")
    for crash in crashes:
        ask_again(crash)
        with after(crash):
            assert the_gateway_approves(desk, invoice_of(desk, crash.order_id)) <= 1
            assert crashing.run("follow refunds", order_id=crash.order_id).code == COMPLETED
    assert surprises(crashes, sent_back_as_far_as_known) == {}


def invoice_of(desk: Desk, order_id: str) -> str:
    (invoice_id,) = desk.run("select gateway_invoice_id from payments where order_id = :id", id=order_id)[0]
    return str(invoice_id)


def test_following_an_approved_refund_killed_at_any_step_is_completed_once_by_the_job(
    desk: Desk, crashing: Crashing
) -> None:
    def approved(own: Desk) -> tuple[str, dict[str, Any]]:
        order_id, _ = paid(own, "gateway")
        assert ask_refund(own, order_id, "gateway").status == 201
        assert the_gateway_approves(own, invoice_of(own, order_id)) == 1
        return order_id, {"order_id": order_id}

    crashes = at_every_step(crashing, desk, "follow refunds", approved)
    desk.job("reconcile")
    assert surprises(crashes, lambda _: SENT_BACK) == {}
