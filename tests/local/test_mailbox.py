"""Whoever develops reads in the mailbox what a customer would get."""

from typing import Any

from tests.support.clients import Client
from tests.support.money import Desk, open_desk
from tests.support.people import Person


def mails_to(anyone: Client, person: Person) -> list[dict[str, Any]]:
    return list(anyone.get(f"/mailbox/mails.json?to={person.email}").json)


def test_a_mail_is_there_as_it_would_be_sent_before_any_job_has_run(anyone: Client, customer: Person) -> None:
    assert anyone.post("/api/auth/forgot-password", {"email": customer.email}).status == 200
    (mail,) = mails_to(anyone, customer)
    assert (mail["kind"], mail["subject"]) == ("PASSWORD_RESET", "Your code for a new password")
    (code,) = [line for line in mail["text"].splitlines() if line.isdigit()]
    body = {"email": customer.email, "code": code, "new_password": "Quite-Other-987"}
    assert anyone.post("/api/auth/reset-password", body).status == 200
    assert customer.client.get("/api/auth/me").status == 401


def test_the_page_lists_mails_and_leads_to_each(anyone: Client, customer: Person) -> None:
    anyone.post("/api/auth/forgot-password", {"email": customer.email})
    (mail,) = mails_to(anyone, customer)
    page = anyone.get("/mailbox/")
    assert customer.email in page.text
    assert f"/mailbox/{mail['id']}" in page.text
    assert 'dir="ltr"' in anyone.get(f"/mailbox/{mail['id']}").text
    assert anyone.get(f"/mailbox/{customer.id}").status == 404


def test_it_is_no_function_s_path_that_begins_alike(anyone: Client) -> None:
    assert anyone.get("/mailboxes").json["code"] == "not_found"


def test_every_step_of_an_order_is_told(anyone: Client, system: Any) -> None:
    desk: Desk = open_desk(system)
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    told = {mail["kind"]: mail["text"] for mail in mails_to(anyone, desk.customer)}
    assert {"ORDER_ISSUED", "PAYMENT_RECEIVED"} == told.keys()
    assert "342.00 EGP" in told["PAYMENT_RECEIVED"]
