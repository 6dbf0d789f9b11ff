"""What the app's lists show: everything at once, orders and bookings side by side, and what of them is due."""

from typing import Any

import pytest

from tests.contract.test_every_route import BOOKING
from tests.support.balances import give
from tests.support.clients import Client, System
from tests.support.currencies import CURRENCY, as_told
from tests.support.money import SERVICE, Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def book(desk: Desk, **fields: object) -> dict[str, Any]:
    made = desk.employee.client.post("/api/bookings", {"user_id": desk.customer.id, **BOOKING, **fields})
    assert made.status == 201, made.text
    return dict(made.json)


def ids(client: Client, path: str) -> list[str]:
    return [row["id"] for row in client.get(path).json]


def stands(client: Client, path: str) -> tuple[str, str, str, str]:
    told = client.get(path).json
    return told["payment_status"], str(told["amount_paid"]), str(told["amount_held"]), str(told["amount_due"])


def test_the_order_behind_a_booking_is_no_second_debt(desk: Desk) -> None:
    order, booking = desk.order()["id"], book(desk)
    for client, path in ((desk.customer.client, "/api/orders/me"), (desk.admin.client, "/api/orders")):
        mine = f"?user_id={desk.customer.id}"
        assert ids(client, path + mine) == [order]
        assert ids(client, f"{path}{mine}&include_bookings=true") == [booking["order_id"], order]
    assert desk.customer.client.get(f"/api/orders/{booking['order_id']}").status == 200
    assert ids(desk.customer.client, "/api/bookings/me") == [booking["id"]]


def test_a_customer_s_lists_hold_all_they_have_without_a_next_page(desk: Desk) -> None:
    made = [desk.order()["id"] for _ in range(3)]
    for _ in range(52):
        give(desk.customer.id, wallet="1")
    assert ids(desk.customer.client, "/api/orders/me") == made[::-1]
    assert len(desk.customer.client.get("/api/wallet/me/transactions").json) == 52
    assert len(desk.customer.client.get("/api/wallet/me/transactions?limit=1000").json) == 52


@pytest.mark.parametrize("name", ["offset", "skip"])
def test_rows_are_left_out_by_their_number(desk: Desk, name: str) -> None:
    made = [desk.order()["id"] for _ in range(4)][::-1]
    client = desk.customer.client
    assert ids(client, f"/api/orders/me?{name}=1") == made[1:]
    assert ids(client, f"/api/orders/me?limit=2&{name}=1") == made[1:3]
    assert ids(client, f"/api/orders/me?{name}=4") == []
    link = client.get(f"/api/orders/me?limit=2&{name}=1").headers["Link"]
    assert ids(client, link[link.index("/api/") : link.index(">")]) == made[3:]


def test_rows_of_merged_lists_are_left_out_by_their_number(desk: Desk) -> None:
    paid, unpaid = desk.order(payment_status="PAID"), desk.order()
    path = f"/api/payments?user_id={desk.customer.id}"
    assert [row["order"]["id"] for row in desk.admin.client.get(f"{path}&offset=1").json["items"]] == [paid["id"]]
    assert desk.admin.client.get(f"{path}&offset=1").json["total"] == 2
    assert [row["order"]["id"] for row in desk.admin.client.get(path).json["items"]] == [unpaid["id"], paid["id"]]


def test_an_order_is_partly_paid_as_soon_as_something_is_held_for_it(desk: Desk) -> None:
    give(desk.customer.id, wallet="142")
    order = desk.order(wallet_to_use=142)["id"]
    assert stands(desk.customer.client, f"/api/orders/{order}") == (
        "PARTIALLY_PAID",
        as_told("0.00"),
        as_told("142.00"),
        as_told("200.00"),
    )
    listed = "/api/orders/me?payment_status="
    assert [ids(desk.customer.client, listed + word) for word in ("UNPAID", "PARTIALLY_PAID", "PAID")] == [[], [order], []]


def test_what_was_paid_and_what_is_due_of_a_booking(desk: Desk) -> None:
    give(desk.customer.id, wallet="14")
    booking = book(desk)
    path = f"/api/bookings/{booking['id']}"
    assert stands(desk.customer.client, path) == ("UNPAID", as_told("0.00"), as_told("0.00"), as_told("114.00"))
    body = {"amount": 14, "reference_type": "BOOKING", "reference_id": booking["id"]}
    assert desk.customer.client.post("/api/wallet/me/pay", body).status == 200
    assert stands(desk.customer.client, path) == ("PARTIALLY_PAID", as_told("14.00"), as_told("0.00"), as_told("100.00"))
    assert {item["currency"] for item in desk.customer.client.get(path).json["items"]} == {CURRENCY}


def test_what_was_called_off_with_nothing_paid_is_no_debt(desk: Desk) -> None:
    order, booking = desk.order()["id"], book(desk)
    desk.employee.client.post(f"/api/orders/{order}/cancel", {})
    desk.employee.client.post(f"/api/bookings/{booking['id']}/cancel", {})
    for path in (f"/api/orders/{order}", f"/api/bookings/{booking['id']}"):
        assert stands(desk.customer.client, path) == ("CANCELLED", as_told("0.00"), as_told("0.00"), as_told("0.00"))
    assert ids(desk.customer.client, "/api/orders/me?payment_status=CANCELLED") == [order]
    assert ids(desk.customer.client, "/api/orders/me?payment_status=UNPAID") == []


def test_a_booking_can_be_of_an_offer(desk: Desk) -> None:
    assert book(desk, booking_type="OFFER")["booking_type"] == "OFFER"


def test_payments_name_who_pays(desk: Desk) -> None:
    attempt, unpaid = desk.attempt(), desk.order()
    rows = desk.admin.client.get(f"/api/payments?user_id={desk.customer.id}").json["items"]
    assert {row["id"] for row in rows} == {attempt.payment_id, unpaid["id"]}
    for row in rows:
        assert (row["user_id"], row["user"]["id"]) == (desk.customer.id, desk.customer.id)
        assert {"first_name", "last_name", "email", "phone"} <= row["user"].keys()


def test_staff_open_a_payment_or_an_order_without_one(desk: Desk) -> None:
    attempt, unpaid, booking = desk.attempt(), desk.order(), book(desk)
    client = desk.admin.client
    paid = client.get(f"/api/admin/payments/{attempt.payment_id}").json
    assert (paid["source"], paid["order_id"], paid["transaction_id"]) == ("PAYMENT", attempt.order_id, attempt.invoice_id)
    listed = client.get(f"/api/admin/payments/{unpaid['id']}").json
    assert (listed["source"], listed["order_id"], listed["user"]["id"]) == ("INVOICE", unpaid["id"], desk.customer.id)
    assert client.get(f"/api/admin/payments/{booking['order_id']}").json["booking"]["id"] == booking["id"]


def test_the_payment_screen_finds_its_words(desk: Desk) -> None:
    path = f"/api/admin/payments/{desk.customer.id}"
    assert "not found" in desk.admin.client.get(path).json["detail"]
    assert "Access denied" in desk.employee.client.get(path).json["detail"]


def test_the_success_screen_asks_the_gateway(desk: Desk) -> None:
    """No webhook has come: the call that the screen makes every two seconds settles the payment."""
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", deliver=False)
    told = desk.customer.client.get(f"/api/payments/status/{attempt.payment_id}").json
    assert (told["status"], str(told["amount"])) == ("PAID", as_told("342.00"))


def test_a_payment_that_waits_for_a_person_is_never_told_as_ended(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "failed")
    desk.run(
        "update payments set review_reason = 'AMOUNT_DIFFERS' where id = :id and status = 'FAILED'", id=attempt.payment_id
    )
    assert desk.customer.client.get(f"/api/payments/status/{attempt.payment_id}").json["status"] == "PENDING"


def test_an_order_that_comes_to_nothing_has_a_payment_to_look_at(desk: Desk) -> None:
    order = desk.order(items=[{**SERVICE, "unit_price": 0}])["id"]
    told = desk.customer.client.post("/api/payments/create", {"order_id": order, "payment_method_id": 2}).json
    assert (told["status"], str(told["amount"])) == ("PAID", as_told("0.00"))
    assert "/payment/success" in told["payment_url"]
    assert desk.customer.client.get(f"/api/payments/status/{told['payment_id']}").json["status"] == "PAID"
