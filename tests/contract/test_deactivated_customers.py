"""A customer whose account is deactivated takes nothing new, and can still get their money back."""

import pytest

from tests.contract.test_every_route import BOOKING
from tests.support.balances import give
from tests.support.clients import System
from tests.support.money import SERVICE, Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def deactivate(desk: Desk) -> str:
    desk.run("update users set is_active = false where id = :id", id=desk.customer.id)
    return desk.customer.id


def test_a_deactivated_customer_takes_no_deposit_order_or_booking(desk: Desk) -> None:
    draft = desk.order()["id"]
    customer = deactivate(desk)
    for reply in (
        desk.admin.client.post(f"/api/wallet/deposit?user_id={customer}", {"amount": 1}),
        desk.employee.client.post("/api/orders", {"user_id": customer, "items": [SERVICE]}),
        desk.employee.client.put(f"/api/orders/{draft}", {"items": [SERVICE]}),
        desk.employee.client.post("/api/bookings", {"user_id": customer, **BOOKING}),
    ):
        assert (reply.status, reply.json["code"]) == (409, "customer_inactive"), reply.text


def test_what_a_deactivated_customer_has_can_be_paid_out(desk: Desk) -> None:
    give(desk.customer.id, wallet="20")
    customer = deactivate(desk)
    assert desk.admin.client.post(f"/api/wallet/withdraw?user_id={customer}", {"amount": 20}).status == 200
