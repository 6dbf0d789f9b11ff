"""What was queued is sent, each at least once, and nothing keeps the others waiting."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.jobs import mails, purging, runs
from lib import db
from lib.db import Transaction
from lib.mail import outbox, smtp
from lib.mail.outbox import Mail
from tests.support import smtp as servers
from tests.support.clients import System
from tests.support.cloud.certificates import Authority
from tests.support.money import Desk, at_once, open_desk
from tests.support.smtp import Mailbox, smtp_server, smtp_url


@pytest.fixture
def desk(system: System) -> Iterator[Desk]:
    desk = open_desk(system)
    desk.run("delete from mails")
    yield desk
    desk.run("delete from mails")


@pytest.fixture
def mailbox(desk: Desk) -> Iterator[Mailbox]:
    assert desk
    with smtp_server() as mailbox:
        yield mailbox


@db.in_transaction
def queue(tx: Transaction, desk: Desk, amount: str = "5.00 EGP", key: str | None = None) -> None:
    mail = Mail(
        user_id=uuid.UUID(desk.customer.id),
        kind="CASHBACK_CREDITED",
        key=key or str(uuid.uuid4()),
        parameters={"amount": amount},
    )
    outbox.queue_mails(tx, [mail])


def statuses(desk: Desk) -> list[str]:
    return [row[0] for row in desk.run("select status from mails order by created_at, id")]


def make_due(desk: Desk) -> None:
    desk.run("update mails set due_at = now() where status = 'PENDING'")


def test_a_queued_mail_is_sent_once_and_says_what_happened(desk: Desk, mailbox: Mailbox) -> None:
    queue(desk, "12.50 EGP")
    assert mails.send_mails() == {"done": 1, "left": 0, "outcomes": {"processed": 1}}
    assert mails.send_mails() == {"done": 0, "left": 0, "outcomes": {}}
    (message,) = mailbox.to(desk.customer.email)
    assert message["From"] == "AltayarVIP <no-reply@altayarvip.com>"
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert "12.50 EGP of cashback" in plain.get_content()
    assert 'dir="ltr"' in page.get_content()
    assert statuses(desk) == ["SENT"]


def test_arabic_is_read_from_right_to_left(desk: Desk, mailbox: Mailbox) -> None:
    desk.run("update users set language = 'ar' where id = :id", id=desk.customer.id)
    queue(desk)
    mails.send_mails()
    (message,) = mailbox.messages
    page = message.get_body(("html",))
    assert page is not None
    assert '<html lang="ar" dir="rtl">' in page.get_content()
    assert "<bdi>5.00 EGP</bdi>" in page.get_content()
    assert message["Subject"] == "وصل الاسترداد النقدي"


def test_values_are_escaped_and_names_go_to_proven_addresses_alone(desk: Desk, mailbox: Mailbox) -> None:
    desk.run("update users set first_name = '<b>{code}' where id = :id", id=desk.customer.id)
    queue(desk)
    desk.run("update users set email_verified = true where id = :id", id=desk.customer.id)
    queue(desk, "<i>")
    mails.send_mails()
    first, second = (str(message.get_body(("html",))) for message in mailbox.messages)
    assert "{code}" not in first
    assert "&lt;b&gt;{code}" in second
    assert "&lt;i&gt;" in second


def test_what_happened_once_is_told_once(desk: Desk, mailbox: Mailbox) -> None:
    for _ in range(2):
        queue(desk, key="the-same")
    mails.send_mails()
    assert len(mailbox.messages) == 1


def test_a_mail_of_a_transaction_that_is_rolled_back_is_never_sent(desk: Desk, mailbox: Mailbox) -> None:
    @db.in_transaction
    def fails(tx: Transaction) -> None:
        assert tx
        queue(desk)
        raise LookupError

    with pytest.raises(LookupError):
        fails()
    mails.send_mails()
    assert mailbox.messages == []


def test_without_a_server_s_address_nothing_is_tried(desk: Desk) -> None:
    queue(desk)
    with smtp_url(None):
        assert mails.send_mails() == {"done": 1, "left": 1, "outcomes": {"no_smtp_url": 1}}
    assert desk.run("select attempts from mails") == [[0]]


def test_a_server_that_is_away_costs_no_mail_an_attempt(desk: Desk) -> None:
    queue(desk)
    with smtp_url("smtp://localhost:1"):
        assert mails.send_mails()["outcomes"] == {"no_server": 1}
    assert desk.run("select status, attempts from mails") == [["PENDING", 0]]


def test_a_mail_that_can_not_be_rendered_costs_its_neighbours_nothing(desk: Desk, mailbox: Mailbox) -> None:
    queue(desk, "first")
    desk.run("update mails set parameters = '{}', due_at = now() - interval '1 hour'")
    queue(desk, "second")
    assert mails.send_mails()["outcomes"] == {"failed": 1, "processed": 1}
    assert len(mailbox.messages) == 1


def test_a_mail_at_which_the_server_hangs_up_costs_its_neighbours_nothing(desk: Desk, mailbox: Mailbox) -> None:
    for amount in ("poison", "good", "better"):
        queue(desk, amount)
    mailbox.answer = lambda content: "hang up" if b"poison" in content else None
    outcomes = mails.send_mails()["outcomes"]
    assert outcomes == {"deferred": 1, "processed": 2}
    assert sorted(statuses(desk)) == ["PENDING", "SENT", "SENT"]


def test_what_the_server_puts_off_waits_twice_as_long_each_time_and_dies_at_last(desk: Desk, mailbox: Mailbox) -> None:
    queue(desk)
    mailbox.answer = lambda _content: "451 later"
    waits = []
    for _ in range(outbox.MOST_ATTEMPTS):
        make_due(desk)
        mails.send_mails()
        waits += desk.run(
            "select round(extract(epoch from due_at - now()) / 60)::integer from mails where status = 'PENDING'"
        )
    assert [wait for (wait,) in waits] == [2**number for number in range(outbox.MOST_ATTEMPTS - 1)]
    assert desk.run("select status, last_error from mails") == [["DEAD", "451 later"]]
    make_due(desk)
    mailbox.answer = lambda _content: None
    assert mails.send_mails()["done"] == 0


def test_what_the_server_will_never_take_is_dead_at_once(desk: Desk, mailbox: Mailbox) -> None:
    queue(desk)
    mailbox.answer = lambda _content: "550 nobody of this name"
    mails.send_mails()
    assert statuses(desk) == ["DEAD"]


def test_a_mail_that_ends_the_job_each_time_is_dead_at_last(desk: Desk, mailbox: Mailbox) -> None:
    queue(desk)
    desk.run("update mails set attempts = :most", most=outbox.MOST_ATTEMPTS)
    mails.send_mails()
    assert statuses(desk) == ["DEAD"]
    assert mailbox.messages == []


def test_old_news_are_not_sent_once_there_is_a_server(desk: Desk, mailbox: Mailbox) -> None:
    queue(desk)
    desk.run("update mails set created_at = now() - make_interval(days => :days::integer)", days=outbox.OLD_DAYS + 1)
    queue(desk)
    assert mails.send_mails()["outcomes"] == {"processed": 1}
    assert statuses(desk) == ["DEAD", "SENT"]
    assert len(mailbox.messages) == 1


def test_what_was_sent_is_kept_for_a_month(desk: Desk, mailbox: Mailbox) -> None:
    for days in (29, 31):
        queue(desk, key=f"{days} days ago")
    mails.send_mails()
    assert len(mailbox.messages) == 2
    for days in (29, 31):
        desk.run(
            "update mails set ended_at = now() - make_interval(days => :days::integer) where dedup_key = :key",
            days=days,
            key=f"{days} days ago",
        )
    purging.purge()
    assert desk.run("select dedup_key from mails") == [["29 days ago"]]


def test_a_crash_after_the_server_took_it_sends_one_duplicate_with_the_same_id(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(desk)

    def dies(_mail_id: uuid.UUID) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "mark_sent", dies)
        with pytest.raises(SystemExit):
            mails.send_mails()
    assert mails.send_mails()["done"] == 0, "claimed: nobody sends it while the first job may still be at it"
    make_due(desk)
    mails.send_mails()
    make_due(desk)
    mails.send_mails()
    first, second = mailbox.messages
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@altayarvip.com>")


def test_a_crash_before_the_server_took_it_loses_nothing(
    desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(desk)

    def dies(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(smtp, "send", dies)
        with pytest.raises(SystemExit):
            mails.send_mails()
    make_due(desk)
    mails.send_mails()
    assert len(mailbox.messages) == 1


def test_a_mail_whose_account_is_closed_meanwhile_is_nobody_s(desk: Desk, mailbox: Mailbox) -> None:
    queue(desk)
    claimed = outbox.claim()
    assert claimed is not None
    db.in_transaction(outbox.remove_mails_of)(uuid.UUID(desk.customer.id), desk.customer.email)
    with smtp.connected(mailbox.url) as server:
        assert mails._Connection(server).deliver(claimed).status == "ignored"
    assert mailbox.to(desk.customer.email) == []


def test_two_jobs_at_once_send_each_mail_once(desk: Desk, mailbox: Mailbox) -> None:
    for _ in range(20):
        queue(desk)

    def slowly(_content: object) -> None:
        time.sleep(0.01)

    mailbox.answer = slowly
    at_once(mails.send_mails, mails.send_mails)
    assert len(mailbox.messages) == len({message["Message-ID"] for message in mailbox.messages}) == 20


def test_a_run_ends_in_time_and_the_next_one_goes_on(desk: Desk, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        queue(desk)
    with monkeypatch.context() as patched:
        patched.setattr(runs, "RUN_SECONDS", 0.0)
        assert mails.send_mails() == {"done": 0, "left": 3, "outcomes": {}}
    assert mails.send_mails()["left"] == 0
    assert len(mailbox.messages) == 3


@pytest.mark.parametrize("scheme", ["smtps", "starttls"])
def test_a_password_is_sent_over_tls_to_a_server_with_a_good_certificate_alone(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    authority = Authority("Mail authority")
    files = authority.write_server_files(tmp_path)
    user = f"{servers.USER}:pass%3Aword"
    queue(desk)
    with smtp_server(scheme, files, user) as mailbox:
        assert mails.send_mails()["outcomes"] == {"no_server": 1}
        (tmp_path / "authority.pem").write_text(authority.pem)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert mails.send_mails()["outcomes"] == {"processed": 1}
    assert len(mailbox.messages) == 1


def test_a_wrong_password_is_the_operator_s_to_see_and_kills_no_mail(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority("Mail authority")
    files = authority.write_server_files(tmp_path)
    (tmp_path / "authority.pem").write_text(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    queue(desk)
    with smtp_server("smtps", files, "mailer:wrong"):
        assert mails.send_mails()["outcomes"] == {"no_server": 1}
    assert desk.run("select status, attempts from mails") == [["PENDING", 0]]
