"""The deployment guide's own tests, in its order, with its words."""

import secrets as randomness

import pytest

from tests.support.clients import Client, System
from tests.support.money import Desk, Statuses, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def test_health_and_the_service_root_say_what_the_guide_says(anyone: Client) -> None:
    assert anyone.get("/health").json == {"status": "healthy"}
    assert anyone.get("/").json == {"message": "AltayarVIP API", "version": "1.0.0", "status": "running"}


def test_a_wrong_login_is_answered_in_the_guides_words(anyone: Client) -> None:
    reply = anyone.post("/api/auth/login", {"email": f"{randomness.token_hex(6)}@test.com", "password": "wrong"})
    assert (reply.status, reply.json["detail"]) == (401, "Invalid email or password")


def test_a_registered_customer_pays_an_order_and_gets_the_invoice(anyone: Client, desk: Desk) -> None:
    email = f"guide-{randomness.token_hex(6)}@example.com"
    made = anyone.post(
        "/api/auth/register", {"email": email, "password": "Test123456", "first_name": "Test", "last_name": "User"}
    )
    assert (made.status, made.json["role"]) == (201, "CUSTOMER")
    signed_in = anyone.post("/api/auth/login", {"email": email, "password": "Test123456"}).json
    buyer = Client(anyone.base_url, signed_in["access_token"])
    assert buyer.get("/api/auth/me").json["email"] == email

    order = desk.order(user_id=made.json["id"], order_type="MANUAL_INVOICE")
    path = f"/api/orders/{order['id']}"
    assert desk.employee.client.post(f"{path}/issue").json["status"] == "ISSUED"

    paying = buyer.post(f"{path}/pay", {"payment_method_id": 1}).json
    assert paying["payment_url"].startswith("http")
    assert '"amount" : 342.00' in buyer.get(f"/api/payments/status/{paying['payment_id']}").text
    assert desk.outcome(paying["invoice_id"], "paid") == "processed"
    assert buyer.get(path).json["status"] == "PAID"

    assert desk.log(invoice_id=paying["invoice_id"])[0]["outcome"] == "processed"
    invoice = buyer.get(f"{path}/invoice")
    assert (invoice.status, str(invoice.json["total_amount"])) == (200, "342.00")
    pdf = buyer.get(f"{path}/invoice/download")
    assert (pdf.status, pdf.headers["Content-Type"], pdf.content[:5]) == (200, "application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("event", "order", "payment"),
    [("paid", "PAID", "PAID"), ("failed", "ISSUED", "FAILED"), ("expired", "ISSUED", "EXPIRED")],
)
@pytest.mark.parametrize("encoding", ["json", "form"])
def test_each_event_in_the_guides_spelling_leads_where_the_guide_says(
    desk: Desk, event: str, order: str, payment: str, encoding: str
) -> None:
    attempt = desk.attempt(1)
    desk.webhook(attempt.invoice_id, event)
    assert desk.sent(desk.by_the_guide(attempt, event), encoding) == "processed"
    stands = desk.statuses(attempt)
    assert (stands.order, stands.payment) == (order, payment)
    assert desk.log(invoice_id=attempt.invoice_id)[0]["kind"] == event


@pytest.mark.parametrize("event", ["paid", "failed", "expired"])
def test_the_same_webhook_twice_is_already_processed_the_second_time(desk: Desk, event: str) -> None:
    attempt = desk.attempt(1)
    webhook = desk.webhook(attempt.invoice_id, event)
    assert [desk.sent(webhook), desk.sent(webhook)] == ["processed", "already_processed"]
    assert [one["outcome"] for one in desk.log(invoice_id=attempt.invoice_id)] == ["already_processed", "processed"]
    if event == "paid":
        assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PAID", "342.00")
