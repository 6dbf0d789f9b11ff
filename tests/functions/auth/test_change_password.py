import uuid
from typing import Any

import pytest

from functions.auth.schemas import PasswordChanged
from lib.security import passwords
from tests.functions.auth.accounts import PASSWORD, Account, AuthApp, assert_invalid, assert_shape, at_once, some_address
from tests.support.clients import Reply

NEW = "Another123456"
WRONG = "Wrong123456"


@pytest.fixture
def token(app: AuthApp, account: Account) -> str:
    return str(app.signed_in(account)["access_token"])


def _change(app: AuthApp, token: str, current: object = PASSWORD, new: object = NEW, **options: Any) -> Reply:
    return app.post("change-password", {"current_password": current, "new_password": new}, token=token, **options)


def test_the_new_password_holds_and_the_old_one_does_not(app: AuthApp, account: Account, token: str) -> None:
    assert_shape(_change(app, token), PasswordChanged)
    assert app.log_in(account, NEW).status == 200
    assert app.log_in(account, PASSWORD).status == 401


def test_other_sessions_end_at_once_and_this_one_stays(app: AuthApp, account: Account, token: str) -> None:
    other = app.signed_in(account)
    stranger = app.signed_in(app.make_account())
    assert app.me(other["access_token"]).status == 200
    _change(app, token)
    assert app.me(other["access_token"]).status == 401
    assert app.refresh(other["refresh_token"]).status == 401
    assert app.me(token).status == 200
    assert app.refresh(stranger["refresh_token"]).status == 200
    ended = app.rows("select end_reason from sessions where user_id = :id::uuid and ended_at is not null", id=account.id)
    assert ended == [["PASSWORD_CHANGED"]]


def test_a_wrong_current_password_is_named_and_is_no_401(app: AuthApp, account: Account, token: str) -> None:
    assert_invalid(_change(app, token, WRONG), "body", "current_password")
    assert app.me(token).status == 200
    assert app.log_in(account).status == 200


@pytest.mark.parametrize("with_key", [False, True])
def test_wrong_current_passwords_count_by_session_and_keep_nobody_from_logging_in(
    app: AuthApp, account: Account, token: str, *, with_key: bool
) -> None:
    for _ in range(5):
        options = {"key": uuid.uuid4().hex} if with_key else {}
        assert _change(app, token, WRONG, **options).status == 422
    for address in (app.address, some_address()):
        reply = _change(app, token, address=address)
        assert (reply.status, reply.json["code"]) == (429, "too_many_requests")
        assert 0 < int(reply.headers["Retry-After"]) <= 300
    other = app.signed_in(account)
    assert _change(app, other["access_token"]).status == 200


def test_failed_logins_keep_nobody_from_changing_their_password(app: AuthApp, account: Account, token: str) -> None:
    for _ in range(4):
        address = some_address()
        assert [app.log_in(account, WRONG, address=address).status for _ in range(5)] == [401] * 5
    assert _change(app, token, address=some_address()).status == 200


def test_a_success_takes_the_failures_away(app: AuthApp, account: Account, token: str) -> None:
    for _ in range(4):
        _change(app, token, WRONG)
    _change(app, token)
    assert app.rows("select 1 from login_attempts where account = :id", id=account.id) == []


def test_of_changes_at_once_one_wins(app: AuthApp, account: Account, token: str) -> None:
    new = [f"Another12345{number}" for number in range(3)]
    replies = at_once(3, lambda number: _change(app, token, new=new[number]))
    statuses = [reply.status for reply in replies]
    assert sorted(statuses) == [200, 422, 422]
    assert app.log_in(account, new[statuses.index(200)]).status == 200


def test_a_login_with_the_old_password_during_the_change_opens_nothing_that_lasts(
    app: AuthApp, account: Account, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = passwords.verify

    def changing_meanwhile(password: str, stored: str | None) -> bool:
        monkeypatch.setattr(passwords, "verify", real)
        assert _change(app, token).status == 200
        return real(password, stored)

    monkeypatch.setattr(passwords, "verify", changing_meanwhile)
    assert app.log_in(account).status == 401


def test_the_same_key_changes_once_and_answers_alike(app: AuthApp, account: Account, token: str) -> None:
    key = uuid.uuid4().hex
    first, again = (_change(app, token, key=key) for _ in range(2))
    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert app.log_in(account, NEW).status == 200


_WRONG_FIELDS: dict[str, list[object]] = {
    "current_password": ["", None, 7, ["x"], "x" * 129, "a\x00", "\ud800"],
    "new_password": ["", None, 7, "short1A", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", "Password1", "Aa1" + "x" * 126],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in _WRONG_FIELDS.items() for value in values])
def test_a_wrong_field_is_named_and_nothing_is_counted(
    app: AuthApp, account: Account, token: str, field: str, value: object
) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW, field: value}
    assert_invalid(app.post("change-password", body, token=token), "body", field)
    assert app.rows("select 1 from login_attempts where account = :id", id=account.id) == []
    assert app.log_in(account).status == 200


def test_nobody_can_change_a_password_without_a_session(app: AuthApp) -> None:
    reply = app.post("change-password", {"current_password": PASSWORD, "new_password": NEW})
    assert reply.status == 401


@pytest.mark.parametrize("new", ["xMona2026x", "AltayarVIP2026"])
def test_a_new_password_that_others_can_guess_is_refused_and_counts_as_no_attempt(
    app: AuthApp, token: str, new: str
) -> None:
    for _ in range(6):
        assert_invalid(_change(app, token, new=new), "body", "new_password")
    assert_shape(_change(app, token), PasswordChanged)
