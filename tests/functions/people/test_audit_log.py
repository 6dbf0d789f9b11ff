"""The audit log as administrators read it."""

from functions.people.schemas import AuditRow
from tests.support.money import Desk
from tests.support.people import make_person


def test_a_change_is_found_by_who_made_it_by_what_it_was_about_and_by_what_was_done(desk: Desk) -> None:
    actor = make_person(desk.system, "ADMIN")
    for country in ("Oman", "Yemen"):
        actor.client.put(f"/api/admin/users/{desk.customer.id}", {"country": country})
    for query in (
        f"actor_id={actor.id}",
        f"actor_id={actor.id}&entity=user&action=change",
        f"entity_id={desk.customer.id}",
        f"entity_id={desk.customer.id}&from=2020-01-01&to=2999-01-01",
    ):
        rows = desk.admin.client.get(f"/api/admin/audit-log?{query}").json
        assert [(row["before"], row["after"]) for row in rows] == [
            ({"country": "Oman"}, {"country": "Yemen"}),
            ({"country": None}, {"country": "Oman"}),
        ]
        assert {row["actor_id"] for row in rows} == {actor.id}
        AuditRow.model_validate(rows[0])
        assert set(rows[0]) == set(AuditRow.model_fields)
    for nothing in ("action=close", "entity=order", "to=2020-01-01", "from=2999-01-01"):
        assert desk.admin.client.get(f"/api/admin/audit-log?actor_id={actor.id}&{nothing}").json == []


def test_it_is_read_page_by_page(desk: Desk) -> None:
    actor = make_person(desk.system, "ADMIN")
    for country in ("Oman", "Yemen", "Iraq"):
        actor.client.put(f"/api/admin/users/{desk.customer.id}", {"country": country})
    path, seen = f"/api/admin/audit-log?actor_id={actor.id}&limit=1", []
    while path:
        reply = desk.admin.client.get(path)
        seen += [row["after"]["country"] for row in reply.json]
        path = reply.headers.get("Link", "").removeprefix("<").partition(">")[0].removeprefix(desk.system.base_url)
    assert seen == ["Iraq", "Yemen", "Oman"]
