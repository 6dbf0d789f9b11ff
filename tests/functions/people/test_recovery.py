"""Whoever reads an account's mail gets back into it, and nobody else."""

import json
import logging

import pytest

from lib import secrets
from lib.db.session import Session
from lib.security import codes, throttle
from lib.security.throttle import CODES_ASKED, CODES_TRIED
from tests.functions.auth.accounts import PASSWORD, Account, at_once, some_address, some_email
from tests.functions.people.accounts import NEW_PASSWORD, RecoveringApp, another


def assert_invalid_code(reply: object) -> None:
    assert (reply.status, reply.json["code"]) == (400, "invalid_code"), reply.text  # type: ignore[attr-defined]


def test_a_code_by_mail_sets_a_new_password_and_ends_every_session(app: RecoveringApp, account: Account) -> None:
    session = app.auth.signed_in(account)
    assert app.forget(account.email).status == 200
    reply = app.reset(account.email, app.reset_code(account.email))
    assert (reply.status, reply.json["success"]) == (200, True)
    assert not app.can_log_in(account)
    assert app.can_log_in(account, NEW_PASSWORD)
    assert app.auth.refresh(session["refresh_token"]).status == 401
    assert "تم تغيير كلمة المرور" in subjects(app, account.email)


def subjects(app: RecoveringApp, email: str) -> list[str]:
    app.codes(email, "-")
    return [str(message["Subject"]) for message in app.mailbox.to(email)]


def test_the_mail_is_in_the_language_of_the_account(app: RecoveringApp, account: Account) -> None:
    app.auth.rows("update users set language = 'en' where id = :id", id=account.id)
    app.forget(account.email)
    assert len(app.codes(account.email, "Your code for a new password")) == 1


def test_a_code_holds_once(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    code = app.reset_code(account.email)
    assert app.reset(account.email, code).status == 200
    assert_invalid_code(app.reset(account.email, code, "Yet-Another-456"))
    assert app.can_log_in(account, NEW_PASSWORD)


def test_of_two_who_use_a_code_at_once_one_gets_in(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    code = app.reset_code(account.email)
    replies = at_once(2, lambda number: app.reset(account.email, code, f"Quite-Other-{number}98"))
    assert sorted(reply.status for reply in replies) == [200, 400]


def test_asking_anew_ends_the_code_before(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    first = app.reset_code(account.email)
    app.forget(account.email)
    assert_invalid_code(app.reset(account.email, first))
    assert app.reset(account.email, app.reset_code(account.email)).status == 200


def test_a_code_that_was_replaced_before_it_was_sent_is_not_sent(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    app.forget(account.email)
    assert len(app.codes(account.email, "رمز كلمة المرور")) == 1


def test_after_fifteen_minutes_a_code_holds_no_more(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    code = app.reset_code(account.email)
    (minutes,) = app.auth.rows(
        "select round(extract(epoch from expires_at - now()) / 60)::integer from account_codes where address = :email",
        email=account.email,
    )[-1]
    assert minutes == 15
    app.auth.rows("update account_codes set expires_at = now() where address = :email", email=account.email)
    assert_invalid_code(app.reset(account.email, code))


def test_after_five_wrong_tries_the_right_one_is_wrong_too(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    code = app.reset_code(account.email)
    for _ in range(codes.TRIES):
        assert_invalid_code(app.reset(account.email, another(code)))
    assert_invalid_code(app.reset(account.email, code))
    assert app.can_log_in(account)


def test_tries_at_the_same_moment_are_five_too(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    app.reset_code(account.email)
    at_once(8, lambda _: app.reset(account.email, "000000" if app else "", address=some_address()))
    assert app.auth.rows(
        "select tries_left from account_codes where purpose = 'RESET' and address = :email", email=account.email
    ) == [[0]]


def test_a_weak_password_costs_no_try_and_the_code_stays(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    code = app.reset_code(account.email)
    for weak in ("short", "alllowercase1", f"X1{account.username}"):
        refused = app.reset(account.email, code, weak)
        assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "new_password"])
    assert app.reset(account.email, code).status == 200


def test_what_is_no_code_is_as_wrong_as_any_other(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    app.reset_code(account.email)
    for given in ("12345", "1234567", "١٢٣٤٥", "²²²²²²", "abcdef", " "):
        assert_invalid_code(app.reset(account.email, given))


def test_a_code_may_be_typed_with_spaces_and_in_arabic_digits(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    code = app.reset_code(account.email)
    typed = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert app.reset(account.email, f" {typed[:3]} {typed[3:]}").status == 200


def test_the_code_of_one_account_does_not_open_another(app: RecoveringApp, account: Account) -> None:
    other = app.auth.make_account()
    app.forget(account.email)
    app.forget(other.email)
    code = app.reset_code(other.email)
    if code != app.reset_code(account.email):
        assert_invalid_code(app.reset(account.email, code))


def test_a_code_that_proves_an_address_sets_no_password(app: RecoveringApp, account: Account) -> None:
    assert_invalid_code(app.reset(account.email, app.proof_code(account.email)))


def test_a_closed_account_gets_no_code_and_the_same_answers(app: RecoveringApp, account: Account) -> None:
    app.auth.rows("update users set status = 'SUSPENDED', is_active = false where id = :id", id=account.id)
    closed, unknown = app.forget(account.email), app.forget(some_email())
    assert (closed.status, closed.content) == (unknown.status, unknown.content)
    assert app.codes(account.email, "رمز كلمة المرور") == []


def statements_of(monkeypatch: pytest.MonkeyPatch, work: object) -> list[str]:
    sent: list[str] = []
    write = Session._write

    def counted(session: Session, sql: str, values: dict[str, object]) -> None:
        sent.append(sql)
        write(session, sql, values)

    with monkeypatch.context() as patched:
        patched.setattr(Session, "_write", counted)
        work()  # type: ignore[operator]
    return sent


def test_for_an_address_of_nobody_the_same_is_done_answered_and_written(
    app: RecoveringApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = some_email()
    app.forget(some_email())
    asked = [statements_of(monkeypatch, lambda email=email: app.forget(email)) for email in (account.email, nobody)]
    assert asked[0] == asked[1]
    for email in (account.email, nobody):
        written = app.auth.rows(
            """
            select (select count(*) from account_codes where address = :email and purpose = 'RESET'),
                   (select count(*) from mails where recipient = :email and kind = 'PASSWORD_RESET')
            """,
            email=email,
        )
        assert written == [[1, 1]]
    tried = [
        statements_of(monkeypatch, lambda email=email: app.reset(email, "123456", address=some_address()))
        for email in (account.email, nobody)
    ]
    assert tried[0] == tried[1]
    replies = [app.reset(email, "123456", address=some_address()).json for email in (account.email, nobody)]
    assert len({json.dumps({**one, "trace_id": ""}, default=str) for one in replies}) == 1


def test_nobody_s_address_gets_no_mail(app: RecoveringApp) -> None:
    nobody = some_email()
    app.forget(nobody)
    assert subjects(app, nobody) == []
    assert app.auth.rows("select 1 from mails where recipient = :email", email=nobody) == []


def test_too_many_codes_are_not_sent_and_the_answer_stays_the_same(app: RecoveringApp, account: Account) -> None:
    replies = []
    for _ in range(CODES_ASKED.per_account_and_place + 2):
        replies.append(app.forget(account.email))
        app.codes(account.email, "-")
    assert {(reply.status, reply.content) for reply in replies} == {(200, replies[0].content)}
    # One was asked for when the account was made.
    assert len(app.codes(account.email, "رمز كلمة المرور")) == CODES_ASKED.per_account_and_place - 1


def test_strangers_who_use_up_the_codes_keep_no_owner_out(app: RecoveringApp, account: Account) -> None:
    reply = app.auth.log_in(account)
    cookie = reply.headers["Set-Cookie"].partition(";")[0]
    for _ in range(CODES_ASKED.per_account + 2):
        app.forget(account.email, address=some_address())
    for _ in range(CODES_TRIED.per_account + 2):
        refused = app.reset(account.email, "123456", address=some_address())
    assert refused.status == 429
    assert int(refused.headers["Retry-After"]) <= CODES_TRIED.window_seconds
    elsewhere = some_address()
    app.forget(account.email, address=elsewhere, cookie=cookie)
    assert app.reset(account.email, app.reset_code(account.email), address=elsewhere, cookie=cookie).status == 200


def test_recovery_and_logins_are_counted_apart(app: RecoveringApp, account: Account) -> None:
    for _ in range(throttle.LOGINS.per_account_and_place):
        app.auth.log_in(account, "Wrong-Pass-1")
    assert app.auth.log_in(account).status == 429
    app.forget(account.email)
    assert app.reset(account.email, app.reset_code(account.email)).status == 200


def test_no_code_stands_in_the_database_or_in_a_log(
    app: RecoveringApp, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        app.forget(account.email)
        code = app.reset_code(account.email)
        app.reset(account.email, code)
    rows = app.auth.rows("select to_jsonb(m)::text from mails m union all select to_jsonb(c)::text from account_codes c")
    assert not [text for (text,) in rows if f'"{code}"' in text]
    assert not [one for one in caplog.records if code in one.getMessage().split()]


def test_a_code_holds_while_the_key_is_rotated(
    app: RecoveringApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.forget(account.email)
    code = app.reset_code(account.email)
    key = secrets.newest(secrets.JWT_KEY)
    monkeypatch.setattr(secrets, "in_use", lambda name: ["0" * 64, key] if name == secrets.JWT_KEY else [])
    assert app.reset(account.email, code).status == 200


def test_the_operator_s_one_time_password_ends_with_a_reset(app: RecoveringApp, account: Account) -> None:
    app.auth.rows("update users set password_logins_left = 1 where id = :id", id=account.id)
    app.forget(account.email)
    app.reset(account.email, app.reset_code(account.email))
    assert not app.can_log_in(account, PASSWORD)
    assert app.can_log_in(account, NEW_PASSWORD)
    assert app.can_log_in(account, NEW_PASSWORD)


def test_the_address_is_found_however_it_is_written(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email.upper().replace("EXAMPLE.COM", "example.com"))
    assert app.reset(account.email.title(), app.reset_code(account.email)).status == 200


def test_a_changed_password_is_told_by_mail(app: RecoveringApp, account: Account) -> None:
    token = app.auth.signed_in(account)["access_token"]
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert app.auth.post("change-password", body, token=token).status == 200
    assert "تم تغيير كلمة المرور" in subjects(app, account.email)
