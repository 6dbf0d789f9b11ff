"""Quick pay: a sum on account, for which nothing was sold."""

import pytest

from tests.support.clients import Reply, System
from tests.support.money import Desk, at_once, open_desk
from tests.support.people import Person


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def quick_pay(person: Person, amount: object = 50, currency: str = "EGP") -> Reply:
    body = {"amount": amount, "currency": currency, "payment_method_id": 2}
    return person.client.post("/api/payments/quick-pay", body)


def orders_of(desk: Desk) -> list[str]:
    return [order["order_number"] for order in desk.customer.client.get("/api/orders/me").json]


def make_older(desk: Desk, interval: str) -> None:
    sql = "update {} set created_at = created_at - cast(:interval as interval) where user_id = :id"
    for table in ("payments", "orders"):
        desk.run(sql.format(table), interval=interval, id=desk.customer.id)


def test_a_sum_is_paid_with_an_order_of_its_own(desk: Desk) -> None:
    reply = quick_pay(desk.customer)
    assert (reply.status, reply.json["status"], str(reply.json["amount"])) == (200, "PENDING", "50.00")
    assert reply.json["payment_url"].startswith("http")
    desk.happens(reply.json["invoice_id"], "paid")
    (order,) = desk.customer.client.get("/api/orders/me").json
    assert (order["order_type"], order["status"], str(order["tax_amount"])) == ("OTHER", "PAID", "0.00")
    assert order["invoice_number"] is not None


def test_it_earns_nothing(desk: Desk) -> None:
    reply = quick_pay(desk.customer, 5000)
    desk.happens(reply.json["invoice_id"], "paid")
    assert desk.customer.client.get("/api/points/me").json["current_balance"] == 0
    assert desk.customer.client.get("/api/cashback/me/records").json == []


def test_tapping_again_is_the_same_attempt(desk: Desk) -> None:
    first = quick_pay(desk.customer)
    assert quick_pay(desk.customer, "50.00").json == first.json


def test_tapping_twice_at_once_is_one_order(desk: Desk) -> None:
    replies = at_once(*[lambda: quick_pay(desk.customer)] * 4)
    assert {reply.status for reply in replies} == {200}
    assert len({reply.json["payment_id"] for reply in replies}) == 1


@pytest.mark.parametrize("other", [{"amount": 51}, {"currency": "USD"}])
def test_another_sum_is_another_order(desk: Desk, other: dict[str, object]) -> None:
    first, second = quick_pay(desk.customer), quick_pay(desk.customer, **other)  # type: ignore[arg-type]
    assert first.json["order_number"] != second.json["order_number"]


def test_the_same_sum_is_another_order_once_it_is_paid_or_ten_minutes_later(desk: Desk) -> None:
    first = quick_pay(desk.customer)
    desk.happens(first.json["invoice_id"], "paid")
    second = quick_pay(desk.customer)
    make_older(desk, "11 minutes")
    third = quick_pay(desk.customer)
    assert len({reply.json["order_number"] for reply in (first, second, third)}) == 3


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("9.99", "EGP"),
        (0, "EGP"),
        (-5, "USD"),
        ("10.005", "EGP"),
        ("ten", "EGP"),
        (None, "EGP"),
        (10, "XXX"),
        (10**12, "EGP"),
    ],
)
def test_a_sum_that_can_not_be_asked_for_is_refused_by_name(desk: Desk, amount: object, currency: str) -> None:
    reply = quick_pay(desk.customer, amount, currency)
    assert reply.status == 422, reply.text
    assert reply.json["errors"][0]["loc"][1] in ("amount", "currency")
    assert orders_of(desk) == []


def test_in_another_currency_the_gateways_smallest_amount_counts_and_no_order_is_left(desk: Desk) -> None:
    desk.admin.client.put("/api/payments/rates/SAR", {"rate": "12.5"})
    reply = quick_pay(desk.customer, "0.40", "SAR")
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"])
    assert desk.run("select count(*) from orders where user_id = :id", id=desk.customer.id) == [[0]]
    assert quick_pay(desk.customer, "0.43", "SAR").status == 200


def test_an_unpaid_one_is_no_debt_in_the_list(desk: Desk) -> None:
    quick_pay(desk.customer)
    assert orders_of(desk) == []


def test_an_unpaid_one_is_closed_thirty_days_after_its_last_attempt(desk: Desk) -> None:
    reply = quick_pay(desk.customer)
    order_id = desk.run("select id::text from orders where user_id = :id", id=desk.customer.id)[0][0]
    make_older(desk, "29 days")
    desk.job("expire-payments")
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "ISSUED"
    make_older(desk, "2 days")
    desk.job("expire-payments")
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "CANCELLED"
    payment = desk.customer.client.get(f"/api/payments/status/{reply.json['payment_id']}").json
    assert payment["status"] in ("EXPIRED", "CANCELLED")


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """A desk whose customer has begun 38 payments of other sums."""
    for amount in range(100, 138):
        assert quick_pay(desk.customer, amount).status == 200
    return desk


def count_orders(desk: Desk) -> int:
    return int(desk.run("select count(*) from orders where user_id = :id", id=desk.customer.id)[0][0])


def test_no_more_than_40_are_begun_in_an_hour_by_asking_for_other_sums(busy: Desk) -> None:
    order_id = busy.order()["id"]
    assert [quick_pay(busy.customer, amount).status for amount in (200, 201)] == [200, 200]
    before = count_orders(busy)
    for refused in (quick_pay(busy.customer, 202), busy.ask_to_pay(order_id, 2)):
        assert (refused.status, refused.json["code"]) == (429, "too_many_requests")
        assert 0 < int(refused.headers["Retry-After"]) <= 3600
        assert "40 times within an hour" in refused.json["detail"]
    assert count_orders(busy) == before
    # The ones that are open are still given, and staff, who are not limited, help.
    assert quick_pay(busy.customer, 201).status == 200
    assert busy.ask_to_pay(order_id, 2, person=busy.employee).status == 200
    make_older(busy, "61 minutes")
    assert quick_pay(busy.customer, 203).status == 200


def test_no_more_are_begun_by_asking_for_several_sums_at_once(busy: Desk) -> None:
    orders = [busy.order()["id"] for _ in range(4)]
    asks = [lambda order_id=order_id: busy.ask_to_pay(order_id, 2) for order_id in orders]
    replies = at_once(*asks, *[lambda amount=amount: quick_pay(busy.customer, amount) for amount in (300, 301, 302)])
    assert sorted(reply.status for reply in replies) == [200, 200, 429, 429, 429, 429, 429]
