"""The people function: users as staff find, see and change them, the dashboard's figures, the way back in by mail.

And what asks for the password once more: the second factor, and closing one's own account.
"""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.people import (
    changing,
    closing,
    exporting,
    making,
    pictures,
    queries,
    recovery,
    second_factor,
    sessions,
    statistics,
)
from functions.people.closing_schemas import Closing, OwnData
from functions.people.forms import Assignment, AuditQuery, NewRole, NewUser, UserChanges, UsersQuery
from functions.people.recovery_schemas import AddressProof, CodeRequest, PasswordReset
from functions.people.schemas import (
    Assigned,
    AssignedCustomers,
    AuditRow,
    Done,
    SessionOfUser,
    StaffMember,
    Uploaded,
    UserChanged,
    UserDetails,
    UserMade,
    Users,
)
from functions.people.second_factor_schemas import (
    GivenOtp,
    GivenProof,
    NewSecret,
    RecoveryCodes,
    SecondFactorState,
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
from lib.web import ADMIN, ANYONE, SIGNED_IN, STAFF, Api, Call, Response
from lib.web.service import add_health

SECOND_FACTOR = "/api/auth/me/second-factor"

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
    assigned = None if body.employee_id is None else str(body.employee_id)
    return {"success": True, "message": "The customer is assigned", "assigned_employee_id": assigned}


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


@api.post(
    "/api/auth/upload-avatar",
    roles=SIGNED_IN,
    response=Uploaded,
    takes_key=False,
    one_transaction=False,
    reads=("multipart/form-data",),
    body_limit=LARGEST_BODY,
    problems=(413, 415, 422, 429),
)
def upload_avatar(call: Call) -> dict[str, object]:
    """Store a picture of the caller, `file`, which they may send as `avatar` within a day."""
    return pictures.upload_avatar(call)


@api.get("/api/pictures/{name}", roles=ANYONE, produces="image/jpeg")
def get_picture(call: Call, name: str) -> Response:
    """A picture of a person. Whoever knows its name may see it, as with every picture of a page."""
    return pictures.show(call, name)


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


# A wrong password stays counted although the request is refused.
@api.delete("/api/auth/me", roles=SIGNED_IN, response=Done, one_transaction=False, problems=(409, 429))
def close_own_account(call: Call, body: Closing) -> dict[str, object]:
    """Close the caller's account: their personal data are struck out, their sessions end."""
    closing.close_own_account(call.caller, call.actor, body)
    return {"success": True, "message": "Your account is closed"}


@api.get("/api/auth/me/export", roles=SIGNED_IN, response=OwnData)
def export_own_data(call: Call) -> Response:
    """What is kept about the caller, to take along."""
    disposition = 'attachment; filename="altayarvip-my-data.json"'
    return Response(exporting.own_data(call.caller), headers={"Content-Disposition": disposition})


@api.get(SECOND_FACTOR, roles=SIGNED_IN, response=SecondFactorState, sets_up_second_factor=True)
def read_second_factor(call: Call) -> bytes:
    """Whether the caller has a second factor, and whether they need one."""
    return second_factor.read_state(call.caller)


# None of these four is one transaction: a wrong password or code stays counted although the request is refused. None takes
# an Idempotency-Key either, whose answers are kept: these have secrets in them.
@api.post(
    SECOND_FACTOR,
    roles=STAFF,
    response=NewSecret,
    takes_key=False,
    one_transaction=False,
    sets_up_second_factor=True,
    problems=(409, 429),
)
def begin_second_factor(call: Call, body: GivenProof) -> dict[str, object]:
    """Begin to set up a second factor: a secret for an authenticator app."""
    return second_factor.begin(call.caller, body)


@api.post(
    f"{SECOND_FACTOR}/confirm",
    roles=STAFF,
    response=RecoveryCodes,
    takes_key=False,
    one_transaction=False,
    sets_up_second_factor=True,
    problems=(409, 429),
)
def confirm_second_factor(call: Call, body: GivenOtp) -> dict[str, object]:
    """Set up the second factor with a code of the app; all other sessions end."""
    return second_factor.confirm(call.caller, call.actor, body)


@api.post(
    f"{SECOND_FACTOR}/recovery-codes",
    roles=SIGNED_IN,
    response=RecoveryCodes,
    takes_key=False,
    one_transaction=False,
    problems=(404, 429),
)
def renew_recovery_codes(call: Call, body: GivenProof) -> dict[str, object]:
    """Make new recovery codes; those before hold no more."""
    return second_factor.renew_recovery_codes(call.caller, call.actor, body)


@api.delete(SECOND_FACTOR, roles=SIGNED_IN, status=204, one_transaction=False, problems=(404, 429))
def end_second_factor(call: Call, body: GivenProof) -> None:
    """End the caller's second factor."""
    second_factor.end(call.caller, call.actor, body)


people = api.function()
