"""A customer whose account is deactivated takes nothing new, and nobody changes what they have."""

import pytest

from tests.contract.test_every_route import BOOKING
from tests.support.balances import balances, give
from tests.support.clients import System
from tests.support.money import SERVICE, Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def deactivate(desk: Desk) -> str:
    desk.run("update users set status = 'SUSPENDED', is_active = false where id = :id", id=desk.customer.id)
    return desk.customer.id


def test_a_deactivated_customer_takes_no_order_or_booking_and_no_change_of_balances(desk: Desk) -> None:
    give(desk.customer.id, wallet="20", cashback="20", points=20)
    draft = desk.order()["id"]
    customer = deactivate(desk)
    for reply in (
        *(desk.admin.client.post(f"/api/wallet/{way}?user_id={customer}", {"amount": 1}) for way in ("deposit", "withdraw")),
        *(desk.admin.client.post(f"/api/admin/points/{way}?user_id={customer}&points=1") for way in ("add", "remove")),
        *(desk.admin.client.post(f"/api/cashback/admin/{way}?user_id={customer}&amount=1") for way in ("add", "remove")),
        desk.employee.client.post("/api/orders", {"user_id": customer, "items": [SERVICE]}),
        desk.employee.client.put(f"/api/orders/{draft}", {"items": [SERVICE]}),
        desk.employee.client.post("/api/bookings", {"user_id": customer, **BOOKING}),
    ):
        assert (reply.status, reply.json["code"]) == (409, "customer_inactive"), reply.text


def test_a_withdrawal_that_was_asked_before_can_only_be_rejected(desk: Desk) -> None:
    give(desk.customer.id, cashback="20")
    request_id = desk.customer.client.post("/api/cashback/withdraw", {"amount": 5}).json["request_id"]
    deactivate(desk)
    path = f"/api/cashback/admin/requests/{request_id}"
    refused = desk.admin.client.post(f"{path}/approve")
    assert (refused.status, refused.json["code"]) == (409, "customer_inactive")
    assert desk.admin.client.post(f"{path}/reject", {"reason": "closed"}).status == 200
    left = balances(desk.customer.id)
    assert (left.wallet, left.cashback) == ("0.00", "20.00")
