"""Sessions: one's own and, by administrators, another's."""

import uuid

from functions.auth.schemas import OwnSession
from functions.people.schemas import SessionOfUser
from tests.functions.people.test_changing import log_in, make
from tests.support.clients import Client
from tests.support.money import Desk


def two_sessions(desk: Desk) -> tuple[str, Client, Client]:
    """A new account, signed in twice."""
    user = make(desk).json["user"]
    tokens = [log_in(desk, user["username"]).json["access_token"] for _ in range(2)]
    first, second = (Client(desk.system.base_url, token) for token in tokens)
    return str(user["id"]), first, second


def test_people_see_their_sessions_and_end_the_one_that_is_not_theirs_any_more(desk: Desk) -> None:
    _, lost, mine = two_sessions(desk)
    rows = mine.get("/api/auth/me/sessions").json
    assert [set(OwnSession.model_validate(row).model_fields_set) for row in rows] == [set(OwnSession.model_fields)] * 2
    assert {row["address"] for row in rows} == {"127.0.0.1"}
    (other,) = (row["id"] for row in rows if not row["is_current"])
    assert lost.get("/api/auth/me").status == 200
    assert mine.delete(f"/api/auth/me/sessions/{other}").status == 204
    assert (lost.get("/api/auth/me").status, mine.get("/api/auth/me").status) == (401, 200)
    assert [row["is_current"] for row in mine.get("/api/auth/me/sessions").json] == [True]
    assert mine.delete(f"/api/auth/me/sessions/{other}").status == 404


def test_nobody_ends_a_session_of_somebody_else_as_their_own(desk: Desk) -> None:
    _, one, _ = two_sessions(desk)
    session = one.get("/api/auth/me/sessions").json[0]["id"]
    assert desk.customer.client.delete(f"/api/auth/me/sessions/{session}").status == 404
    assert desk.admin.client.delete(f"/api/admin/users/{desk.customer.id}/sessions/{session}").status == 404
    assert one.get("/api/auth/me").status == 200


def test_an_administrator_sees_and_ends_another_s_sessions(desk: Desk) -> None:
    user_id, one, other = two_sessions(desk)
    rows = desk.admin.client.get(f"/api/admin/users/{user_id}/sessions").json
    assert [set(row) for row in rows] == [set(SessionOfUser.model_fields)] * 2
    for row in rows:
        assert desk.admin.client.delete(f"/api/admin/users/{user_id}/sessions/{row['id']}").status == 204
    assert (one.get("/api/auth/me").status, other.get("/api/auth/me").status) == (401, 401)
    assert desk.admin.client.get(f"/api/admin/users/{user_id}/sessions").json == []
    assert desk.admin.client.get(f"/api/admin/users/{uuid.uuid4()}/sessions").status == 404
