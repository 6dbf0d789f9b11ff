"""Every call of the app that is about paying, people, orders, bookings, balances, recovery and figures.

Each is made as a screen makes it, and its answer has what that screen reads. Not here: what is about memberships.
"""

import secrets as randomness
from collections.abc import Iterator

import pytest

from lib.config import default_currency
from tests.app.client import balances, calls, paying, people, recovery, sales, statistics
from tests.app.client.calls import good
from tests.app.client.people import PASSWORD
from tests.app.client.sales import booking_of, order_of
from tests.support.clients import Client, System
from tests.support.money import Desk, open_desk
from tests.support.people import make_person

CALLS = {
    "paying": {
        "POST /api/payments/create",
        "POST /api/payments/quick-pay",
        "POST /api/orders/{order_id}/pay",
        "POST /api/bookings/{booking_id}/pay",
        "GET /api/payments/status/{payment_id}",
    },
    "people": {
        "GET /api/admin/users",
        "POST /api/admin/users",
        "GET /api/admin/users/{user_id}/details",
        "PUT /api/admin/users/{user_id}",
        "DELETE /api/admin/users/{user_id}",
        "GET /api/admin/employees",
        "PUT /api/admin/users/{user_id}/assign-employee",
        "GET /api/admin/users/{user_id}/assigned-customers",
        "PUT /api/admin/users/{user_id}/role",
        "GET /api/auth/me",
        "PUT /api/auth/me",
        "POST /api/auth/register",
        "POST /api/auth/login",
    },
    "sales": {
        "POST /api/orders",
        "PUT /api/orders/{order_id}",
        "DELETE /api/orders/{order_id}",
        "GET /api/orders",
        "GET /api/orders/me",
        "GET /api/orders/{order_id}",
        "POST /api/bookings/manual-create",
        "PUT /api/bookings/{booking_id}",
        "GET /api/bookings",
        "GET /api/bookings/me",
        "GET /api/bookings/{booking_id}",
        "PATCH /api/bookings/{booking_id}/status",
        "GET /api/payments",
        "GET /api/payments/my-payments",
        "GET /api/admin/payments/{payment_id}",
    },
    "balances": {
        "POST /api/admin/points/add",
        "POST /api/admin/points/remove",
        "GET /api/admin/points/history/{user_id}",
        "GET /api/admin/points/history/all",
        "POST /api/cashback/admin/add",
        "POST /api/cashback/admin/remove",
        "GET /api/cashback/admin/history/{user_id}",
        "GET /api/admin/cashback/history/all",
        "GET /api/wallet/transactions/{user_id}",
        "GET /api/wallet/transactions/all",
        "POST /api/wallet/deposit",
        "POST /api/wallet/withdraw",
        "GET /api/wallet",
        "GET /api/wallet/me/transactions",
        "GET /api/points/me/transactions",
        "GET /api/cashback/me/balance",
        "GET /api/cashback/me/records",
        "POST /api/cashback/withdraw",
        "GET /api/cashback/admin/withdrawal-requests",
        "POST /api/cashback/admin/requests/{request_id}/approve",
        "POST /api/cashback/admin/requests/{request_id}/reject",
    },
    "recovery": {"POST /api/auth/forgot-password", "POST /api/auth/reset-password", "POST /api/auth/change-password"},
    "statistics": {
        "GET /api/admin/stats/overview",
        "GET /api/admin/stats/revenue-chart",
        "GET /api/admin/stats/recent-activities",
        "GET /api/admin/stats/transactions",
    },
}


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture(autouse=True)
def _nothing_answered() -> Iterator[None]:
    calls.ANSWERED.clear()
    return iter([None])


def unanswered(section: str) -> set[str]:
    """The calls of a section that no screen has had a good answer to."""
    return CALLS[section] - calls.ANSWERED


def test_every_call_has_its_function() -> None:
    assert {name for names in CALLS.values() for name in names} == calls.KNOWN


def test_the_screens_that_pay(desk: Desk) -> None:
    customer = desk.customer.client
    opened = good(paying.pay_now(customer, order_id=order_of(desk)["id"]))
    paying.pay_now(customer, booking_id=booking_of(desk)["id"])
    paying.pay_order(customer, order_of(desk)["id"])
    paying.pay_booking(customer, booking_of(desk)["id"])
    paying.quick_pay(customer, 50, "EGP")
    assert good(paying.payment_status(customer, opened["payment_id"]))["status"] == "PENDING"
    assert unanswered("paying") == set()


def test_the_screens_of_people(desk: Desk, anyone: Client) -> None:
    admin = desk.admin.client
    name = f"nour_{randomness.token_hex(4)}"
    made = good(people.create_user(admin, people.new_user_form(name)))["user_id"]
    (row,) = good(people.find_users(admin, search=name, limit=10))["users"]
    assert row["id"] == made
    people.find_users(admin, search="", limit=50, role="CUSTOMER")
    people.find_users(admin)
    (staff, *_) = good(people.list_employees(admin))
    assert staff["name"]
    good(people.assign_employee(admin, made, desk.employee.id))
    people.assigned_customers(admin, desk.employee.id)
    people.assign_employee(admin, made, None)
    good(balances.deposit(admin, made, 5))
    details = good(people.user_details(admin, made))
    good(people.change_user(admin, made, people.edit_user_form(details, phone="")))
    good(people.change_user(admin, made, {"status": "SUSPENDED"}))
    other = f"omar_{randomness.token_hex(4)}"
    second = good(people.create_user(admin, people.new_user_form(other)))["user_id"]
    boss = make_person(desk.system, "SUPER_ADMIN").client
    people.change_role(boss, second, "EMPLOYEE")
    people.close_user(admin, second)
    email = f"{name}-own@example.com"
    good(people.register(anyone, email, PASSWORD, phone=""))
    token = good(people.log_in(anyone, email, PASSWORD))["access_token"]
    owner = Client(desk.system.base_url, token)
    people.profile(owner)
    people.change_profile(owner, first_name="Nour", last_name="Adel", phone="", gender="FEMALE", country="Egypt")
    assert unanswered("people") == set()


def test_the_screens_of_recovery(desk: Desk, anyone: Client) -> None:
    """What a code does is in the scenarios: here it is what the screens are told without one."""
    email = f"nour-{randomness.token_hex(4)}@example.com"
    good(people.register(anyone, email, PASSWORD))
    good(recovery.forget_password(anyone, email))
    refused = recovery.reset_password(anyone, email, "000000", "Aswan-By-Train-8")
    assert (refused.status, refused.json["code"]) == (400, "invalid_code")
    owner = Client(desk.system.base_url, good(people.log_in(anyone, email, PASSWORD))["access_token"])
    assert recovery.change_password(owner, "Wrong-Word-1", "Aswan-By-Train-8").status == 422
    good(recovery.change_password(owner, PASSWORD, "Aswan-By-Train-8"))
    assert unanswered("recovery") == {"POST /api/auth/reset-password"}


def test_an_account_without_a_login_name_is_shown_too(desk: Desk) -> None:
    """The app's registration asks for none, and its screens show what they get."""
    (row,) = good(people.find_users(desk.admin.client, search=desk.customer.email))["users"]
    people.user_details(desk.admin.client, desk.customer.id)
    assert row["username"] == ""
    assert good(people.change_user(desk.admin.client, desk.customer.id, {"first_name": "Nour"}))["user"]["username"] == ""


def test_the_screens_of_orders_bookings_and_payments(desk: Desk) -> None:
    customer, admin = desk.customer.client, desk.admin.client
    order = order_of(desk)
    sales.change_order(admin, order["id"], sales.order_form(desk.customer.id, default_currency(), notes_en="Bring a hat"))
    sales.delete_order(admin, order_of(desk)["id"])
    booking = booking_of(desk)
    sales.change_booking(admin, booking["id"], sales.edit_booking_form(booking, notes="A window"))
    sales.move_booking(admin, booking["id"], "CONFIRMED")
    opened = good(paying.pay_now(customer, order_id=order["id"]))
    for client, lists in (
        (admin, (sales.list_orders, sales.list_bookings, sales.list_payments)),
        (customer, (sales.my_orders, sales.my_bookings, sales.my_payments)),
    ):
        for read in lists:
            good(read(client))
        sales.one_order(client, order["id"])
        sales.one_booking(client, booking["id"])
    sales.one_payment(admin, opened["payment_id"])
    assert good(sales.one_payment(admin, booking["order_id"]))["source"] == "INVOICE"
    assert unanswered("sales") == set()


def test_the_screens_of_balances(desk: Desk) -> None:
    customer, admin, whose = desk.customer.client, desk.admin.client, desk.customer.id
    for add, remove in (
        (balances.add_points, balances.remove_points),
        (balances.add_cashback, balances.remove_cashback),
    ):
        good(add(admin, whose, 50, "Goodwill"))
        good(remove(admin, whose, 5))
    good(balances.deposit(admin, whose, 40))
    good(balances.withdraw(admin, whose, 3))
    for amount, decide in ((20, balances.approve_withdrawal), (15, balances.reject_withdrawal)):
        asked = good(balances.ask_for_cashback(customer, amount))
        balances.withdrawal_requests(admin, "PENDING")
        good(decide(admin, asked["request_id"]))
        balances.withdrawal_requests(admin, "PROCESSED")
    for history in (balances.points_history, balances.cashback_history, balances.wallet_history):
        history(admin, whose)
    for all_of in (balances.all_points_history, balances.all_cashback_history, balances.all_wallet_history):
        all_of(admin)
    balances.list_wallets(admin)
    for own in (
        balances.my_cashback,
        balances.my_cashback_records,
        balances.my_wallet_history,
        balances.my_points_history,
    ):
        own(customer)
    assert unanswered("balances") == set()


def test_the_screens_of_figures(desk: Desk) -> None:
    admin = desk.admin.client
    paid = good(paying.pay_now(desk.customer.client, order_id=order_of(desk)["id"]))
    desk.happens(paid["invoice_id"], "paid")
    booking_of(desk)
    statistics.overview(admin)
    assert len(good(statistics.revenue_chart(admin, 30))) == 30
    statistics.recent_activities(admin)
    statistics.recent_activities(admin, 50)
    statistics.transactions(admin)
    assert unanswered("statistics") == set()
