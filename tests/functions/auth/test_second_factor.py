"""A login that needs a code: only whoever has the password hears of it, and a code holds once."""

import os
import time
import uuid
from types import SimpleNamespace
from uuid import UUID

import pyotp
import pytest

from lib import db, secrets
from lib.security import second_factors, throttle
from lib.security.administrators import end_second_factor_of
from lib.security.second_factors import STEP_SECONDS
from lib.security.throttle import CODES_OF_APPS
from tests.functions.auth.accounts import PASSWORD, Account, AuthApp, at_once, some_address
from tests.support.clients import Reply

NOW = time.time()


@pytest.fixture(autouse=True)
def _no_step_ends_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_factors, "time", SimpleNamespace(time=lambda: NOW))


class Protected:
    """An account with a second factor: its app, and its recovery codes."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.secret = db.in_transaction(second_factors.begin)(UUID(account.id))
        made = db.in_transaction(second_factors.confirm)(UUID(account.id), self.code(-1))
        assert made is not None
        self.recovery_codes = made

    def code(self, steps: int = 0) -> str:
        """The code that the app shows, or showed so many steps of time ago or will show."""
        return str(pyotp.TOTP(self.secret).at(NOW + steps * STEP_SECONDS))


@pytest.fixture
def protected(account: Account) -> Protected:
    return Protected(account)


def assert_code_wanted(reply: Reply) -> None:
    assert (reply.status, reply.json["code"]) == (401, "second_factor_required"), reply.text


def log_in(app: AuthApp, protected: Protected, otp: object = None, **options: object) -> Reply:
    body = {"email": protected.account.email, "password": PASSWORD, "otp": otp}
    return app.post("login", {**body, "password": options.pop("password", PASSWORD)}, **options)


@pytest.mark.parametrize("otp", [None, ""])
def test_a_right_password_alone_is_asked_for_a_code(app: AuthApp, protected: Protected, otp: str | None) -> None:
    assert_code_wanted(log_in(app, protected, otp))
    assert_code_wanted(app.log_in(protected.account))
    assert app.rows("select 1 from sessions where user_id = :id", id=protected.account.id) == []


def test_a_code_opens_a_session(app: AuthApp, protected: Protected) -> None:
    reply = log_in(app, protected, protected.code())
    assert reply.status == 200, reply.text
    assert app.me(reply.json["access_token"]).json["id"] == protected.account.id


def test_a_wrong_password_tells_nothing_of_the_second_factor(app: AuthApp, protected: Protected) -> None:
    for otp in (None, protected.code(), protected.recovery_codes[0]):
        wrong = log_in(app, protected, otp, password="Wrong123456")
        assert (wrong.status, wrong.json["code"]) == (401, "invalid_credentials")
    assert log_in(app, protected, protected.code()).status == 200


def test_a_suspended_account_is_asked_for_no_code(app: AuthApp, protected: Protected) -> None:
    app.rows("update users set status = 'SUSPENDED', is_active = false where id = :id", id=protected.account.id)
    for otp in (None, protected.code()):
        assert log_in(app, protected, otp).json["code"] == "invalid_credentials"


def test_one_that_was_only_begun_is_asked_for_by_nobody(app: AuthApp, account: Account) -> None:
    db.in_transaction(second_factors.begin)(UUID(account.id))
    assert app.log_in(account).status == 200


def test_a_code_that_is_not_needed_is_passed_over(app: AuthApp, account: Account) -> None:
    assert app.post("login", {"email": account.email, "password": PASSWORD, "otp": "123456"}).status == 200


@pytest.mark.parametrize("bad", [7, ["123456"], {"a": 1}, "1" * 65, "a\x00"])
def test_what_can_be_no_code_is_named(app: AuthApp, protected: Protected, bad: object) -> None:
    refused = log_in(app, protected, bad)
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "otp"])


@pytest.mark.parametrize("bad", ["000000x", "12345", "²²²²²²", "ABCD-EFGH-IJKL-MNOP", " ", "-"])
def test_what_is_no_code_of_theirs_is_wrong(app: AuthApp, protected: Protected, bad: str) -> None:
    assert_code_wanted(log_in(app, protected, bad))


def test_a_code_holds_once_and_so_does_no_earlier_one(app: AuthApp, protected: Protected) -> None:
    code, earlier = protected.code(), protected.code(-1)
    assert log_in(app, protected, code).status == 200
    for again in (code, earlier):
        assert_code_wanted(log_in(app, protected, again))


def test_of_two_who_use_a_code_at_once_one_gets_in(app: AuthApp, protected: Protected) -> None:
    code = protected.code()
    for used in (code, protected.recovery_codes[0]):
        replies = at_once(2, lambda _, used=used: log_in(app, protected, used))  # type: ignore[misc] # bound now
        assert sorted(reply.status for reply in replies) == [200, 401]


def test_a_clock_may_be_one_step_off_and_not_two(app: AuthApp, protected: Protected) -> None:
    for steps in (-2, 2, 3):
        assert_code_wanted(log_in(app, protected, protected.code(steps)))
    app.rows("update second_factors set last_step = 0 where user_id = :id", id=protected.account.id)
    for steps in (-1, 1):
        assert log_in(app, protected, protected.code(steps)).status == 200


def test_a_code_may_be_typed_in_arabic_digits_and_with_spaces(app: AuthApp, protected: Protected) -> None:
    typed = protected.code().translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert log_in(app, protected, f" {typed[:3]} {typed[3:]} ").status == 200


def test_a_recovery_code_opens_one_session_however_it_is_typed(app: AuthApp, protected: Protected) -> None:
    code = protected.recovery_codes[3]
    assert log_in(app, protected, code.lower().replace("-", " ")).status == 200
    assert_code_wanted(log_in(app, protected, code))
    assert log_in(app, protected, protected.recovery_codes[4]).status == 200


def test_nobody_s_code_opens_another_s_account(app: AuthApp, protected: Protected) -> None:
    other = Protected(app.make_account())
    if other.code() not in (protected.code(-1), protected.code(), protected.code(1)):
        assert_code_wanted(log_in(app, protected, other.code()))
    assert_code_wanted(log_in(app, protected, other.recovery_codes[0]))
    assert log_in(app, other, other.recovery_codes[0]).status == 200


def test_wrong_codes_are_throttled_by_account_whatever_its_name(app: AuthApp, protected: Protected) -> None:
    for number in range(CODES_OF_APPS.per_account):
        name = (protected.account.email, protected.account.username)[number % 2]
        body = {"identifier": name, "password": PASSWORD, "otp": "000000x"}
        assert_code_wanted(app.post("login", body, address=some_address()))
    throttled = log_in(app, protected, protected.code(), address=some_address())
    assert throttled.status == 429
    assert int(throttled.headers["Retry-After"]) <= CODES_OF_APPS.window_seconds


def test_whoever_was_in_before_is_not_kept_out_by_a_stranger_with_the_password(app: AuthApp, protected: Protected) -> None:
    assert log_in(app, protected, protected.code()).status == 200
    for _ in range(CODES_OF_APPS.per_account + 1):
        log_in(app, protected, "000000x", address=some_address())
    assert log_in(app, protected, protected.recovery_codes[0]).status == 200


def test_being_asked_for_a_code_is_no_failed_login(app: AuthApp, protected: Protected) -> None:
    for _ in range(throttle.LOGINS.per_account_and_place + 1):
        assert_code_wanted(log_in(app, protected))


def test_a_one_time_password_is_not_used_up_without_the_code(app: AuthApp, protected: Protected) -> None:
    app.rows("update users set password_logins_left = 1 where id = :id", id=protected.account.id)
    assert_code_wanted(log_in(app, protected))
    assert_code_wanted(log_in(app, protected, "000000x"))
    assert log_in(app, protected, protected.code()).status == 200


def test_the_database_alone_has_neither_the_secret_nor_a_recovery_code(app: AuthApp, protected: Protected) -> None:
    rows = app.rows(
        """
        select to_jsonb(f)::text || encode(f.secret, 'escape') from second_factors f where user_id = :id
        union all select to_jsonb(r)::text || encode(code_hash, 'escape') from recovery_codes r where user_id = :id
        """,
        id=protected.account.id,
    )
    assert len(rows) == 1 + second_factors.RECOVERY_CODES
    for (text,) in rows:
        for known in (protected.secret, *protected.recovery_codes, protected.recovery_codes[0].replace("-", "")):
            assert known not in text


def test_a_secret_of_another_account_does_not_open(app: AuthApp, protected: Protected) -> None:
    """Whoever may write into the table can't put a secret of their own under another's id."""
    mine = Protected(app.make_account())
    app.rows(
        "update second_factors set secret = (select secret from second_factors where user_id = :mine) where user_id = :id",
        mine=mine.account.id,
        id=protected.account.id,
    )
    assert_code_wanted(log_in(app, protected, mine.code()))


def rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a new key; of those before it the newest alone is still in use."""
    newest = os.environ["JWT_SECRET_KEY"].split()[0]
    monkeypatch.setenv("JWT_SECRET_KEY", f"{uuid.uuid4().hex * 2} {newest}")
    monkeypatch.setattr(secrets, "_read", {})


def test_a_second_factor_outlives_any_number_of_keys(
    app: AuthApp, protected: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in (-1, 0, 1):
        second_factors.seal_anew()
        rotated(monkeypatch)
        app.rows("update second_factors set last_step = 0 where user_id = :id", id=protected.account.id)
        assert log_in(app, protected, protected.code(steps)).status == 200


@pytest.mark.parametrize("broken", [b"", b"\0" * 5, b"\0" * 12, b"\0" * 40])
def test_a_broken_seal_opens_nothing_and_keeps_no_other_from_being_sealed_anew(
    app: AuthApp, protected: Protected, broken: bytes
) -> None:
    other = app.make_account()
    app.rows("insert into second_factors (user_id, secret, confirmed_at) values (:id, :s, now())", id=other.id, s=broken)
    second_factors.seal_anew()
    assert_code_wanted(app.post("login", {"email": other.email, "password": PASSWORD, "otp": "123456"}))
    assert log_in(app, protected, protected.code()).status == 200


def test_where_the_key_is_gone_recovery_codes_still_hold(
    app: AuthApp, protected: Protected, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotated(monkeypatch)
    rotated(monkeypatch)
    second_factors.seal_anew()
    assert_code_wanted(log_in(app, protected, protected.code()))
    assert log_in(app, protected, protected.recovery_codes[0]).status == 200


def test_the_operator_takes_it_off(app: AuthApp, protected: Protected) -> None:
    session = log_in(app, protected, protected.code()).json
    assert end_second_factor_of(protected.account.email.upper())
    assert not end_second_factor_of(protected.account.email)
    assert not end_second_factor_of("nobody@example.com")
    assert app.refresh(session["refresh_token"]).status == 401
    assert app.log_in(protected.account).status == 200
    assert app.rows(
        "select action, address from audit_log where entity_id = :id order by at desc limit 1", id=protected.account.id
    ) == [["end-second-factor", "command line"]]
