"""Staff find people: the list, its search, and one account in detail."""

import secrets as randomness
import urllib.parse
from typing import Any

import pytest

from functions.people.schemas import UserDetails, UserRow
from tests.support.balances import give
from tests.support.money import Desk
from tests.support.people import Person, make_person


def listed(person: Person, **query: object) -> dict[str, Any]:
    reply = person.client.get("/api/admin/users?" + "&".join(f"{name}={value}" for name, value in query.items()))
    assert reply.status == 200, reply.text
    return dict(reply.json)


def ids(found: dict[str, Any]) -> list[str]:
    return [row["id"] for row in found["users"]]


def a_word() -> str:
    return f"w{randomness.token_hex(6)}"


def rename(desk: Desk, person: Person, **columns: str | None) -> None:
    for column, value in columns.items():
        desk.run(f"update users set {column} = :value where id = :id", value=value, id=person.id)  # noqa: S608 - ours


def assign(desk: Desk, customer: Person, employee: Person) -> None:
    rename(desk, customer, assigned_employee_id=employee.id)


def suspend(desk: Desk, person: Person) -> None:
    desk.run("update users set status = 'SUSPENDED', is_active = false where id = :id", id=person.id)


def test_a_row_has_what_the_screens_read(desk: Desk) -> None:
    give(desk.customer.id, wallet="20", cashback="7.5", points=30)
    (row,) = listed(desk.admin, search=desk.customer.email)["users"]
    UserRow.model_validate(row)
    assert set(row) == set(UserRow.model_fields)
    assert (row["email"], row["role"], row["status"]) == (desk.customer.email, "CUSTOMER", "ACTIVE")
    assert (row["plan"], row["membership"], row["deleted_at"]) == (None, None, None)
    assert row["membership_id_display"].startswith("ALT-")
    assert row["points"] == {"current_balance": 30, "total_earned": 30, "total_redeemed": 0}
    assert (str(row["wallet"]["balance"]), str(row["cashback_balance"])) == ("20.00", "7.50")


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        *[("+20{}", typed) for typed in ("+20{}", "0020 {}", "0{}", "{}", "({})")],
        *[("+20 {}", typed) for typed in ("+20-{}", "0{}")],
        # Without its country it is not found with it.
        *[("0{}", typed) for typed in ("0{}", "{}")],
    ],
)
def test_a_phone_number_is_found_however_it_is_kept_and_typed(desk: Desk, kept: str, typed: str) -> None:
    digits = f"1{randomness.randbelow(10**9):09}"
    rename(desk, desk.customer, phone=kept.format(f"{digits[:3]} {digits[3:]}"))
    search = urllib.parse.quote(typed.format(f"{digits[:2]} {digits[2:6]}-{digits[6:]}"))
    assert ids(listed(desk.admin, search=search)) == [desk.customer.id]


@pytest.mark.parametrize("field", ["first_name", "last_name", "email", "username", "phone", "membership_id_display"])
def test_any_part_of_what_people_are_known_by_finds_them(desk: Desk, field: str) -> None:
    part = f"{randomness.randbelow(10**12):012}"
    rename(desk, desk.customer, **{field: f"Ab{part}" if field != "phone" else f"+20{part}"})
    for written in (part, part[2:9], f" {part} "):
        assert ids(listed(desk.admin, search=written.replace(" ", "%20"))) == [desk.customer.id]
        assert ids(listed(desk.admin, q=written.replace(" ", "%20"))) == [desk.customer.id]


def test_first_and_last_name_are_found_together(desk: Desk) -> None:
    first, last = a_word(), a_word()
    rename(desk, desk.customer, first_name=first, last_name=last)
    assert ids(listed(desk.admin, search=f"{first.upper()}%20%20{last}")) == [desk.customer.id]


@pytest.mark.parametrize(
    ("name", "typed"), [("أحمد", "احمد"), ("يحيى", "يحيي"), ("فاطمة", "فاطمه"), ("مُحَمَّد", "محمد"), ("José", "jose")]
)
def test_a_name_is_found_as_people_type_it(desk: Desk, name: str, typed: str) -> None:
    last = a_word()
    rename(desk, desk.customer, first_name=name, last_name=last)
    assert ids(listed(desk.admin, search=f"{typed}%20{last}")) == [desk.customer.id]


def test_one_or_two_letters_find_who_has_a_word_that_begins_so(desk: Desk) -> None:
    for person, first, last in ((desk.customer, "Ẅx", "Begin"), (desk.employee, "Begin", "Aẅx")):
        rename(desk, person, first_name=first, last_name=last)
    found = ids(listed(desk.admin, search="wx"))
    assert desk.customer.id in found
    assert desk.employee.id not in found


@pytest.mark.parametrize("typed", ["%25", "_", "%5C", "%25%25%25", "'", "a%25b"])
def test_signs_of_patterns_are_looked_for_as_they_are(desk: Desk, typed: str) -> None:
    assert desk.customer.id not in ids(listed(desk.admin, search=typed))


def test_customers_come_before_others_and_the_newest_first(desk: Desk) -> None:
    word = a_word()
    people = [desk.customer, desk.employee, make_person(desk.system, "CUSTOMER"), desk.admin]
    for person in people:
        rename(desk, person, first_name=word)
    expected = [people[2].id, people[0].id, desk.admin.id, desk.employee.id]
    assert ids(listed(desk.admin, search=word)) == expected
    # Of everybody, the newest customers come first; staff may be beyond the thousand that are listed.
    assert [one for one in ids(listed(desk.admin)) if one in expected][:2] == expected[:2]


def test_a_page_says_how_many_match_and_where_the_next_one_is(desk: Desk) -> None:
    word = a_word()
    people = [make_person(desk.system, "CUSTOMER") for _ in range(3)]
    for person in people:
        rename(desk, person, last_name=word)
    for name in ("offset", "skip"):
        reply = desk.admin.client.get(f"/api/admin/users?search={word}&limit=1&{name}=1")
        assert (ids(reply.json), reply.json["total"]) == ([people[1].id], 3)
        following = reply.headers["Link"].removeprefix("<").partition(">")[0].removeprefix(desk.system.base_url)
        assert ids(desk.admin.client.get(following).json) == [people[0].id]
    last = desk.admin.client.get(f"/api/admin/users?search={word}&limit=1&offset=2")
    assert "Link" not in last.headers
    assert listed(desk.admin, search=word, offset=3) == {"users": [], "total": 3}


@pytest.mark.parametrize("by", [{}, {"search": "{word}"}])
def test_filters_choose_by_role_and_state(desk: Desk, by: dict[str, str]) -> None:
    word = a_word()
    boss, suspended = make_person(desk.system, "SUPER_ADMIN"), make_person(desk.system, "CUSTOMER")
    people = {desk.customer.id, desk.employee.id, desk.admin.id, boss.id, suspended.id}
    for person in (desk.customer, desk.employee, desk.admin, boss, suspended):
        rename(desk, person, first_name=word)
    suspend(desk, suspended)

    def found(**query: object) -> set[str]:
        return set(ids(listed(desk.admin, **{name: text.format(word=word) for name, text in by.items()}, **query))) & people

    assert found() >= {desk.customer.id, suspended.id}
    assert found(role="CUSTOMER") == {desk.customer.id, suspended.id}
    assert found(role="EMPLOYEE") == {desk.employee.id}
    assert found(role="ADMIN") == {desk.admin.id, boss.id}
    assert found(role="SUPER_ADMIN") == {boss.id}
    assert found(status="SUSPENDED") == found(is_active="false") == {suspended.id}
    assert found(status="ACTIVE", is_active="false") == found(status="DELETED") == set()
    # Of everybody, staff may be beyond the thousand that are listed.
    everybody = people if by else {desk.customer.id, suspended.id}
    assert found(is_active="true") & everybody == found(status="ACTIVE") & everybody == everybody - {suspended.id}
    assert found(role="", status="", is_active="") & everybody == everybody


@pytest.mark.parametrize("role", ["EMPLOYEE", "AGENT"])
def test_employees_and_agents_see_the_customers_assigned_to_them_and_count_no_others(desk: Desk, role: str) -> None:
    person, word = make_person(desk.system, role), a_word()
    mine, other = make_person(desk.system, "CUSTOMER"), make_person(desk.system, "CUSTOMER")
    for one in (mine, other):
        rename(desk, one, first_name=word)
    assert listed(person) == {"users": [], "total": 0}
    assign(desk, mine, person)
    for query in ({}, {"search": word}, {"role": "CUSTOMER"}, {"status": "ACTIVE"}):
        found = listed(person, **query)
        assert (ids(found), found["total"]) == ([mine.id], 1)
    assert listed(person, role="ADMIN") == {"users": [], "total": 0}
    assert person.client.get(f"/api/admin/users/{mine.id}/details").status == 200
    for hidden in (other.id, desk.admin.id, person.id):
        assert person.client.get(f"/api/admin/users/{hidden}/details").status == 404


def test_the_details_have_what_the_screens_read(desk: Desk) -> None:
    assign(desk, desk.customer, desk.employee)
    give(desk.customer.id, wallet="20", cashback="7.5", points=30)
    told = desk.admin.client.get(f"/api/admin/users/{desk.customer.id}/details").json
    UserDetails.model_validate(told)
    assert set(told) == set(UserDetails.model_fields)
    user = told["user"]
    assert user["name"] == f"{user['first_name']} {user['last_name']}"
    assert (user["assigned_employee_id"], told["assigned_employee"]["id"]) == (desk.employee.id, desk.employee.id)
    assert (told["membership"], told["referrals"]) == (None, {"count": 0, "points_earned": 0})
    assert (str(told["wallet"]["balance"]), str(told["cashback_balance"])) == ("20.00", "7.50")
    assert told["points"] == {"current_balance": 30, "total_earned": 30}


def test_recent_payments_are_payments_orders_without_one_and_what_staff_moved_nothing_twice(desk: Desk) -> None:
    unpaid, paid = desk.order()["id"], desk.attempt()
    deposit = desk.admin.client.post(f"/api/wallet/deposit?user_id={desk.customer.id}", {"amount": 5}).json
    rows = desk.admin.client.get(f"/api/admin/users/{desk.customer.id}/details").json["recent_payments"]
    assert [(row["id"], row["source"], row["status"]) for row in rows] == [
        (deposit["transaction_id"], "WALLET", "COMPLETED"),
        (paid.payment_id, "PAYMENT", "PENDING"),
        (unpaid, "INVOICE", "UNPAID"),
    ]
    assert [str(row["amount"]) for row in rows] == ["5.00", "342.00", "342.00"]
    for _ in range(10):
        desk.order()
    rows = desk.admin.client.get(f"/api/admin/users/{desk.customer.id}/details").json["recent_payments"]
    assert len(rows) == 10
    assert {row["source"] for row in rows} == {"INVOICE"}


def test_whom_an_employee_looks_after_is_seen_by_them_and_by_administrators(desk: Desk) -> None:
    path = f"/api/admin/users/{desk.employee.id}/assigned-customers"
    assert desk.employee.client.get(path).json == {"employee_id": desk.employee.id, "total": 0, "customers": []}
    assign(desk, desk.customer, desk.employee)
    for person in (desk.employee, desk.admin):
        told = person.client.get(path).json
        assert (told["total"], told["customers"][0]["id"]) == (1, desk.customer.id)
    assert make_person(desk.system, "EMPLOYEE").client.get(path).status == 403
    assert desk.admin.client.get(f"/api/admin/users/{'0' * 8}-0000-0000-0000-{'0' * 12}/assigned-customers").status == 404


def test_the_last_login_is_shown(desk: Desk) -> None:
    told = desk.admin.client.get(f"/api/admin/users/{desk.customer.id}/details").json
    assert told["user"]["last_login"] is None
