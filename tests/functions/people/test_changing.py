"""Staff make and change accounts: every field of the app's forms is applied, or refused by name."""

import secrets as randomness
import uuid
from typing import Any

import pytest

from functions.people.schemas import UserChanged, UserMade
from tests.support.clients import Client, Reply
from tests.support.money import Desk, at_once
from tests.support.people import make_person
from tests.support.photos import a_jpeg, data_uri, seen

PASSWORD = "Long-Way-2026"


def a_form(**fields: object) -> dict[str, object]:
    """What the app's screen sends for a new account."""
    unique = randomness.token_hex(6)
    return {
        "username": f" mona_{unique} ",
        "email": f" Mona.{unique}@Example.com ",
        "first_name": " Muna ",
        "last_name": " El Fassi ",
        "password": PASSWORD,
        "phone": "+20 (123) 456-78.90",
        "gender": "FEMALE",
        "country": "Egypt",
        "role": "CUSTOMER",
        "status": "ACTIVE",
        **fields,
    }


def make(desk: Desk, **fields: object) -> Reply:
    return desk.admin.client.post("/api/admin/users", a_form(**fields))


def change(desk: Desk, user_id: str, **fields: object) -> Reply:
    return desk.admin.client.put(f"/api/admin/users/{user_id}", fields)


def details(desk: Desk, user_id: str) -> dict[str, Any]:
    return dict(desk.admin.client.get(f"/api/admin/users/{user_id}/details").json["user"])


def log_in(desk: Desk, identifier: object) -> Reply:
    return Client(desk.system.base_url).post("/api/auth/login", {"identifier": identifier, "password": PASSWORD})


def test_every_field_of_the_form_is_kept(desk: Desk) -> None:
    form = a_form(membership_id="vip-" + randomness.token_hex(4), plan_id="", plan_start_date=None, avatar=None)
    reply = desk.admin.client.post("/api/admin/users", form)
    assert reply.status == 201, reply.text
    UserMade.model_validate(reply.json)
    told = reply.json["user"]
    assert told["membership_id"] == f"ALT-{form['membership_id']}"
    assert (reply.json["user_id"], reply.json["subscription_id"], reply.json["points_awarded"]) == (told["id"], None, 0)
    user = details(desk, told["id"])
    assert user["username"] == str(form["username"]).strip()
    assert user["email"] == str(form["email"]).strip().replace("Example", "example")
    assert (user["name"], user["phone"]) == ("Muna El Fassi", "+201234567890")
    for name in ("gender", "country", "role", "status"):
        assert user[name] == form[name]
    assert desk.run("select email_verified from users where id = :id", id=told["id"]) == [[False]]
    assert log_in(desk, form["email"]).status == log_in(desk, form["username"]).status == 200
    assert details(desk, told["id"])["last_login"] is not None


def test_a_card_number_that_is_not_given_is_the_next_one(desk: Desk) -> None:
    for absent in ({}, {"membership_id": ""}, {"membership_id": None}):
        assert make(desk, **absent).json["user"]["membership_id"].startswith("ALT-0")


@pytest.mark.parametrize("written", ["ALT-{}", "alt-{}", "{}", " {} "])
def test_the_beginning_of_a_card_number_is_put_before_it_once(desk: Desk, written: str) -> None:
    number = f"X{randomness.token_hex(5)}"
    assert make(desk, membership_id=written.format(number)).json["user"]["membership_id"] == f"ALT-{number}"


@pytest.mark.parametrize(
    ("field", "words"),
    [("email", "Email already registered"), ("username", "Username already taken"), ("membership_id", "card number")],
)
def test_what_another_account_has_is_refused_with_words_that_the_screen_knows(desk: Desk, field: str, words: str) -> None:
    first = a_form(membership_id=randomness.token_hex(5))
    assert desk.admin.client.post("/api/admin/users", first).status == 201
    refused = make(desk, **{field: str(first[field]).strip().upper()})
    assert (refused.status, refused.json["code"]) == (409, "already_taken")
    assert words in refused.json["detail"]
    if field != "username":
        changed = change(desk, desk.customer.id, **{field: str(first[field]).strip().upper()})
        assert (changed.status, words in changed.json["detail"]) == (409, True)


def test_of_two_who_make_the_same_account_at_once_one_does(desk: Desk) -> None:
    form = a_form()
    replies = at_once(*[lambda: desk.admin.client.post("/api/admin/users", form)] * 4)
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409]


def test_a_new_account_that_is_suspended_lets_nobody_in(desk: Desk) -> None:
    made = make(desk, status="SUSPENDED")
    assert made.json["user"]["status"] == "SUSPENDED"
    assert log_in(desk, made.json["user"]["username"]).status == 401


HALF_A_PICTURE = "data: image / jpeg; base64, /9j/4AAQ"
WRONG: list[tuple[str, object]] = [
    *(("email", wrong) for wrong in ("plain", "", None, 7)),
    *(("first_name", wrong) for wrong in ("", "  ", None, "x" * 101)),
    *(("phone", wrong) for wrong in ("abc", "12", "1" * 40, 7)),
    *(("gender", wrong) for wrong in ("OTHER", 1)),
    *(("role", wrong) for wrong in ("BOSS", "", 1)),
    *(("status", wrong) for wrong in ("DELETED", "CLOSED", "")),
    *(("membership_id", wrong) for wrong in ("x" * 41, 7)),
    *(("avatar", wrong) for wrong in (HALF_A_PICTURE, "https://example.com/a.png", "file:///etc/passwd", 7)),
    *(("plan_id", wrong) for wrong in ("1" * 8, "gold", 7)),
    *(("plan_start_date", wrong) for wrong in ("2026-01-01", "2026-0")),
]


@pytest.mark.parametrize(("field", "wrong"), WRONG)
def test_a_wrong_field_is_refused_by_name_and_nothing_is_changed(desk: Desk, field: str, wrong: object) -> None:
    before = details(desk, desk.customer.id)
    for reply in (make(desk, **{field: wrong}), change(desk, desk.customer.id, country="Oman", **{field: wrong})):
        assert reply.status == 422, reply.text
        assert {tuple(error["loc"]) for error in reply.json["errors"]} == {("body", field)}
    assert details(desk, desk.customer.id) == before


@pytest.mark.parametrize("password", ["short1A", "nouppercase1", "Muna-2026-x", None])
def test_a_password_follows_the_rule_for_everybody(desk: Desk, password: object) -> None:
    refused = make(desk, password=password)
    assert refused.status == 422
    assert refused.json["errors"][0]["loc"] == ["body", "password"]


def mails_to(desk: Desk, address: str) -> list[tuple[str, str]]:
    rows = desk.admin.client.get(f"/mailbox/mails.json?to={address}").json
    return [(row["kind"], row["text"]) for row in rows]


def test_a_changed_address_is_told_to_both_addresses_without_a_name_or_the_other_one(desk: Desk) -> None:
    before, after = desk.customer.email, f"other-{randomness.token_hex(6)}@example.com"
    assert change(desk, desk.customer.id, email=after, first_name="Muna").status == 200
    ((removed, to_old),) = mails_to(desk, before)
    ((given, to_new),) = mails_to(desk, after)
    assert (removed, given) == ("ADDRESS_REMOVED", "ADDRESS_GIVEN")
    assert not any(word in text for text in (to_old, to_new) for word in (before, after, "Muna", "Mona"))


def test_an_address_that_stays_or_is_refused_is_told_to_nobody(desk: Desk) -> None:
    assert change(desk, desk.customer.id, email=f" {desk.customer.email} ", phone="").status == 200
    assert change(desk, desk.customer.id, email=desk.employee.email).status == 409
    assert mails_to(desk, desk.customer.email) + mails_to(desk, desk.employee.email) == []


def test_an_address_that_changes_back_is_told_again(desk: Desk) -> None:
    before, after = desk.customer.email, f"other-{randomness.token_hex(6)}@example.com"
    for address in (after, before):
        assert change(desk, desk.customer.id, email=address).status == 200
    for address in (after, before):
        assert sorted(kind for kind, _ in mails_to(desk, address)) == ["ADDRESS_GIVEN", "ADDRESS_REMOVED"]


def test_every_field_of_the_edit_screen_is_applied_but_the_username(desk: Desk) -> None:
    form = a_form(username="AltayarVIP", membership_id=randomness.token_hex(5), plan_id="", plan_start_date="")
    form.pop("password")
    reply = change(desk, desk.customer.id, **form, avatar=data_uri(a_jpeg(), "application/octet-stream"))
    assert reply.status == 200, reply.text
    UserChanged.model_validate(reply.json)
    told = ["avatar", "country", "email", "first_name", "gender", "last_name", "membership_id", "phone"]
    assert reply.json["changes"] == told
    user = details(desk, desk.customer.id)
    assert (user["name"], user["phone"], user["country"]) == ("Muna El Fassi", "+201234567890", "Egypt")
    assert (user["email"], user["username"]) == (str(form["email"]).strip().replace("Example", "example"), "")
    assert user["membership_id_display"] == f"ALT-{form['membership_id']}"
    assert user["avatar"] == reply.json["user"]["avatar"]
    assert seen(desk.admin.client, user["avatar"])
    again = change(desk, desk.customer.id, **form, avatar=user["avatar"])
    assert again.json["changes"] == []


def test_what_is_empty_is_cleared_where_it_may_be_absent(desk: Desk) -> None:
    full = {"phone": "01012345678", "gender": "MALE", "country": "Egypt"}
    full["avatar"] = change(desk, desk.customer.id, avatar=data_uri(a_jpeg())).json["user"]["avatar"]
    card = details(desk, desk.customer.id)["membership_id_display"]
    for name, empties in {"phone": ("", None), "gender": ("", None), "country": ("", None), "avatar": (None,)}.items():
        for empty in empties:
            change(desk, desk.customer.id, **full)
            assert change(desk, desk.customer.id, **{name: empty}, membership_id="").json["changes"] == [name]
            user = details(desk, desk.customer.id)
            assert {one: user[one] for one in full} == {**full, name: None}
            assert user["membership_id_display"] == card


def test_another_address_is_unverified_again(desk: Desk) -> None:
    desk.run("update users set email_verified = true where id = :id", id=desk.customer.id)
    change(desk, desk.customer.id, first_name="Mona", email=desk.customer.email)
    assert desk.run("select email_verified from users where id = :id", id=desk.customer.id) == [[True]]
    change(desk, desk.customer.id, email=f"new-{uuid.uuid4()}@example.com")
    assert desk.run("select email_verified from users where id = :id", id=desk.customer.id) == [[False]]


def test_a_suspended_account_is_signed_out_and_can_come_back(desk: Desk) -> None:
    user = make(desk).json["user"]
    session = log_in(desk, user["username"]).json
    suspended = change(desk, user["id"], status="SUSPENDED")
    assert suspended.json["user"]["status"] == "SUSPENDED"
    client = Client(desk.system.base_url, session["access_token"])
    assert client.get("/api/auth/me").status == 401
    assert client.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 401
    assert log_in(desk, user["username"]).status == 401
    assert desk.admin.client.get(f"/api/admin/users/{user['id']}/sessions").json == []
    assert change(desk, user["id"], status="ACTIVE").json["changes"] == ["status"]
    assert log_in(desk, user["username"]).status == 200


def test_a_role_can_be_changed_by_itself(desk: Desk) -> None:
    reply = desk.admin.client.put(f"/api/admin/users/{desk.customer.id}/role?new_role=EMPLOYEE")
    assert (reply.status, reply.json["success"]) == (200, True)
    assert details(desk, desk.customer.id)["role"] == "EMPLOYEE"
    for wrong in ("new_role=BOSS", "new_role=", ""):
        refused = desk.admin.client.put(f"/api/admin/users/{desk.customer.id}/role?{wrong}")
        assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["query", "new_role"])


def assign(desk: Desk, user_id: str, employee_id: object) -> Reply:
    return desk.admin.client.put(f"/api/admin/users/{user_id}/assign-employee", {"employee_id": employee_id})


def test_a_customer_gets_somebody_who_looks_after_them_and_loses_them_again(desk: Desk) -> None:
    for employee in (desk.employee.id, desk.admin.id, None):
        assert assign(desk, desk.customer.id, employee).json["assigned_employee_id"] == employee
        assert details(desk, desk.customer.id)["assigned_employee_id"] == employee


def test_only_customers_are_looked_after_and_only_by_active_staff(desk: Desk) -> None:
    gone = make_person(desk.system, "EMPLOYEE")
    change(desk, gone.id, status="SUSPENDED")
    for nobody in (desk.customer.id, gone.id, str(uuid.uuid4())):
        refused = assign(desk, desk.customer.id, nobody)
        assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "employee_id"])
    assert assign(desk, desk.employee.id, desk.admin.id).status == 422
    assert desk.admin.client.put(f"/api/admin/users/{desk.customer.id}/assign-employee", {}).status == 422


def test_who_is_no_longer_staff_looks_after_nobody_and_who_becomes_staff_is_looked_after_by_nobody(desk: Desk) -> None:
    other = make_person(desk.system, "CUSTOMER")
    for customer in (desk.customer, other):
        assign(desk, customer.id, desk.employee.id)
    change(desk, other.id, role="EMPLOYEE")
    assert details(desk, other.id)["assigned_employee_id"] is None
    change(desk, desk.employee.id, role="CUSTOMER")
    assert details(desk, desk.customer.id)["assigned_employee_id"] is None
