"""A mail about an order carries its invoice, which the invoices function draws, and waits for it, but not for ever."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from functions.jobs import attachments, mails
from lib.config import config
from tests.functions.invoices.test_invoice_routes import pdf_text
from tests.support.clients import System
from tests.support.money import Desk, open_desk
from tests.support.ports import own_port
from tests.support.smtp import Mailbox, smtp_server


@pytest.fixture
def desk(system: System) -> Iterator[Desk]:
    desk = open_desk(system)
    desk.run("delete from mails")
    yield desk
    desk.run("delete from mails")


@pytest.fixture
def mailbox(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    answers_at(desk.system.base_url, monkeypatch)
    with smtp_server() as mailbox:
        yield mailbox
    monkeypatch.undo()
    config.cache_clear()


def answers_at(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the jobs in this process find the other functions there."""
    monkeypatch.setenv("APP_BASE_URL", base_url)
    config.cache_clear()


def issue(desk: Desk) -> str:
    """An order that is issued; its number."""
    order = desk.order()
    assert desk.employee.client.post(f"/api/orders/{order['id']}/issue").status == 200
    return str(order["order_number"])


def attached(message: EmailMessage) -> list[tuple[str | None, str]]:
    return [(part.get_filename(), part.get_content_type()) for part in message.iter_attachments()]


def send_again(desk: Desk) -> dict[str, object]:
    desk.run("update mails set due_at = now() where status = 'PENDING'")
    return dict(mails.send_mails())


def test_an_order_that_is_issued_and_one_that_is_paid_come_with_their_invoice(desk: Desk, mailbox: Mailbox) -> None:
    number = issue(desk)
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    mails.send_mails()
    sent = mailbox.to(desk.customer.email)
    assert len(sent) == 3
    for message in sent:
        ((name, kind),) = attached(message)
        assert (str(name).endswith(".pdf"), kind) == (True, "application/pdf")
        assert message.get_body(("html",)) is not None
    (issued,) = [message for message in sent if number in str(message["Subject"])]
    (invoice,) = issued.iter_attachments()
    assert number in pdf_text(invoice.get_content())


def test_a_mail_that_speaks_of_no_order_carries_nothing(desk: Desk, mailbox: Mailbox) -> None:
    desk.admin.client.put(f"/api/admin/users/{desk.customer.id}", {"email": f"x{desk.customer.email}"})
    mails.send_mails()
    assert [attached(message) for message in mailbox.to(desk.customer.email)] == [[]]


@pytest.mark.parametrize("where", ["http://localhost:{port}", "{system}/sandbox", "{system}/openapi.json?"])
def test_while_the_invoice_can_not_be_had_the_mail_waits_and_at_last_goes_without(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    issue(desk)
    with own_port() as port:
        answers_at(where.format(port=port, system=desk.system.base_url), monkeypatch)
        for _ in range(attachments.ATTEMPTS_WITH_INVOICE - 1):
            assert send_again(desk)["outcomes"] == {"deferred": 1}
        assert mailbox.to(desk.customer.email) == []
        assert send_again(desk)["outcomes"] == {"processed": 1}
    assert [attached(message) for message in mailbox.to(desk.customer.email)] == [[]]


def test_the_others_are_sent_while_one_waits_for_its_invoice(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(desk)
    desk.admin.client.put(f"/api/admin/users/{desk.customer.id}", {"email": f"x{desk.customer.email}"})
    with own_port() as port:
        answers_at(f"http://localhost:{port}", monkeypatch)
        assert mails.send_mails()["outcomes"] == {"deferred": 1, "processed": 2}
    assert [str(message["Subject"]) for message in mailbox.to(f"x{desk.customer.email}")]


def test_an_invoice_that_servers_would_refuse_is_left_out(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "_MOST_BYTES", 1_000)
    issue(desk)
    mails.send_mails()
    assert [attached(message) for message in mailbox.to(desk.customer.email)] == [[]]
