"""A draft that is changed says what became of the balances that were promised with it."""

from typing import Any

import pytest

from tests.support.balances import balances, give
from tests.support.clients import Reply
from tests.support.currencies import as_told, in_egp
from tests.support.money import Desk

PROMISE = {"points_to_use": 2000, "wallet_to_use": "50"}


def costing(price: int) -> dict[str, Any]:
    return {"items": [{"description_en": "Tour", "quantity": 1, "unit_price": price}]}


def promised(desk: Desk) -> str:
    """A draft of 342.00 that holds 2,000 points, worth 20.00, and 50.00 of the wallet; its id."""
    give(desk.customer.id, wallet="100", points=4000)
    return str(desk.order(**PROMISE)["id"])


def change(desk: Desk, order_id: str, changes: dict[str, Any]) -> Reply:
    reply = desk.employee.client.put(f"/api/orders/{order_id}", changes)
    assert reply.status == 200, reply.text
    return reply


def told(reply: Reply) -> tuple[int, str, int, str]:
    """What was released and what is still held, as the answer says it."""
    order = reply.json
    return order["points_released"], str(order["amount_released"]), order["points_held"], str(order["amount_held"])


@pytest.mark.parametrize("price", [50, pytest.param(64, marks=in_egp)])
def test_a_draft_that_shrinks_below_its_promise_says_that_it_is_free_again(desk: Desk, price: int) -> None:
    # 64.00 with tax is 72.96: the gateway would not take what the promise leaves of it.
    reply = change(desk, promised(desk), costing(price))
    assert told(reply) == (2000, as_told("70.00"), 0, as_told("0.00"))
    assert (balances(desk.customer.id).points, balances(desk.customer.id).wallet) == (4000, as_told("100.00"))


@pytest.mark.parametrize("changes", [costing(100), {"notes_en": "Window seats"}])
def test_a_promise_that_still_fits_is_kept(desk: Desk, changes: dict[str, Any]) -> None:
    assert told(change(desk, promised(desk), changes)) == (0, as_told("0.00"), 2000, as_told("70.00"))


def test_a_promise_is_released_once(desk: Desk) -> None:
    order_id = promised(desk)
    change(desk, order_id, costing(50))
    assert told(change(desk, order_id, costing(40))) == (0, as_told("0.00"), 0, as_told("0.00"))


def test_the_audit_log_has_what_was_released(desk: Desk) -> None:
    order_id = promised(desk)
    change(desk, order_id, costing(50))
    change(desk, order_id, costing(40))
    rows = desk.run(
        """
        select actor_id::text, before ->> 'points', (before ->> 'wallet')::numeric(9,2)::text, after ->> 'points'
        from audit_log where entity_id = :id and action = 'release-balances'
        """,
        id=order_id,
    )
    assert rows == [[desk.employee.id, "2000", "50.00", "0"]]
