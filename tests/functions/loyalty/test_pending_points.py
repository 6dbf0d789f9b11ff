"""Points of what was paid by hand wait for the refund window: nobody makes points for a friend by a mark in a form."""

import functools
from typing import Any

import pytest

from tests.support.balances import balances, give
from tests.support.money import Desk, at_once
from tests.support.refunds import paid, refund


def account(desk: Desk) -> dict[str, Any]:
    return dict(desk.customer.client.get("/api/points/me").json)


def sums(desk: Desk) -> tuple[int, int, int]:
    """What is free, what waits, and what counts as earned."""
    told = account(desk)
    assert told["total_earned"] - told["total_redeemed"] - told["total_expired"] + told["total_adjusted"] == (
        told["balance"] + told["held"] - told["debt"]
    )
    return told["balance"], told["pending"], told["total_earned"]


def by_hand(desk: Desk) -> str:
    """An order of 342.00 that staff have marked as paid; its id."""
    return str(desk.order(payment_status="PAID")["id"])


def close_window(desk: Desk, order_id: str) -> None:
    desk.run("update pending_points set credit_due_at = now() where order_id = :id", id=order_id)


def test_what_staff_mark_as_paid_earns_points_that_nobody_can_use_yet(desk: Desk) -> None:
    by_hand(desk)
    assert sums(desk) == (0, 342, 0)
    assert account(desk)["tier_points"] == 0
    refused = desk.customer.client.post("/api/points/me/redeem", {"points": 100})
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert desk.customer.client.get("/api/auth/me").json["points"] == {"current_balance": 0, "total_earned": 0}
    assert desk.customer.client.get("/api/points/me/transactions").json == []


def test_an_order_that_was_paid_by_hand_in_part_waits_too(desk: Desk) -> None:
    order_id = desk.order()["id"]
    taken = desk.admin.client.post(f"/api/orders/{order_id}/pay-by-hand", {"amount": 42, "note": "in cash"})
    assert taken.status == 200, taken.text
    desk.happens(desk.pay(order_id, 2).invoice_id, "paid")
    assert sums(desk) == (0, 342, 0)


GIVEN = {
    "wallet_to_use": ("POST", "/api/wallet/deposit?user_id={}", {"amount": "500", "description_en": "In cash"}),
    "cashback_to_use": ("POST", "/api/cashback/admin/add?user_id={}&amount=500&reason=Sorry", {}),
    "points_to_use": ("POST", "/api/admin/points/add?user_id={}&points=50000&reason=Sorry", {}),
}


def given(desk: Desk, source: str) -> None:
    """Staff add to a balance by hand, more than an order costs."""
    method, path, body = GIVEN[source]
    reply = desk.admin.client.call(method, path.format(desk.customer.id), json=body)
    assert reply.status in (200, 201), reply.text


def pay_with(desk: Desk, source: str, amount: int = 300) -> str:
    """An order of 342.00 of which the customer pays so much with a balance, and the rest at the gateway; its id."""
    order_id = str(desk.order()["id"])
    used = amount * 100 if source == "points_to_use" else amount
    desk.happens(desk.pay(order_id, 2, **{source: used}).invoice_id, "paid")
    return order_id


@pytest.mark.parametrize("source", GIVEN)
def test_points_of_what_staff_have_just_given_wait(desk: Desk, source: str) -> None:
    given(desk, source)
    pay_with(desk, source)
    assert account(desk)["pending"] == 342


def test_money_that_was_never_there_leaves_no_points_behind(desk: Desk) -> None:
    given(desk, "wallet_to_use")
    order_id = str(desk.order()["id"])
    assert desk.ask_to_pay(order_id, wallet_to_use=342).json["status"] == "PAID"
    refused = desk.customer.client.post("/api/points/me/redeem", {"points": 300})
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    refund(desk, order_id)
    taken = desk.admin.client.post(f"/api/wallet/withdraw?user_id={desk.customer.id}", {"amount": "500"})
    assert taken.status == 200, taken.text
    assert (balances(desk.customer.id).wallet, sums(desk)[:2]) == ("0.00", (0, 0))


def test_what_was_paid_by_hand_and_refunded_into_the_wallet_is_what_staff_gave(desk: Desk) -> None:
    refund(desk, by_hand(desk))
    pay_with(desk, "wallet_to_use")
    assert sums(desk)[:2] == (0, 342)


def test_what_staff_gave_before_the_window_earns_at_once(desk: Desk) -> None:
    given(desk, "wallet_to_use")
    # Behind the back of the trigger that keeps it as it is.
    desk.run(
        "set session_replication_role = replica;"  # noqa: S608 - a test's own
        f"update desk_movements set created_at = now() - interval '15 days' where user_id = '{desk.customer.id}'"
    )
    pay_with(desk, "wallet_to_use")
    assert sums(desk)[:2] == (342, 0)


def test_what_staff_gave_and_nobody_used_for_it_lets_no_points_wait(desk: Desk) -> None:
    for source in GIVEN:
        given(desk, source)
    paid(desk)
    assert account(desk)["pending"] == 0


def test_what_the_gateway_has_taken_earns_at_once(desk: Desk) -> None:
    paid(desk)
    assert sums(desk) == (342, 0, 342)


def test_they_are_credited_once_when_the_window_closes(desk: Desk) -> None:
    order_id = by_hand(desk)
    desk.job("credit-cashback")
    assert sums(desk) == (0, 342, 0)
    close_window(desk, order_id)
    at_once(*[lambda: desk.job("credit-cashback")] * 4)
    assert sums(desk) == (342, 0, 342)
    assert account(desk)["tier_points"] == 342
    (row,) = desk.customer.client.get("/api/points/me/transactions").json
    assert (row["transaction_type"], row["points"], str(row["multiplier_applied"])) == ("EARNED", 342, "1")
    days = desk.run("select expires_at::date - now()::date from points_lots where user_id = :id", id=desk.customer.id)
    assert days == [[365]]


def test_the_window_of_a_trip_runs_from_its_end(desk: Desk) -> None:
    room = {"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 300}
    body = {"booking_type": "HOTEL", "title_en": "Aswan", "start_date": "2047-05-01", "guest_count": 2, "items": [room]}
    booking = desk.employee.client.post("/api/bookings", {**body, "user_id": desk.customer.id}).json
    taken = desk.admin.client.post(f"/api/orders/{booking['order_id']}/pay-by-hand", {"note": "in cash"})
    assert taken.status == 200, taken.text
    close_window(desk, booking["order_id"])
    desk.job("credit-cashback")
    assert sums(desk) == (0, 342, 0)


def test_a_refund_takes_back_what_waits(desk: Desk) -> None:
    order_id = by_hand(desk)
    assert refund(desk, order_id, amount="171")["points_taken_back"] == 171
    # It was never earned, so what was taken back counts on both sides.
    assert sums(desk) == (0, 171, 171)
    close_window(desk, order_id)
    desk.job("credit-cashback")
    assert sums(desk)[:2] == (171, 0)
    refund(desk, order_id)
    assert sums(desk)[:2] == (0, 0)


def test_what_was_refunded_wholly_is_never_credited(desk: Desk) -> None:
    order_id = by_hand(desk)
    refund(desk, order_id, amount="100")
    refund(desk, order_id)
    desk.job("credit-cashback")
    assert sums(desk)[:2] == (0, 0)
    assert desk.run("select status from pending_points where order_id = :id", id=order_id) == [["CANCELLED"]]


def test_points_of_the_customer_s_own_are_not_taken_for_what_waits(desk: Desk) -> None:
    order_id = by_hand(desk)
    give(desk.customer.id, points=1000)
    refund(desk, order_id)
    assert balances(desk.customer.id).points == 1000


def test_refunding_and_crediting_at_once_end_alike(desk: Desk) -> None:
    for _ in range(3):
        order_id = by_hand(desk)
        close_window(desk, order_id)
        at_once(functools.partial(desk.job, "credit-cashback"), functools.partial(refund, desk, order_id))
        assert sums(desk)[:2] == (0, 0)
        assert account(desk)["debt"] == 0


def test_what_is_credited_pays_a_debt_first(desk: Desk) -> None:
    earned = paid(desk).order_id
    waits = by_hand(desk)
    assert desk.customer.client.post("/api/points/me/redeem", {"points": 300}).status == 200
    refund(desk, earned)
    assert account(desk)["debt"] == 300
    close_window(desk, waits)
    desk.job("credit-cashback")
    assert (account(desk)["debt"], account(desk)["balance"]) == (0, 42)


@pytest.mark.parametrize("status", ["CREDITED", "CANCELLED"])
def test_the_database_lets_nothing_wait_again(desk: Desk, status: str) -> None:
    order_id = by_hand(desk)
    if status == "CREDITED":
        close_window(desk, order_id)
        desk.job("credit-cashback")
    else:
        refund(desk, order_id)
    with pytest.raises(Exception, match=f"points that are {status} do not change"):
        desk.run("update pending_points set status = 'PENDING' where order_id = :id", id=order_id)
