"""A customer may open 12 attempts to pay one order within an hour, and is then told when the next may be opened."""

import pytest

from tests.support.clients import Reply, System
from tests.support.money import Desk, at_once, open_desk

CARD, FAWRY = 2, 3


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def spent(desk: Desk) -> str:
    """An order on which 12 attempts were opened; the last one is for Fawry."""
    order_id = str(desk.order()["id"])
    for number in range(12):
        assert desk.ask_to_pay(order_id, FAWRY if number % 2 else CARD).status == 200
    return order_id


def opened(desk: Desk, order_id: str) -> list[str]:
    """The statuses of an order's attempts, oldest first."""
    rows = desk.run("select status from payments where order_id = :id order by created_at", id=order_id)
    return [row[0] for row in rows]


def is_refused(reply: Reply) -> bool:
    return (reply.status, reply.json["code"]) == (429, "too_many_requests")


def test_the_thirteenth_is_refused_with_words_that_say_when(desk: Desk, spent: str) -> None:
    reply = desk.ask_to_pay(spent, CARD)
    assert is_refused(reply), reply.text
    seconds = int(reply.headers["Retry-After"])
    assert 0 < seconds <= 3600
    assert f"in {-(-seconds // 60)} minutes" in reply.json["detail"]
    assert opened(desk, spent) == ["CANCELLED"] * 11 + ["PENDING"]


def test_the_one_that_is_open_is_still_given_and_can_be_paid(desk: Desk, spent: str) -> None:
    assert is_refused(desk.ask_to_pay(spent, CARD))
    attempt = desk.pay(spent, FAWRY)
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt).order == "PAID"


def test_what_is_refused_holds_no_balance(desk: Desk, spent: str) -> None:
    desk.admin.client.post(f"/api/wallet/deposit?user_id={desk.customer.id}", {"amount": 100})
    assert is_refused(desk.ask_to_pay(spent, CARD, wallet_to_use=100))
    assert str(desk.customer.client.get("/api/wallet/me/balance").json["balance"]) == "100.00"


def test_balances_still_pay_the_order(desk: Desk, spent: str) -> None:
    desk.admin.client.post(f"/api/wallet/deposit?user_id={desk.customer.id}", {"amount": 342})
    assert desk.ask_to_pay(spent, wallet_to_use=342).json["status"] == "PAID"


def test_another_order_and_staff_are_not_limited_by_it(desk: Desk, spent: str) -> None:
    assert desk.ask_to_pay(desk.order()["id"], CARD).status == 200
    assert desk.ask_to_pay(spent, CARD, person=desk.employee).status == 200


def test_what_staff_open_counts_for_nobody(desk: Desk) -> None:
    order_id = str(desk.order()["id"])
    for number in range(13):
        assert desk.ask_to_pay(order_id, FAWRY if number % 2 else CARD, person=desk.employee).status == 200
    assert desk.ask_to_pay(order_id, FAWRY).status == 200


def test_the_next_may_be_opened_once_the_first_is_an_hour_old(desk: Desk, spent: str) -> None:
    sql = """
        update payments set created_at = created_at - interval '1 hour'
        where id = (select id from payments where order_id = :id order by created_at limit 1)
        """
    desk.run(sql, id=spent)
    assert desk.ask_to_pay(spent, CARD).status == 200
    assert is_refused(desk.ask_to_pay(spent, FAWRY))


def test_a_booking_s_attempts_are_limited_too(desk: Desk) -> None:
    item = {"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 100}
    trip = {"booking_type": "HOTEL", "title_en": "Aswan", "start_date": "2047-05-01", "guest_count": 2, "items": [item]}
    booking = desk.employee.client.post("/api/bookings", {"user_id": desk.customer.id, **trip}).json
    path = f"/api/bookings/{booking['id']}/pay"
    replies = [desk.customer.client.post(path, {"payment_method_id": CARD + number % 2}) for number in range(13)]
    assert [reply.status for reply in replies] == [200] * 12 + [429]


def test_no_more_are_opened_by_asking_at_once(desk: Desk) -> None:
    order_id = str(desk.order()["id"])
    asks = [lambda method=method: desk.ask_to_pay(order_id, method) for method in (CARD, FAWRY) * 10]
    replies = at_once(*asks)
    # 409: replaced by another of them before the gateway had answered.
    assert {reply.status for reply in replies} <= {200, 409, 429}
    assert len(opened(desk, order_id)) <= 12
