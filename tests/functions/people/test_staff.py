"""The staff to whom customers can be assigned."""

from tests.support.money import Desk
from tests.support.people import make_person


def test_active_staff_are_listed_and_nobody_else(desk: Desk) -> None:
    agent, closed = make_person(desk.system, "AGENT"), make_person(desk.system, "EMPLOYEE")
    desk.run("update users set status = 'SUSPENDED', is_active = false where id = :id", id=closed.id)
    listed = {row["id"]: row for row in desk.admin.client.get("/api/admin/employees").json}
    assert {desk.employee.id, desk.admin.id} <= listed.keys()
    assert not {agent.id, closed.id, desk.customer.id} & listed.keys()
    row = listed[desk.employee.id]
    assert (row["name"], row["role"], row["avatar"]) == (f"{row['first_name']} {row['last_name']}", "EMPLOYEE", None)
