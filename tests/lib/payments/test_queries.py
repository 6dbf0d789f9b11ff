"""The response to a request to pay can be read again and is the same to the byte."""

import uuid
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from lib.config import config
from lib.payments.queries import pay_response
from tests.support.balances import give
from tests.support.clients import Reply, System
from tests.support.money import Desk, open_desk


@pytest.fixture
def desk(system: System, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk, and in this process the address of our pages that the system has."""
    monkeypatch.setenv("APP_BASE_URL", system.base_url)
    config.cache_clear()
    yield open_desk(system)
    config.cache_clear()


def read_again(order_id: str, reply: Reply) -> bytes:
    return pay_response(UUID(order_id), UUID(reply.json["payment_id"]))


@pytest.mark.parametrize("using", [{}, {"points_to_use": 4000, "cashback_to_use": "20", "wallet_to_use": "100.25"}])
@pytest.mark.parametrize("method", [2, 3])
def test_an_attempt_at_the_gateway(desk: Desk, method: int, using: dict[str, Any]) -> None:
    give(desk.customer.id, points=4000, cashback="20", wallet="200")
    order_id = desk.order()["id"]
    reply = desk.ask_to_pay(order_id, method, **using)
    assert (reply.status, read_again(order_id, reply)) == (200, reply.content)


def test_a_payment_from_balances_alone(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    order_id = desk.order()["id"]
    reply = desk.ask_to_pay(order_id, wallet_to_use="400")
    assert (reply.status, reply.json["status"], read_again(order_id, reply)) == (200, "PAID", reply.content)


@pytest.mark.parametrize("currency", ["EGP", "KWD", "JPY"])
def test_an_order_that_comes_to_nothing(desk: Desk, currency: str) -> None:
    free = {"description_en": "Gift", "quantity": 1, "unit_price": 0}
    order_id = desk.order(items=[free], currency=currency)["id"]
    reply = desk.ask_to_pay(order_id)
    assert (reply.status, reply.json["status"], read_again(order_id, reply)) == (200, "PAID", reply.content)


def test_another_order_s_payment_is_not_taken_for_nothing_to_pay(desk: Desk) -> None:
    attempt, other = desk.attempt(), desk.order()["id"]
    for payment_id in (UUID(attempt.payment_id), uuid.uuid4()):
        with pytest.raises(LookupError):
            pay_response(UUID(other), payment_id)
