import re
import uuid

import pytest

from functions.auth.schemas import RegisteredUser
from tests.functions.auth.accounts import PASSWORD, Account, AuthApp, assert_invalid, assert_shape, at_once, some_email


def _wanted(**fields: object) -> dict[str, object]:
    return {"email": some_email(), "password": PASSWORD, "first_name": "Mona", "last_name": "Ali", **fields}


def test_registering_makes_a_customer(app: AuthApp) -> None:
    wanted = _wanted()
    reply = app.post("register", wanted)
    assert_shape(reply, RegisteredUser, 201)
    assert reply.json["email"] == wanted["email"]
    assert reply.json["role"] == "CUSTOMER"
    assert "Welcome" in reply.json["message"]


def test_every_optional_field_is_kept(app: AuthApp) -> None:
    wanted = _wanted(
        username="Mona_1" + uuid.uuid4().hex[:8], phone="+20 (10) 1234-5678", language="en", gender="FEMALE",
        country="مصر", referral_code="FRIEND-7", first_name="  منى ", last_name="O'Neil",
    )  # fmt: skip
    app.post("register", wanted)
    reply = app.post("login", {"email": wanted["email"], "password": PASSWORD})
    profile = reply.json["user"]
    for field in ("username", "phone", "language", "gender", "country", "last_name"):
        assert profile[field] == wanted[field]
    assert profile["first_name"] == "منى"
    assert app.rows("select referral_code from users where email = :email", email=wanted["email"]) == [["FRIEND-7"]]


def test_spaces_around_an_address_and_a_name_are_dropped_and_an_empty_phone_is_none(app: AuthApp) -> None:
    wanted = _wanted(username=f"mona_{uuid.uuid4().hex[:8]}", phone="")
    typed = {name: f"  {wanted[name]} " for name in ("email", "username")}
    assert app.post("register", {**wanted, **typed}).json["email"] == wanted["email"]
    for name in ("email", "username"):
        reply = app.post("login", {"identifier": typed[name], "password": PASSWORD})
        assert reply.status == 200, reply.text
        assert [reply.json["user"][field] for field in ("username", "phone")] == [wanted["username"], None]


def test_each_account_has_a_card_number_of_its_own(app: AuthApp) -> None:
    numbers = [app.me(app.signed_in(app.make_account())["access_token"]).json["membership_id_display"] for _ in range(2)]
    assert all(re.fullmatch(r"ALT-[0-9]{6,}", number) for number in numbers)
    assert numbers[0] != numbers[1]


def test_a_number_that_staff_gave_to_somebody_is_passed_over(app: AuthApp, account: Account) -> None:
    [[last]] = app.rows("select last_value from membership_numbers")
    ahead = f"alt-{last + 3:06}"
    app.rows("update users set membership_id_display = :number where id = :id::uuid", number=ahead, id=account.id)
    accounts = [app.make_account() for _ in range(3)]
    given = app.rows(
        "select membership_id_display from users where id = any(:ids::uuid[]) order by 1", ids=[one.id for one in accounts]
    )
    assert len(given) == 3
    assert [ahead.upper()] not in given


def test_a_role_that_is_sent_counts_for_nothing(app: AuthApp) -> None:
    reply = app.post("register", _wanted(role="SUPER_ADMIN", is_active=False, email_verified=True))
    assert reply.json["role"] == "CUSTOMER"
    assert app.rows("select role, email_verified from users where id = :id::uuid", id=reply.json["id"]) == [
        ["CUSTOMER", False]
    ]


def test_the_password_is_stored_as_argon2id_alone(app: AuthApp, account: Account) -> None:
    [[row]] = app.rows("select u::text from users u where id = :id::uuid", id=account.id)
    assert "$argon2id$v=19$m=7168,t=5,p=1$" in row
    assert PASSWORD not in row


@pytest.mark.parametrize("change", [str, str.upper, str.title])
def test_a_taken_email_is_refused_in_any_case(app: AuthApp, account: Account, change: type[str]) -> None:
    reply = app.post("register", _wanted(email=change(account.email)))
    assert (reply.status, reply.json["code"]) == (409, "already_taken")
    assert "email" in reply.json["detail"]


def test_a_taken_username_is_refused_in_any_case(app: AuthApp, account: Account) -> None:
    wanted = _wanted(username=account.username.upper())
    reply = app.post("register", wanted)
    assert (reply.status, reply.json["code"]) == (409, "already_taken")
    assert "username" in reply.json["detail"]
    assert app.rows("select 1 from users where email = :email", email=wanted["email"]) == []


def test_of_two_registrations_at_once_one_wins(app: AuthApp) -> None:
    wanted = _wanted()
    replies = at_once(4, lambda _: app.post("register", wanted))
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409]


def test_the_same_key_registers_once_and_answers_alike(app: AuthApp) -> None:
    wanted, key = _wanted(), uuid.uuid4().hex
    first, again = (app.post("register", wanted, key=key) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert again.headers["Idempotent-Replayed"] == "true"


def test_a_stranger_with_the_same_key_registers_too(app: AuthApp) -> None:
    key = uuid.uuid4().hex
    assert [app.post("register", _wanted(), key=key).status for _ in range(2)] == [201, 201]


def test_a_taken_email_under_a_key_is_a_409_too(app: AuthApp, account: Account) -> None:
    assert app.post("register", _wanted(email=account.email), key=uuid.uuid4().hex).status == 409


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Mona.{}@EXAMPLE.com", "Mona.{}@example.com"),
        ("منى{}@example.com", "منى{}@example.com"),
        ("mona{}@xn--mnchen-3ya.de", "mona{}@münchen.de"),
        ("mona{}+tag@example.com", "mona{}+tag@example.com"),
    ],
)
def test_an_email_is_stored_in_its_normal_form(app: AuthApp, given: str, stored: str) -> None:
    unique = uuid.uuid4().hex
    reply = app.post("register", _wanted(email=given.format(unique)))
    assert reply.status == 201, reply.text
    assert reply.json["email"] == stored.format(unique)
    assert app.post("login", {"email": given.format(unique), "password": PASSWORD}).status == 200


@pytest.mark.parametrize(
    "password",
    [
        "Short1a",
        "a" * 129 + "A1",
        "nouppercase1",
        "NOLOWERCASE1",
        "NoDigitsHere",
        "Password1",
        "",
        12345678,
        None,
        ["Test123456"],
    ],
)
def test_a_weak_password_is_named(app: AuthApp, password: object) -> None:
    reply = app.post("register", _wanted(password=password))
    assert_invalid(reply, "body", "password")
    assert "NoDigitsHere" not in reply.text


@pytest.mark.parametrize("password", ["Aa345678", "Aa3" + "x" * 125, "كلمةAa1سرية", "Test123456"])
def test_a_good_password_logs_in(app: AuthApp, password: str) -> None:
    wanted = _wanted(password=password)
    assert app.post("register", wanted).status == 201
    assert app.post("login", {"email": wanted["email"], "password": password}).status == 200


_UNSTORABLE = ["a\x00b", "a\ud800b", "a\u202eb"]
_WRONG: dict[str, list[object]] = {
    "first_name": ["", "  ", "x" * 101, 7, None, ["Mona"], {}, *_UNSTORABLE],
    "last_name": ["", "x" * 101, None, *_UNSTORABLE],
    "email": ["", "plain", "a@b", "a@b@c.com", "<b>@c.com", "a b@example.com", "a@example.com, b@example.com", 7, None, []],
    "password": [f"Test123456{bad}" for bad in _UNSTORABLE],
    "username": ["ab", "x" * 51, "a-b-c", "mona@x", "منى", "ab\nc", "", 7, *_UNSTORABLE],
    "phone": ["1234", "1" * 33, "0101234567x", "+", "-----", "٠١٠١٢٣٤٥٦٧", 201012345678, []],
    "language": ["fr", "", "AR", 1],
    "gender": ["male", "OTHER", "", 1],
    "country": ["x" * 101, "", 5, *_UNSTORABLE],
    "referral_code": ["x" * 101, *_UNSTORABLE],
}
_WRONG["email"] += ["Mona <mona@example.com>", "x" * 300 + "@example.com", *(f"{bad}@example.com" for bad in _UNSTORABLE)]


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in _WRONG.items() for value in values])
def test_a_wrong_field_is_named_and_nothing_is_written(app: AuthApp, field: str, value: object) -> None:
    before = app.rows("select count(*) from users")
    assert_invalid(app.post("register", _wanted(**{field: value})), "body", field)
    assert app.rows("select count(*) from users") == before


def test_every_missing_field_is_named(app: AuthApp) -> None:
    reply = app.post("register")
    for field in ("email", "password", "first_name", "last_name"):
        assert_invalid(reply, "body", field)


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b'{"email": NaN}', b"1e400", b"[" * 100_000])
def test_a_body_that_is_no_json_is_unreadable(app: AuthApp, raw: bytes) -> None:
    assert app.post("register", raw=raw).status == 400


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"null", b"1"])
def test_a_body_that_is_no_object_is_invalid(app: AuthApp, raw: bytes) -> None:
    assert_invalid(app.post("register", raw=raw), "body")


def test_a_huge_body_is_too_large(app: AuthApp) -> None:
    assert app.post("register", _wanted(first_name="x" * 1_100_000)).status == 413


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "Mona-2026x"}, "your e-mail address, username, name"),
        ({"password": "xTravellerX1", "email": "traveller@example.com"}, "your e-mail address, username, name"),
        ({"password": "Aa12Traveller", "username": "Traveller"}, "your e-mail address, username, name"),
        ({"password": "Aa01012345678", "phone": "+201012345678"}, "your e-mail address, username, name"),
        ({"password": "AltayarVIP2026"}, "AltayarVIP"),
    ],
)
def test_a_password_that_others_can_guess_is_refused_with_words(app: AuthApp, fields: dict[str, object], words: str) -> None:
    wanted = _wanted(**fields)
    reply = app.post("register", wanted)
    assert_invalid(reply, "body", "password")
    assert words in reply.json["detail"]
    assert str(fields["password"]) not in reply.text
    assert app.rows("select 1 from users where email = :email", email=wanted["email"]) == []


def test_the_customer_of_the_documented_examples_registers(app: AuthApp) -> None:
    wanted = _wanted(email=f"test-{uuid.uuid4().hex}@example.com", first_name="Test", last_name="User")
    assert app.post("register", wanted).status == 201
