"""The people function: users, as staff find, see and change them, and the figures of the dashboard."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.people import queries, statistics
from functions.people.forms import AuditQuery, UsersQuery
from functions.people.schemas import AssignedCustomers, AuditRow, StaffMember, UserDetails, Users
from functions.people.statistics_schemas import (
    Activity,
    ChartQuery,
    NewestQuery,
    Overview,
    RevenueOfDay,
    StaffTransaction,
)
from lib.web import ADMIN, STAFF, Api, Call, Response
from lib.web.service import add_health

api = Api("people", "People")
add_health(api)


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


@api.get("/api/admin/users/{user_id}/assigned-customers", roles=STAFF, response=AssignedCustomers)
def list_assigned_customers(call: Call, user_id: UUID) -> bytes:
    """The customers whom somebody looks after."""
    return queries.assigned_customers(call.caller, user_id)


@api.get("/api/admin/audit-log", roles=ADMIN, response=list[AuditRow])
def list_audit_log(call: Call, query: AuditQuery) -> Response:
    """What staff changed, newest first."""
    return queries.audit_log(call, query)


people = api.function()
