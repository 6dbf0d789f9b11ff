"""From every state there is a way to an end: the states of an order with its booking, payments, reviews and refunds, walked.

The walk goes breadth first over the real API: what people, the gateway and the clock can do, from each state that is new.
From each of them people must then come to an end by calls alone, without the gateway's decision.
"""

import os
from collections import deque

import pytest

from lib.payments import allowance, gateway
from tests.properties.instant_gateway import InstantGateway
from tests.properties.walking import MOVES, TO_THE_END, QuickWorld, Walker, told_by
from tests.properties.world import Functions, World
from tests.support.balances import give

# How many moves deep; DEPTH=6 looks further. What has to be reached is reached with so many.
LEAST_DEPTH = 4
DEPTH = int(os.environ.get("DEPTH", str(LEAST_DEPTH)))
# What the walk comes by, or it proves nothing of it.
_OF_BOTH = {
    *("order DRAFT UNPAID", "order ISSUED UNPAID", "order ISSUED PARTIALLY_PAID", "order PAID PAID"),
    *("order CANCELLED UNPAID", "order REFUNDED REFUNDED"),
    *("payment PENDING", "payment FAILED", "payment EXPIRED", "payment CANCELLED"),
    *("payment PAID", "payment PARTIALLY_REFUNDED", "payment REFUNDED"),
    *("review AMOUNT_DIFFERS", "review SECOND_PAYMENT", "review ORDER_CANCELLED"),
    *("review REFUND_REPORTED", "review REFUND_UNKNOWN", "unapplied True"),
    *("refund PENDING", "refund NEEDS_REVIEW", "refund COMPLETED", "refund REJECTED"),
    *("refund from STAFF", "refund from GATEWAY", "refund to wallet", "refund to gateway", "refund to manual"),
    *("held of an attempt", "approval PENDING", "approval APPROVED", "approval REJECTED"),
}
REACHED: dict[str, set[str]] = {
    "order": {*_OF_BOTH, "held promised"},
    "booking": {
        *_OF_BOTH,
        *("booking PENDING", "booking CONFIRMED", "booking COMPLETED"),
        *("booking CANCELLED", "booking NO_SHOW", "booking REFUNDED"),
    },
}


@pytest.fixture
def world(database: str, monkeypatch: pytest.MonkeyPatch) -> QuickWorld:
    double = InstantGateway()
    monkeypatch.setattr(gateway, "client", lambda: double)
    monkeypatch.setattr(gateway, "_methods", (0.0, []))
    # One customer opens them all.
    monkeypatch.setattr(allowance, "MOST_OF_CUSTOMER", 1_000_000)
    made = QuickWorld(database, Functions(), double)
    give(made.customer.id, wallet="1000000")
    return made


def walked(world: QuickWorld, kind: str, path: tuple[str, ...]) -> Walker:
    walker = Walker(world, kind)
    for move in path:
        MOVES[move](walker)
    return walker


def states_of(world: QuickWorld, kind: str) -> dict[str, tuple[str, ...]]:
    """Every state within DEPTH moves, with the shortest way to it."""
    start = walked(world, kind, ())
    ways: dict[str, tuple[str, ...]] = {start.seen(): ()}
    to_visit = deque(ways.items())
    while to_visit:
        state, way = to_visit.popleft()
        if len(way) == DEPTH:
            continue
        walker = walked(world, kind, way)
        for name, move in MOVES.items():
            move(walker)
            after = walker.seen()
            if after == state:
                continue
            if after not in ways:
                ways[after] = (*way, name)
                to_visit.append((after, ways[after]))
            walker = walked(world, kind, way)
    return ways


def end(walker: Walker) -> list[str]:
    """Go on until nothing is open, or no call changes anything; what is still open then."""
    before = ""
    while walker.still_open() and walker.seen() != before:
        before = walker.seen()
        for call in TO_THE_END:
            call(walker)
            if not walker.still_open():
                break
    return walker.still_open()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["order", "booking"])
def test_every_state_reaches_an_end_by_calls_that_a_role_may_make(world: QuickWorld, kind: str) -> None:
    ways = states_of(world, kind)
    stuck = {way: left for way in ways.values() if (left := end(walked(world, kind, way)))}
    assert not stuck
    if DEPTH >= LEAST_DEPTH:
        assert REACHED[kind] - set().union(*map(told_by, ways)) == set()
    World.check(world)
    world.verify()
