from typing import Any

import pytest

from functions.auth.schemas import ChangedProfile, Profile
from tests.functions.auth.accounts import Account, AuthApp, assert_invalid, assert_shape
from tests.support.photos import a_jpeg, data_uri


@pytest.fixture
def token(app: AuthApp, account: Account) -> str:
    return str(app.signed_in(account)["access_token"])


def _change(app: AuthApp, token: str, body: object = None) -> Any:
    return app.call("PUT", "/api/auth/me", body, token=token)


def test_the_profile_is_what_the_contract_lists(app: AuthApp, account: Account, token: str) -> None:
    reply = app.me(token)
    assert_shape(reply, Profile)
    given = reply.json
    assert (given["id"], given["email"], given["username"]) == (account.id, account.email, account.username)
    assert (given["role"], given["language"]) == ("CUSTOMER", "ar")
    assert (given["email_verified"], given["phone_verified"]) == (False, False)
    assert given["created_at"].endswith("+00:00")
    assert [given[name] for name in ("phone", "avatar", "gender", "country", "membership")] == [None] * 5


def test_nobody_has_no_profile(app: AuthApp) -> None:
    assert app.call("GET", "/api/auth/me").status == 401
    assert app.me("eyJ.forged.token").status == 401


def test_every_field_can_be_changed(app: AuthApp, token: str) -> None:
    wanted = {
        "first_name": "منى", "last_name": "السيد", "phone": "01012345678", "language": "en", "gender": "FEMALE",
        "country": "Egypt",
    }  # fmt: skip
    reply = _change(app, token, {**wanted, "avatar": data_uri(a_jpeg())})
    assert_shape(reply, ChangedProfile)
    assert set(reply.json["user"]) == set(Profile.model_fields)
    assert reply.json["success"] is True
    assert {name: reply.json["user"][name] for name in wanted} == wanted
    assert reply.json["user"]["avatar"].startswith("http://localhost:8080/api/pictures/")
    assert app.me(token).json == reply.json["user"]


def test_what_is_not_given_stays(app: AuthApp, token: str) -> None:
    before = _change(app, token, {"phone": "01012345678", "avatar": data_uri(a_jpeg())}).json["user"]
    assert _change(app, token, {"language": "en"}).json["user"] == {**before, "language": "en"}


@pytest.mark.parametrize("body", [None, {}, {"unknown": 1}, {"role": "ADMIN", "email": "other@example.com"}])
def test_a_body_without_a_known_field_changes_nothing(app: AuthApp, account: Account, token: str, body: object) -> None:
    before = app.rows("select u::text from users u where id = :id::uuid", id=account.id)
    assert_shape(_change(app, token, body), ChangedProfile)
    assert app.rows("select u::text from users u where id = :id::uuid", id=account.id) == before


@pytest.mark.parametrize("field", ["phone", "gender", "country"])
@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_text_clears_what_may_be_absent(app: AuthApp, token: str, field: str, nothing: str | None) -> None:
    given = {"phone": "01012345678", "gender": "FEMALE", "country": "Egypt"}
    _change(app, token, given)
    user = _change(app, token, {field: nothing}).json["user"]
    assert {name: user[name] for name in given} == {**given, field: None}


@pytest.mark.parametrize("field", ["phone", "avatar"])
def test_null_clears_a_phone_and_an_avatar(app: AuthApp, token: str, field: str) -> None:
    assert _change(app, token, {"phone": "01012345678", "avatar": data_uri(a_jpeg())}).status == 200
    user = _change(app, token, {field: None}).json["user"]
    assert user[field] is None
    assert user["phone"] or user["avatar"]


def test_the_time_of_a_change_is_kept(app: AuthApp, account: Account, token: str) -> None:
    _change(app, token, {"language": "en"})
    assert app.rows("select updated_at > created_at from users where id = :id::uuid", id=account.id) == [[True]]


_WRONG: dict[str, list[object]] = {
    "first_name": [None, "", "  ", "x" * 101, 7, ["Mona"], "a\x00b", "a\ud800b", "a\u202eb"],
    "last_name": [None, ""],
    "language": [None, "fr", ""],
    "phone": ["abc", 7, "1" * 33],
    "gender": ["female", 7],
    "country": ["x" * 101, 7],
    "avatar": [
        "", "mona.png", "https://example.com/a.png", "javascript:alert(1)", "https://", "data:image/png;base64,AA==", 7,
        "https://example.com/" + "x" * 2048, "https://example.com/\ud800", "https://example.com/\x00",
        "https://example.com/\u202egnp.exe", ["https://example.com/a.png"],
        "http://localhost:8080/api/pictures/", "http://localhost:8080/api/pictures/" + "0" * 40, "0" * 40,
    ],
}  # fmt: skip


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in _WRONG.items() for value in values])
def test_a_wrong_field_is_named_and_nothing_is_changed(app: AuthApp, token: str, field: str, value: object) -> None:
    before = app.me(token).json
    good = {"last_name": "Changed"} if field != "last_name" else {"first_name": "Changed"}
    assert_invalid(_change(app, token, {**good, field: value}), "body", field)
    assert app.me(token).json == before


def test_an_address_that_an_account_shows_already_is_no_change_whatever_it_is(
    app: AuthApp, account: Account, token: str
) -> None:
    elsewhere = "https://example.com/from-the-old-days.png"
    app.rows("update users set avatar = :avatar where id = :id::uuid", avatar=elsewhere, id=account.id)
    assert _change(app, token, {"avatar": elsewhere, "language": "en"}).json["user"]["avatar"] == elsewhere


def test_a_closed_account_has_no_profile_even_while_its_session_is_remembered(
    app: AuthApp, account: Account, token: str
) -> None:
    assert app.me(token).status == 200
    app.rows("update users set status = 'SUSPENDED', is_active = false where id = :id::uuid", id=account.id)
    assert app.me(token).status == 401
    assert _change(app, token, {"language": "en"}).status == 401
    assert app.rows("select language from users where id = :id::uuid", id=account.id) == [["ar"]]
