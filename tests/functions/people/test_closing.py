"""Closing an account: whose it was is struck out, what they bought stays, and nothing of theirs is lost unseen."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from lib.ledger.verifying import verify_batch
from tests.functions.people.test_changing import PASSWORD, log_in, make
from tests.support import database as statements
from tests.support.balances import Balances, balances, give
from tests.support.clients import Client, Reply
from tests.support.money import SERVICE, Desk, at_once
from tests.support.people import make_person

BOOKING = {"booking_type": "TRIP", "title_en": "Siwa", "items": [SERVICE]}


def close(desk: Desk, user_id: str) -> Reply:
    return desk.admin.client.delete(f"/api/admin/users/{user_id}")


def agrees(user_id: str) -> bool:
    return verify_batch(UUID(int=UUID(user_id).int - 1), 1).disagreements == []


def test_nothing_is_left_that_says_whose_account_it_was(desk: Desk) -> None:
    form: dict[str, Any] = make(desk).json["user"]
    assert log_in(desk, form["username"]).status == 200
    assert close(desk, form["id"]).json == {"success": True, "message": "The account is closed"}
    [[user]] = desk.run("select to_jsonb(u)::text from users u where id = :id", id=form["id"])
    [[session]] = desk.run("select to_jsonb(s)::text from sessions s where user_id = :id", id=form["id"])
    for personal in (form["email"], form["username"], "Muna", "El Fassi", "1234567890", "FEMALE", "Egypt", "$argon2id"):
        assert personal.lower() not in user.lower()
    assert "127.0.0.1" not in session
    (row,) = desk.admin.client.get(f"/api/admin/users?status=DELETED&search={form['membership_id']}").json["users"]
    assert (row["status"], row["username"], row["deleted_at"] is not None) == ("DELETED", "", True)
    assert desk.admin.client.get(f"/api/admin/users?search={form['membership_id']}").json["total"] == 0


def test_its_sessions_end_and_its_names_are_free_again(desk: Desk) -> None:
    user = make(desk).json["user"]
    session = log_in(desk, user["email"]).json
    close(desk, user["id"])
    assert Client(desk.system.base_url, session["access_token"]).get("/api/auth/me").status == 401
    refresh = {"refresh_token": session["refresh_token"]}
    assert Client(desk.system.base_url).post("/api/auth/refresh", refresh).status == 401
    assert log_in(desk, user["email"]).status == 401
    anew = {"email": user["email"], "username": user["username"], "password": PASSWORD}
    made = Client(desk.system.base_url).post("/api/auth/register", {**anew, "first_name": "Muna", "last_name": "Ali"})
    assert made.status == 201, made.text


def test_orders_and_invoices_stay(desk: Desk) -> None:
    order = desk.order(payment_status="PAID")
    assert close(desk, desk.customer.id).status == 200
    kept = desk.admin.client.get(f"/api/orders/{order['id']}/invoice")
    assert desk.customer.email in kept.text
    assert desk.admin.client.get(f"/api/orders/{order['id']}").json["status"] == "PAID"
    assert agrees(desk.customer.id)


def test_points_and_cashback_lapse_through_the_ledger_and_the_log_says_so(desk: Desk) -> None:
    desk.order(payment_status="PAID")
    give(desk.customer.id, points=70)
    assert desk.admin.client.post(f"/api/cashback/admin/add?user_id={desk.customer.id}&amount=7.5").status == 200
    assert close(desk, desk.customer.id).status == 200
    assert balances(desk.customer.id) == Balances()
    # Its points waited, because it was paid by hand.
    assert desk.run("select status from pending_points where user_id = :id", id=desk.customer.id) == [["CREDITED"]]
    assert desk.run("select distinct status from cashback_records where user_id = :id", id=desk.customer.id) == [
        ["REJECTED"]
    ]
    assert agrees(desk.customer.id)
    log = desk.admin.client.get(f"/api/admin/audit-log?entity_id={desk.customer.id}").json
    assert {row["action"] for row in log[:3]} == {"close", "remove-cashback", "remove-points"}


def test_what_is_refunded_after_an_account_was_closed_is_paid_out_and_nothing_else_moves(desk: Desk) -> None:
    order = desk.order(payment_status="PAID")
    assert close(desk, desk.customer.id).status == 200
    refunded = desk.admin.client.post(f"/api/orders/{order['id']}/refund", {"reason": "ill", "destination": "wallet"})
    assert refunded.status == 201, refunded.text
    wallet = f"user_id={desk.customer.id}"
    assert desk.admin.client.post(f"/api/wallet/deposit?{wallet}", {"amount": 1}).status == 409
    assert (
        desk.admin.client.post(f"/api/wallet/withdraw?{wallet}", {"amount": balances(desk.customer.id).wallet}).status == 200
    )
    assert balances(desk.customer.id).wallet == "0.00"


def a_withdrawal(desk: Desk) -> None:
    give(desk.customer.id, cashback="5")
    assert desk.customer.client.post("/api/cashback/withdraw", {"amount": 5}).status == 200


def a_promise(desk: Desk) -> None:
    give(desk.customer.id, points=500)
    desk.order(points_to_use=500)


def a_paid_booking(desk: Desk, **when: str) -> None:
    booking = desk.employee.client.post("/api/bookings", {"user_id": desk.customer.id, **BOOKING, **when}).json
    attempt = desk.pay(booking["order_id"])
    desk.happens(attempt.invoice_id, "paid")


def a_question(desk: Desk) -> None:
    """A deposit for the customer that waits for another administrator."""
    desk.run(
        """
        insert into approvals (kind, user_id, amount, currency, value, request, asked_by_user_id)
        values ('DEPOSIT', :owner, 5, 'EGP', 5, '{"reason": "gift", "reason_ar": null}', :asker)
        """,
        owner=desk.customer.id,
        asker=desk.admin.id,
    )


IN_THE_WAY: dict[str, Callable[[Desk], object]] = {
    "wallet holds money": lambda desk: give(desk.customer.id, wallet="0.01"),
    "withdrawal of cashback": a_withdrawal,
    "open order holds": a_promise,
    "administrator's approval": a_question,
    "payment is still open": lambda desk: desk.attempt(),
    "paid booking is to come": lambda desk: a_paid_booking(desk, start_date="2047-05-01"),
}


@pytest.mark.parametrize("words", IN_THE_WAY)
def test_what_is_not_at_its_end_keeps_the_account_open(desk: Desk, words: str) -> None:
    IN_THE_WAY[words](desk)
    before = balances(desk.customer.id)
    refused = close(desk, desk.customer.id)
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert words in refused.json["detail"]
    assert balances(desk.customer.id) == before
    assert desk.customer.client.get("/api/auth/me").status == 200


def test_a_trip_that_is_over_is_not_in_the_way(desk: Desk) -> None:
    a_paid_booking(desk, start_date="2047-05-01")
    desk.run("update bookings set start_date = '2020-05-01' where user_id = :id", id=desk.customer.id)
    assert close(desk, desk.customer.id).status == 200


def test_a_suspended_account_is_closed_too(desk: Desk) -> None:
    give(desk.customer.id, points=70)
    desk.admin.client.put(f"/api/admin/users/{desk.customer.id}", {"status": "SUSPENDED"})
    assert close(desk, desk.customer.id).status == 200
    assert balances(desk.customer.id).points == 0


def test_a_closed_account_stays_closed(desk: Desk) -> None:
    assert close(desk, desk.customer.id).status == 200
    path = f"/api/admin/users/{desk.customer.id}"
    for reply in (
        close(desk, desk.customer.id),
        desk.admin.client.put(path, {"status": "ACTIVE"}),
        desk.admin.client.put(f"{path}/role?new_role=EMPLOYEE"),
        desk.admin.client.put(f"{path}/assign-employee", {"employee_id": desk.employee.id}),
        desk.admin.client.post(f"/api/wallet/deposit?user_id={desk.customer.id}", {"amount": 1}),
        desk.employee.client.post("/api/orders", {"user_id": desk.customer.id, "items": [SERVICE]}),
    ):
        assert reply.status == 409, reply.text


def test_closed_twice_at_once_it_lapses_once(desk: Desk) -> None:
    give(desk.customer.id, points=70)
    replies = at_once(*[lambda: close(desk, desk.customer.id)] * 3)
    assert sorted(reply.status for reply in replies) == [200, 409, 409]
    removed = "select sum(amount)::integer from desk_movements where user_id = :id"
    assert desk.run(removed, id=desk.customer.id) == [[70]]


@pytest.mark.parametrize("path", ["wallet/deposit?", "cashback/admin/add?amount=1&", "admin/points/add?points=1&"])
def test_a_deposit_and_a_closing_at_once_leave_no_money_in_a_closed_account(desk: Desk, path: str) -> None:
    body = {"amount": 1} if path.startswith("wallet") else None
    with statements.connected(desk.system.database_url) as closing, ThreadPoolExecutor(1) as pool:
        closing.run("begin")
        closing.run("select from wallets where user_id = :id for update", id=desk.customer.id)
        deposit = pool.submit(desk.admin.client.post, f"/api/{path}user_id={desk.customer.id}", body)
        # It has seen that the account is open, and waits for the wallet.
        waiting = "select count(*) from pg_locks where not granted and pid <> pg_backend_pid()"
        while not deposit.done() and desk.run(waiting) == [[0]]:
            time.sleep(0.01)
        closing.run(
            "update users set status = 'DELETED', is_active = false, deleted_at = now() where id = :id", id=desk.customer.id
        )
        closing.run("commit")
        assert (deposit.result().status, deposit.result().json["code"]) == (409, "customer_inactive")
    assert balances(desk.customer.id) == Balances()


def test_who_looked_after_customers_leaves_them_to_nobody(desk: Desk) -> None:
    employee = make_person(desk.system, "EMPLOYEE")
    path = f"/api/admin/users/{desk.customer.id}"
    desk.admin.client.put(f"{path}/assign-employee", {"employee_id": employee.id})
    assert close(desk, employee.id).status == 200
    assert desk.admin.client.get(f"{path}/details").json["assigned_employee"] is None
