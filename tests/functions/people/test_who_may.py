"""Who may do what to whom: each role acting on each role (docs/security.md has the table)."""

from collections.abc import Callable

import pytest

from tests.functions.people.test_changing import a_form
from tests.support.clients import Reply
from tests.support.money import Desk, at_once
from tests.support.people import Person, make_person

ROLES = ("CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN")
Act = Callable[[Person, Person], Reply]


def change(actor: Person, user: Person, **fields: object) -> Reply:
    return actor.client.put(f"/api/admin/users/{user.id}", fields)


def session_of(desk: Desk, user: Person) -> str:
    return str(desk.run("select id::text from sessions where user_id = :id and ended_at is null", id=user.id)[0][0])


CHANGES: dict[str, Act] = {
    "edit": lambda actor, user: change(actor, user, country="Oman"),
    "suspend": lambda actor, user: change(actor, user, status="SUSPENDED"),
    "close": lambda actor, user: actor.client.delete(f"/api/admin/users/{user.id}"),
}
# By the role of who acts: the roles of the accounts that they may change.
OVER = {"ADMIN": ("CUSTOMER", "EMPLOYEE", "AGENT"), "SUPER_ADMIN": ROLES}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("whom", ROLES)
@pytest.mark.parametrize("who", ROLES)
def test_each_role_changes_those_that_are_theirs_to_change(desk: Desk, who: str, whom: str, what: str) -> None:
    actor, user = make_person(desk.system, who), make_person(desk.system, whom)
    row = "select country, status, role from users where id = :id"
    before = desk.run(row, id=user.id)
    reply = CHANGES[what](actor, user)
    allowed = whom in OVER.get(who, ())
    assert reply.status == (200 if allowed else 403), reply.text
    assert (desk.run(row, id=user.id) != before) == allowed


@pytest.mark.parametrize("whom", ROLES)
@pytest.mark.parametrize("who", ROLES)
def test_each_role_makes_and_names_those_that_are_theirs(desk: Desk, who: str, whom: str) -> None:
    actor = make_person(desk.system, who)
    allowed = whom in OVER.get(who, ())
    assert actor.client.post("/api/admin/users", a_form(role=whom)).status == (201 if allowed else 403)
    for before in ("CUSTOMER", "EMPLOYEE"):
        user = make_person(desk.system, before)
        assert change(actor, user, role=whom).status == (200 if allowed else 403)
        by_itself = make_person(desk.system, before)
        assert actor.client.put(f"/api/admin/users/{by_itself.id}/role?new_role={whom}").status == (200 if allowed else 403)
        roles = desk.run("select role from users where id in (:one, :other)", one=user.id, other=by_itself.id)
        assert roles == [[whom if allowed else before]] * 2


@pytest.mark.parametrize("whom", ROLES)
@pytest.mark.parametrize("who", ROLES)
def test_each_role_sees_and_ends_the_sessions_that_are_theirs(desk: Desk, who: str, whom: str) -> None:
    actor, user = make_person(desk.system, who), make_person(desk.system, whom)
    listed = actor.client.get(f"/api/admin/users/{user.id}/sessions")
    assert listed.status == (200 if who in OVER else 403)
    ended = actor.client.delete(f"/api/admin/users/{user.id}/sessions/{session_of(desk, user)}")
    allowed = whom in OVER.get(who, ())
    assert ended.status == (204 if allowed else 403)
    assert user.client.get("/api/auth/me").status == (401 if allowed else 200)


@pytest.mark.parametrize("whom", ROLES)
@pytest.mark.parametrize("who", ROLES)
def test_each_role_sees_those_that_are_theirs_to_see(desk: Desk, who: str, whom: str) -> None:
    actor, user = make_person(desk.system, who), make_person(desk.system, whom)
    details = actor.client.get(f"/api/admin/users/{user.id}/details").status
    assert details == {"CUSTOMER": 403, "EMPLOYEE": 404, "AGENT": 404}.get(who, 200)
    found = actor.client.get(f"/api/admin/users?search={user.email}")
    assert found.status == (403 if who == "CUSTOMER" else 200)
    assert found.json.get("total", 0) == (1 if who in OVER else 0)


@pytest.mark.parametrize("who", ["ADMIN", "SUPER_ADMIN"])
@pytest.mark.parametrize("fields", [{"status": "SUSPENDED"}, {"role": "CUSTOMER"}, {"role": "EMPLOYEE", "country": "Oman"}])
def test_nobody_suspends_or_closes_themselves_or_changes_their_own_role(
    desk: Desk, who: str, fields: dict[str, str]
) -> None:
    actor = make_person(desk.system, who)
    assert make_person(desk.system, "SUPER_ADMIN")
    for reply in (
        change(actor, actor, **fields),
        actor.client.put(f"/api/admin/users/{actor.id}/role?new_role=CUSTOMER"),
        actor.client.delete(f"/api/admin/users/{actor.id}"),
    ):
        assert (reply.status, reply.json["code"]) == (403, "own_account")
    assert desk.run("select role, status from users where id = :id", id=actor.id) == [[who, "ACTIVE"]]


def test_the_form_of_oneself_with_what_is_already_so_is_no_change_of_role(desk: Desk) -> None:
    boss = make_person(desk.system, "SUPER_ADMIN")
    reply = change(boss, boss, role="SUPER_ADMIN", status="ACTIVE", country="Oman")
    assert (reply.status, reply.json["changes"]) == (200, ["country"])


LAST: dict[str, Act] = {
    "suspend": lambda actor, user: change(actor, user, status="SUSPENDED"),
    "demote": lambda actor, user: change(actor, user, role="ADMIN"),
    "demote by itself": lambda actor, user: actor.client.put(f"/api/admin/users/{user.id}/role?new_role=ADMIN"),
    "close": lambda actor, user: actor.client.delete(f"/api/admin/users/{user.id}"),
}


@pytest.mark.parametrize("what", LAST)
def test_of_two_who_put_each_other_out_at_once_one_stays(desk: Desk, what: str) -> None:
    one, other = make_person(desk.system, "SUPER_ADMIN"), make_person(desk.system, "SUPER_ADMIN")
    # Both are known to be SUPER_ADMIN, and are remembered so for half a minute.
    assert {person.client.get("/api/auth/me").status for person in (one, other)} == {200}
    replies = at_once(lambda: LAST[what](one, other), lambda: LAST[what](other, one))
    first, second = sorted(reply.status for reply in replies)
    assert first == 200
    assert second in (401, 403, 409)
    left = "select id from users where role = 'SUPER_ADMIN' and status = 'ACTIVE' and id in (:one, :other)"
    assert len(desk.run(left, one=one.id, other=other.id)) == 1


def test_who_was_demoted_a_moment_ago_changes_nobody_although_they_are_remembered(desk: Desk) -> None:
    actor = make_person(desk.system, "ADMIN")
    assert change(actor, desk.customer, country="Oman").status == 200
    desk.run("update users set role = 'EMPLOYEE' where id = :id", id=actor.id)
    assert change(actor, desk.customer, country="Yemen").status == 403
