"""The people function: users as staff find, see and change them, and the dashboard's figures.

What people do about their own account is in own_routes.py.
"""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.people import (
    changing,
    closing,
    making,
    own_routes,
    queries,
    second_factor,
    sessions,
    statistics,
)
from functions.people.api import api
from functions.people.forms import Assignment, AuditQuery, NewRole, NewUser, UserChanges, UsersQuery
from functions.people.schemas import (
    Assigned,
    AssignedCustomers,
    AuditRow,
    Done,
    SessionOfUser,
    StaffMember,
    UserChanged,
    UserDetails,
    UserMade,
    Users,
)
from functions.people.statistics_schemas import (
    Activity,
    ChartQuery,
    NewestQuery,
    Overview,
    RevenueOfDay,
    StaffTransaction,
)
from lib.pictures.given import LARGEST_BODY
from lib.web import ADMIN, STAFF, Call, Response

# Importing it declares its routes.
__all__ = ["own_routes", "people"]


@api.get("/api/admin/employees", roles=ADMIN, response=list[StaffMember])
def list_staff() -> bytes:
    """Active staff to whom a customer or a conversation can be assigned, by name."""
    return queries.staff()


@api.get("/api/admin/stats/overview", roles=ADMIN, response=Overview)
def get_overview() -> bytes:
    """Customers, revenue, bookings and orders: in all, and this month against the last."""
    return statistics.overview()


@api.get("/api/admin/stats/revenue-chart", roles=ADMIN, response=list[RevenueOfDay])
def get_revenue_chart(query: ChartQuery) -> bytes:
    """The revenue of each of the last days, today last."""
    return statistics.revenue_chart(query)


@api.get("/api/admin/stats/recent-activities", roles=ADMIN, response=list[Activity])
def list_recent_activities(query: NewestQuery) -> bytes:
    """What happened last: customers, payments, bookings, orders."""
    return statistics.recent_activities(query)


@api.get("/api/admin/stats/transactions", roles=ADMIN, response=list[StaffTransaction])
def list_newest_transactions(query: NewestQuery) -> bytes:
    """The newest payments, and orders that have none."""
    return statistics.newest_transactions(query)


@api.get("/api/admin/users", roles=STAFF, response=Users)
def list_users(call: Call, query: UsersQuery) -> Response:
    """Accounts, customers before others; employees and agents see the customers whom they look after."""
    return queries.users(call, query)


@api.get("/api/admin/users/{user_id}/details", roles=STAFF, response=UserDetails)
def get_user_details(call: Call, user_id: UUID) -> bytes:
    """One account with all that staff look up about it."""
    return queries.details(call.caller, user_id)


# A password is hashed meanwhile, and no transaction may be open then.
@api.post(
    "/api/admin/users",
    roles=ADMIN,
    status=201,
    response=UserMade,
    one_transaction=False,
    body_limit=LARGEST_BODY,
    problems=(409, 429),
)
def make_user(call: Call, body: NewUser) -> bytes:
    """Make an account; only a SUPER_ADMIN makes administrators."""
    return making.make_user(call.actor, body)


# In this and the following ones this instance forgets sessions once their end is committed, and not before.
@api.put(
    "/api/admin/users/{user_id}",
    roles=ADMIN,
    response=UserChanged,
    one_transaction=False,
    body_limit=LARGEST_BODY,
    problems=(404, 409, 429),
)
def change_user(call: Call, body: UserChanges, user_id: UUID) -> bytes:
    """Change an account; suspending it ends its sessions."""
    return changing.change_user(call.actor, user_id, body)


@api.delete("/api/admin/users/{user_id}", roles=ADMIN, response=Done, one_transaction=False, problems=(404, 409))
def close_user(call: Call, user_id: UUID) -> dict[str, object]:
    """Close an account: its personal data are struck out, its points and cashback lapse."""
    closing.close_user(call.actor, user_id)
    return {"success": True, "message": "The account is closed"}


@api.put("/api/admin/users/{user_id}/role", roles=ADMIN, response=Done, problems=(404, 409))
def change_role(call: Call, query: NewRole, user_id: UUID) -> dict[str, object]:
    """Give an account another role."""
    changing.change_role(call.actor, user_id, query.new_role)
    return {"success": True, "message": f"The role is {query.new_role}"}


@api.put("/api/admin/users/{user_id}/assign-employee", roles=ADMIN, response=Assigned, problems=(404, 409))
def assign_employee(call: Call, body: Assignment, user_id: UUID) -> dict[str, object]:
    """Let somebody look after a customer, or nobody."""
    changing.assign_employee(call.actor, user_id, body.employee_id)
    if body.employee_id is None:
        return {"success": True, "message": "Nobody looks after the customer now", "assigned_employee_id": None}
    return {"success": True, "message": "The customer is assigned", "assigned_employee_id": str(body.employee_id)}


@api.get("/api/admin/users/{user_id}/assigned-customers", roles=STAFF, response=AssignedCustomers)
def list_assigned_customers(call: Call, user_id: UUID) -> bytes:
    """The customers whom somebody looks after."""
    return queries.assigned_customers(call.caller, user_id)


@api.get("/api/admin/users/{user_id}/sessions", roles=ADMIN, response=list[SessionOfUser])
def list_sessions(user_id: UUID) -> bytes:
    """The sessions of an account that have not ended."""
    return queries.sessions_of(user_id)


@api.delete("/api/admin/users/{user_id}/sessions/{session_id}", roles=ADMIN, status=204, one_transaction=False)
def end_session(call: Call, user_id: UUID, session_id: UUID) -> None:
    """End a session of an account."""
    sessions.end_session_of(call.actor, user_id, session_id)


@api.delete("/api/admin/users/{user_id}/second-factor", roles=ADMIN, status=204, one_transaction=False)
def take_off_second_factor(call: Call, user_id: UUID) -> None:
    """Take the second factor of an account off, and end its sessions."""
    second_factor.take_off(call.actor, user_id)


@api.get("/api/admin/audit-log", roles=ADMIN, response=list[AuditRow])
def list_audit_log(call: Call, query: AuditQuery) -> Response:
    """What staff changed, newest first."""
    return queries.audit_log(call, query)


people = api.function()
