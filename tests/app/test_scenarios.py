"""What people do with the app from beginning to end: each screen's calls, the gateway's webhook, the mails."""

import secrets as randomness
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from functions.jobs import mails
from lib.config import config, default_currency
from lib.money import with_currency
from tests.app.client import balances, paying, people, recovery, sales
from tests.app.client.calls import good
from tests.app.client.people import PASSWORD
from tests.app.client.sales import booking_of
from tests.functions.invoices.test_invoice_routes import pdf_text
from tests.functions.people.accounts import another
from tests.support.clients import Client, Reply, System
from tests.support.money import Desk, open_desk
from tests.support.smtp import Mailbox, code_in, smtp_server

NEW_PASSWORD = "Aswan-By-Train-8"


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture
def mailbox(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    # What other tests have queued would be sent first, which takes longer than a run.
    desk.run("delete from mails where status = 'PENDING'")
    # The job, which runs in this process, fetches invoices there.
    monkeypatch.setenv("APP_BASE_URL", desk.system.base_url)
    config.cache_clear()
    with smtp_server() as mailbox:
        yield mailbox
    monkeypatch.undo()
    config.cache_clear()


def arrived(mailbox: Mailbox, address: str) -> dict[str, Any]:
    """The mails that have come to an address once the job has run, by their subjects."""
    mails.send_mails()
    return {str(message["Subject"]): message for message in mailbox.to(address)}


def words_of(message: Any) -> str:
    return str(message.get_body(("plain",)).get_content())


def owed(lists: list[dict[str, Any]]) -> list[tuple[str, Any, Any]]:
    """What the lists of a customer show as due, which they decide by the status of its payment."""
    due = ("UNPAID", "PARTIALLY_PAID")
    return [(row["payment_status"], row["total_amount"], row["amount_due"]) for row in lists if row["payment_status"] in due]


def test_staff_make_an_order_for_a_customer_whom_they_look_up_and_who_pays_from_the_home_screen(
    desk: Desk, mailbox: Mailbox
) -> None:
    admin, customer, currency = desk.admin.client, desk.customer.client, default_currency()
    (row,) = good(people.find_users(admin, search=desk.customer.email[:20], limit=10))["users"]
    picked = good(people.user_details(admin, row["id"]))
    assert picked["user"]["name"] == "Mona El-Sayed"
    order = good(sales.create_order(admin, sales.order_form(row["id"], currency)))
    assert (order["tax_amount"], order["total_amount"], order["currency"]) == (42, 342, currency)

    assert owed(good(sales.my_orders(customer))) == [("UNPAID", 342, 342)]
    opened = good(paying.pay_now(customer, order_id=order["id"]))
    assert (opened["amount"], opened["currency"]) == (342, currency)
    desk.happens(opened["invoice_id"], "paid")
    assert good(paying.payment_status(customer, opened["payment_id"]))["status"] == "PAID"
    assert owed(good(sales.my_orders(customer))) == []
    (listed,) = good(sales.my_payments(customer))["items"]
    assert (listed["id"], listed["status"], listed["order"]["id"]) == (opened["payment_id"], "PAID", order["id"])

    invoice = customer.get(f"/api/orders/{order['id']}/invoice/download")
    assert (invoice.status, invoice.headers["Content-Type"]) == (200, "application/pdf")
    assert order["order_number"] in pdf_text(invoice.content)
    mail = arrived(mailbox, desk.customer.email)["We have received your payment"]
    assert f"{with_currency(Decimal(342), currency)} for your order {order['order_number']}" in words_of(mail)
    (attached,) = mail.iter_attachments()
    assert order["order_number"] in pdf_text(attached.get_content())


def test_staff_book_by_hand_with_a_part_from_the_wallet_and_the_customer_pays_the_rest(desk: Desk, mailbox: Mailbox) -> None:
    admin, customer, whose = desk.admin.client, desk.customer.client, desk.customer.id
    good(balances.deposit(admin, whose, 50))
    refused = sales.create_booking(admin, sales.booking_form(whose, default_currency(), wallet_to_use=51))
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    booking = booking_of(desk, wallet_to_use=50)
    assert (booking["subtotal"], booking["discount_amount"], booking["total_amount"]) == (250, 50, 200)
    assert owed(good(sales.my_bookings(customer))) == [("PARTIALLY_PAID", 200, 150)]
    assert good(people.profile(customer))["wallet_balance"] == 0

    opened = good(paying.pay_now(customer, booking_id=booking["id"]))
    assert opened["amount"] == 150
    desk.happens(opened["invoice_id"], "paid")
    (shown,) = good(sales.my_bookings(customer))
    assert (shown["status"], shown["payment_status"], shown["amount_paid"], shown["amount_due"]) == (
        "CONFIRMED",
        "PAID",
        200,
        0,
    )
    methods = [(row["payment_method"], row["amount"]) for row in good(sales.my_payments(customer))["items"]]
    assert [amount for _, amount in methods] == [150, 50]
    assert f"Your booking {booking['booking_number']} is confirmed" in arrived(mailbox, desk.customer.email)


def test_a_forgotten_password_is_set_anew_by_a_code_which_ends_all_sessions(
    desk: Desk, mailbox: Mailbox, anyone: Client
) -> None:
    email = f"nour-{randomness.token_hex(6)}@example.com"
    good(people.register(anyone, email, PASSWORD, language="en"))
    phone, tablet = (good(people.log_in(anyone, email, PASSWORD)) for _ in range(2))
    good(recovery.forget_password(anyone, email))
    code = code_in(arrived(mailbox, email)["Your code for a new password"])

    assert recovery.reset_password(anyone, email, another(code), NEW_PASSWORD).json["code"] == "invalid_code"
    assert recovery.reset_password(anyone, email, code, "short").status == 422
    good(recovery.reset_password(anyone, email, code, NEW_PASSWORD))
    again = recovery.reset_password(anyone, email, code, PASSWORD)
    assert (again.status, again.json["code"]) == (400, "invalid_code")
    for session in (phone, tablet):
        assert people.profile(Client(desk.system.base_url, session["access_token"])).status == 401
        assert anyone.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 401
    assert people.log_in(anyone, email, PASSWORD).status == 401
    assert good(people.log_in(anyone, email, NEW_PASSWORD))["user"]["email"] == email
    assert "Your password was changed" in arrived(mailbox, email)


@pytest.mark.parametrize(
    ("decide", "status", "wallet", "available"),
    [(balances.approve_withdrawal, "WITHDRAWN", 25, 0), (balances.reject_withdrawal, "REJECTED", 0, 25)],
)
def test_cashback_is_asked_for_decided_once_and_seen_in_the_history(
    desk: Desk, decide: Callable[[Client, str], Reply], status: str, wallet: int, available: int
) -> None:
    customer, admin = desk.customer.client, desk.admin.client
    good(balances.add_cashback(admin, desk.customer.id, 25, "Welcome"))
    asked = good(balances.ask_for_cashback(customer, good(balances.my_cashback(customer))["available"]))
    assert balances.ask_for_cashback(customer, 1).json["code"] == "insufficient_balance"
    held = good(balances.my_cashback(customer))
    assert (held["total"], held["available"]) == (25, 0)
    waiting = good(balances.withdrawal_requests(admin, "PENDING"))
    (row,) = [row for row in waiting if row["id"] == asked["request_id"]]
    assert (row["amount"], row["status"], row["user_name"]) == (25, "PENDING", "Mona El-Sayed")

    good(decide(admin, row["id"]))
    for once_more in (balances.approve_withdrawal, balances.reject_withdrawal):
        assert once_more(admin, row["id"]).status == 409
    seen = {record["reference_type"]: record for record in good(balances.my_cashback_records(customer))}
    withdrawal = seen["CLUB_GIFT_WITHDRAWAL_REQUEST"]
    assert (withdrawal["status"], withdrawal["amount"], withdrawal["cashback_amount"]) == (status, -25, -25)
    assert withdrawal["rejection_reason"] == ("Rejected by admin" if status == "REJECTED" else None)
    profile = good(people.profile(customer))
    assert (profile["wallet_balance"], profile["cashback_balance"]) == (wallet, available)
    assert row["id"] in [one["id"] for one in good(balances.withdrawal_requests(admin, "PROCESSED"))]


def test_who_registers_with_spaces_around_the_address_logs_in_with_them_and_proves_it(
    desk: Desk, mailbox: Mailbox, anyone: Client
) -> None:
    email = f"mona-{randomness.token_hex(6)}@example.com"
    typed = f"  {email} "
    assert good(people.register(anyone, typed, PASSWORD, language="en", phone=""))["email"] == email
    assert people.register(anyone, email, PASSWORD).status == 409
    session = good(people.log_in(anyone, typed, PASSWORD))
    assert (session["user"]["email"], session["user"]["email_verified"]) == (email, False)
    code = code_in(arrived(mailbox, email)["Confirm your e-mail address"])
    assert anyone.post("/api/auth/verify-email", {"email": typed, "code": another(code)}).status == 400
    assert anyone.post("/api/auth/verify-email", {"email": typed, "code": code}).status == 200
    owner = Client(desk.system.base_url, session["access_token"])
    assert good(people.profile(owner))["email_verified"] is True
