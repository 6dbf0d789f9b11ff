import hashlib
import json
import logging
from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher, extract_parameters

from functions.auth.schemas import LoginAnswer, Profile
from lib import logs
from lib.security import passwords
from lib.security.administrators import create_administrator
from tests.functions.auth.accounts import PASSWORD, Account, AuthApp, assert_invalid, assert_shape, at_once, some_email


def test_a_login_answers_tokens_and_the_profile(app: AuthApp, account: Account) -> None:
    reply = app.log_in(account)
    assert_shape(reply, LoginAnswer)
    assert reply.json["token_type"] == "bearer"
    assert reply.json["expires_in"] == 1440 * 60
    assert reply.json["user"] == app.me(reply.json["access_token"]).json
    assert set(reply.json["user"]) == set(Profile.model_fields)


@pytest.mark.parametrize("field", ["email", "username", "identifier"])
@pytest.mark.parametrize("name", ["email", "username"])
def test_any_field_takes_an_email_or_a_username_in_any_case(app: AuthApp, account: Account, field: str, name: str) -> None:
    value = getattr(account, name)
    for written in (value, value.upper(), f" {value} "):
        assert app.post("login", {field: written, "password": PASSWORD}).status == 200


def test_an_empty_name_counts_as_not_given(app: AuthApp, account: Account) -> None:
    body = {"email": "", "identifier": None, "username": account.username, "password": PASSWORD}
    assert app.post("login", body).status == 200


@pytest.mark.parametrize("names", [{}, {"email": ""}, {"email": " ", "username": None}])
def test_a_login_that_names_nobody_is_invalid(app: AuthApp, names: dict[str, object]) -> None:
    assert_invalid(app.post("login", {**names, "password": PASSWORD}), "body")


@pytest.mark.parametrize(
    "name",
    ["nobody@example.com", "nobody", "no@address", "@", "a@b@c", "' or 1=1 --", "%", "NOBODY@ΕΛΛΆΔΑ.gr", "x" * 254],
)
def test_an_unknown_account_gets_the_words_of_a_wrong_password(app: AuthApp, account: Account, name: str) -> None:
    unknown = app.post("login", {"identifier": name, "password": PASSWORD})
    wrong = app.log_in(account, "Wrong123456")
    assert (unknown.status, wrong.status) == (401, 401)
    assert unknown.json["detail"] == wrong.json["detail"] == "Invalid email or password"
    assert unknown.json["code"] == wrong.json["code"] == "invalid_credentials"


def test_an_unknown_account_costs_one_hash_as_a_known_one_does(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[bool] = []
    real = passwords.verify

    def counted(password: str, stored: str | None) -> bool:
        looked_at.append(stored is not None)
        return real(password, stored)

    monkeypatch.setattr(passwords, "verify", counted)
    app.post("login", {"email": some_email(), "password": PASSWORD})
    app.log_in(account, "Wrong123456")
    assert looked_at == [False, True]


def test_what_an_unknown_account_is_held_against_costs_what_a_stored_hash_costs() -> None:
    assert extract_parameters(passwords.HASH_OF_NOBODY) == extract_parameters(passwords.hashed(PASSWORD))


def test_no_password_holds_where_there_is_no_account_and_none_is_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PasswordHasher, "hash", None)
    assert not passwords.verify("a password that no account has", None)


def test_a_login_hashes_a_password_anew_whose_hash_has_parameters_of_before(app: AuthApp, account: Account) -> None:
    of_before = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(PASSWORD)
    app.rows("update users set password_hash = :hash where id = :id::uuid", hash=of_before, id=account.id)
    assert app.log_in(account, "Wrong123456").status == 401
    assert app.log_in(account).status == 200
    [[stored]] = app.rows("select password_hash from users where id = :id::uuid", id=account.id)
    assert extract_parameters(stored) == extract_parameters(passwords.HASH_OF_NOBODY)
    assert app.log_in(account).status == 200
    assert app.rows("select password_hash from users where id = :id::uuid", id=account.id) == [[stored]]


def test_a_closed_account_gets_the_same_words(app: AuthApp, account: Account) -> None:
    app.rows("update users set status = 'SUSPENDED', is_active = false where id = :id::uuid", id=account.id)
    reply = app.log_in(account)
    assert (reply.status, reply.json["detail"]) == (401, "Invalid email or password")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("password", bad) for bad in ("", None, 7, ["Test123456"], "x" * 129, "a\x00", "\ud800")],
        *[("email", bad) for bad in (7, ["a@b.co"], {"$ne": 1}, "x" * 255, "a\x00@b.co", "\udfff@b.co", "\u202ea@b.co")],
    ],
)
def test_a_wrong_type_is_named(app: AuthApp, account: Account, field: str, value: object) -> None:
    assert_invalid(app.post("login", {"email": account.email, "password": PASSWORD, field: value}), "body", field)


def test_a_session_remembers_where_it_was_opened_cut_to_size(app: AuthApp, account: Account) -> None:
    app.log_in(account, agent="Altayar/1.0 " + "x" * 300)
    [[address, agent]] = app.rows("select address, user_agent from sessions where user_id = :id::uuid", id=account.id)
    assert address == app.address
    assert agent == ("Altayar/1.0 " + "x" * 300)[:255]


def test_no_log_line_holds_the_email_the_password_or_a_token(
    app: AuthApp, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    reply = app.log_in(account)
    app.log_in(account, "Wrong123456")
    app.post("login", {"email": some_email(), "password": "Wrong123456"})
    said = " ".join(f"{record.getMessage()} {vars(record).get('fields')}" for record in caplog.records)
    assert "a login was refused" in said
    for secret in (
        account.email,
        account.username,
        PASSWORD,
        "Wrong123456",
        reply.json["access_token"],
        "@example.com",
    ):
        assert secret not in said


@pytest.fixture
def refusals(app: AuthApp, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[str], list[dict[str, object]]]]:
    """What the log says of wrong passwords for a name, until it is throttled."""
    caplog.set_level("INFO")
    formatted: list[dict[str, object]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            formatted.append(json.loads(logs._JsonLines().format(record)))

    def refused(name: str) -> list[dict[str, object]]:
        formatted.clear()
        for _ in range(6):
            app.post("login", {"identifier": name, "password": "Wrong123456"})
        return [one for one in formatted if one["message"] in ("a login was refused", "a password was not looked at")]

    handler = Kept()
    logging.getLogger().addHandler(handler)
    yield refused
    logging.getLogger().removeHandler(handler)


def test_refused_and_throttled_logins_are_logged_with_the_address_and_a_digest_of_the_name(
    app: AuthApp, account: Account, refusals: Callable[[str], list[dict[str, object]]]
) -> None:
    by_name = {name: refusals(name) for name in (account.email, some_email())}
    for name, lines in by_name.items():
        assert [line["message"] for line in lines] == ["a login was refused"] * 5 + ["a password was not looked at"]
        assert {line["address"] for line in lines} == {app.address}
        assert not any(name in json.dumps(line) for line in lines)
    digests = {name: {str(line["name_digest"]) for line in lines} for name, lines in by_name.items()}
    assert all(len(found) == 1 for found in digests.values())
    assert len(set.union(*digests.values())) == len(digests)
    # Whoever knows the name can't tell that it is this one without our key.
    for name, found in digests.items():
        assert hashlib.sha256(name.encode()).hexdigest()[:16] not in found


def test_all_ways_to_write_a_name_have_one_digest(refusals: Callable[[str], list[dict[str, object]]]) -> None:
    email = some_email()
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalnum() else letter for letter in email)
    assert len({line["name_digest"] for name in (email, email.upper(), wide) for line in refusals(name)}) == 1


def test_a_password_that_was_changed_while_it_was_verified_opens_nothing(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = passwords.verify

    def slowly(password: str, stored: str | None) -> bool:
        app.rows("update users set password_hash = 'another' where id = :id::uuid", id=account.id)
        return real(password, stored)

    monkeypatch.setattr(passwords, "verify", slowly)
    assert app.log_in(account).status == 401
    assert app.rows("select 1 from sessions where user_id = :id::uuid", id=account.id) == []


def test_amounts_in_the_profile_have_two_decimals_on_the_wire(app: AuthApp, account: Account) -> None:
    text = app.log_in(account).text.replace(" ", "")
    assert '"wallet_balance":0.00,"cashback_balance":0.00' in text
    profile = json.loads(text)["user"]
    assert profile["points"] == {"current_balance": 0, "total_earned": 0}
    assert profile["membership"] is None


def test_a_one_time_password_opens_one_session_which_can_give_the_account_another(app: AuthApp) -> None:
    email, password = some_email(), "OneTime123456"
    assert create_administrator(email, password, logins=1)
    first = app.post("login", {"email": email, "password": password})
    assert first.status == 200
    again = app.post("login", {"email": email, "password": password})
    assert (again.status, again.json["code"]) == (401, "invalid_credentials")
    wanted = {"current_password": password, "new_password": "TheirOwn123456"}
    changed = app.post("change-password", wanted, token=first.json["access_token"])
    assert changed.status == 200, changed.text
    for _ in range(2):
        assert app.post("login", {"email": email, "password": "TheirOwn123456"}).status == 200
    assert app.post("login", {"email": email, "password": password}).status == 401


def test_a_one_time_password_that_comes_twice_at_once_opens_one_session(app: AuthApp) -> None:
    email, password = some_email(), "OneTime123456"
    create_administrator(email, password, logins=1)
    body = {"email": email, "password": password}
    outcomes = at_once(4, lambda _number: app.post("login", body).status)
    assert sorted(outcomes) == [200, 401, 401, 401]
