"""The people function: users as staff find, see and change them, the dashboard's figures, the way back in by mail."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.people import queries, recovery, statistics
from functions.people.schemas import AddressProof, CodeRequest, Done, PasswordReset, StaffMember
from functions.people.statistics_schemas import (
    Activity,
    ChartQuery,
    NewestQuery,
    Overview,
    RevenueOfDay,
    StaffTransaction,
)
from lib.web import ADMIN, ANYONE, Api, Call
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


# None of these four is one transaction: a wrong code stays counted although the request is refused. Their answers are the
# same whether the address is anybody's or not.
@api.post("/api/auth/forgot-password", roles=ANYONE, response=Done, takes_key=False, one_transaction=False)
def forget_password(call: Call, body: CodeRequest) -> dict[str, object]:
    """Send a code for a new password to the address, if it is that of an account."""
    recovery.ask_for_code(call, "RESET", body.email)
    return {"success": True, "message": "If there is an account with this address, a code is on its way to it"}


@api.post(
    "/api/auth/reset-password",
    roles=ANYONE,
    response=Done,
    takes_key=False,
    one_transaction=False,
    problems=(400, 429),
)
def reset_password(call: Call, body: PasswordReset) -> dict[str, object]:
    """Set a new password with the code of the mail; all sessions end."""
    recovery.reset_password(call, body)
    return {"success": True, "message": "Your password is changed; log in with the new one"}


@api.post("/api/auth/resend-verification", roles=ANYONE, response=Done, takes_key=False, one_transaction=False)
def resend_verification(call: Call, body: CodeRequest) -> dict[str, object]:
    """Send a new code to the address, if it is that of an account and not proven yet."""
    recovery.ask_for_code(call, "VERIFY", body.email)
    return {"success": True, "message": "If this address waits to be confirmed, a code is on its way to it"}


@api.post(
    "/api/auth/verify-email",
    roles=ANYONE,
    response=Done,
    takes_key=False,
    one_transaction=False,
    problems=(400, 429),
)
def verify_email(call: Call, body: AddressProof) -> dict[str, object]:
    """Confirm an e-mail address with the code of the mail."""
    recovery.verify_email(call, body)
    return {"success": True, "message": "Your e-mail address is confirmed"}


people = api.function()
