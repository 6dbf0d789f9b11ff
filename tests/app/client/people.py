"""Section 2: staff find people, and people see themselves."""

from tests.app.client.calls import Sent, call
from tests.app.client.shapes import Maybe, OneOf

PASSWORD = "Luxor-By-Boat-7"
STATUS = OneOf("ACTIVE", "PENDING", "SUSPENDED", "DELETED")
ROLE = OneOf("CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN")
GENDER = OneOf("MALE", "FEMALE")
BALANCE = {"balance": "number", "currency": "text"}
# There are no plans.
NO_PLAN = Maybe("null")

ROW = {
    "id": "id",
    "email": "text",
    "username": "text",
    "first_name": "text",
    "last_name": "text",
    "phone": Maybe("text"),
    "avatar": Maybe("text"),
    "role": ROLE,
    "status": STATUS,
    "created_at": "moment",
    "deleted_at": Maybe("moment"),
    "membership_id_display": "text",
    "plan": NO_PLAN,
    "membership": NO_PLAN,
    "points": {"current_balance": "count", "total_earned": "count", "total_redeemed": "count"},
    "wallet": BALANCE,
    "cashback_balance": "number",
}
DETAILS = {
    "user": {
        "id": "id",
        "first_name": "text",
        "last_name": "text",
        "name": "text",
        "username": "text",
        "email": "text",
        "phone": Maybe("text"),
        "avatar": Maybe("text"),
        "role": ROLE,
        "status": STATUS,
        "gender": Maybe(GENDER),
        "country": Maybe("text"),
        "language": OneOf("ar", "en"),
        "joined_at": "moment",
        "created_at": "moment",
        "last_login": Maybe("moment"),
        "assigned_employee_id": Maybe("id"),
        "membership_id_display": "text",
    },
    "assigned_employee": Maybe({"id": "id", "name": "text", "email": "text"}),
    "membership": NO_PLAN,
    "wallet": BALANCE,
    "points": {"current_balance": "count", "total_earned": "count"},
    "cashback_balance": "number",
    "referrals": {"count": "count", "points_earned": "count"},
    "recent_payments": [
        {
            "id": "id",
            "amount": "number",
            "currency": "text",
            "status": OneOf(
                "PAID", "UNPAID", "PARTIALLY_PAID", "PENDING", "FAILED", "COMPLETED", "EXPIRED", "CANCELLED", "REFUNDED"
            ),
            "date": "moment",
            "method": "text",
            "source": OneOf("WALLET", "PAYMENT", "INVOICE"),
        }
    ],
}
DONE = {"success": "yes", "message": "text"}
PROFILE = {
    "id": "id",
    "email": "text",
    "username": Maybe("text"),
    "first_name": "text",
    "last_name": "text",
    "phone": Maybe("text"),
    "role": ROLE,
    "language": OneOf("ar", "en"),
    "avatar": Maybe("text"),
    "email_verified": "flag",
    "phone_verified": "flag",
    "gender": Maybe(GENDER),
    "country": Maybe("text"),
    "created_at": "moment",
    "membership_id_display": "text",
    "wallet_balance": "number",
    "cashback_balance": "number",
    "points": {"current_balance": "count", "total_earned": "count"},
    "membership": NO_PLAN,
}


@call("GET /api/admin/users", reads={"users": [ROW], "total": "count"})
def find_users(**query: object) -> Sent:
    """Points, wallets, club gifts and users by `search`; marketing by `role`; the pickers without anything."""
    return Sent(query=query)


@call("GET /api/admin/users/{user_id}/details", reads=DETAILS)
def user_details(user_id: str) -> Sent:
    """Users, edit, new order, new booking, booking edit, wallets, club gifts, member card."""
    return Sent(user_id=user_id)


def new_user_form(username: str, **typed: object) -> dict[str, object]:
    """What the form for a new account sends, with the spaces that people type."""
    return {
        "username": username,
        "email": f" {username}@example.com ",
        "first_name": " Nour ",
        "last_name": "Hassan ",
        "password": PASSWORD,
        "phone": "+20 (101) 234-5678",
        "gender": "FEMALE",
        "country": "Egypt",
        "role": "CUSTOMER",
        "status": "ACTIVE",
        "membership_id": "",
        **typed,
    }


@call(
    "POST /api/admin/users",
    reads={
        **DONE,
        "user_id": "id",
        "subscription_id": NO_PLAN,
        "points_awarded": "count",
        "user": {
            "id": "id",
            "email": "text",
            "username": "text",
            "name": "text",
            "role": ROLE,
            "status": STATUS,
            "membership_id": "text",
            "plan": NO_PLAN,
        },
    },
    status=201,
)
def create_user(form: dict[str, object]) -> Sent:
    """New user."""
    return Sent(form)


def edit_user_form(details: dict[str, dict[str, object]], **typed: object) -> dict[str, object]:
    """What the edit screen sends: all of its form, filled in from the details."""
    user = details["user"]
    first, _, last = str(user["name"]).partition(" ")
    return {
        "username": "AltayarVIP" if user["role"] in ("ADMIN", "SUPER_ADMIN") else user["username"],
        "first_name": first,
        "last_name": last,
        "email": user["email"],
        "phone": user["phone"] or "",
        "gender": user["gender"],
        "country": user["country"],
        "role": user["role"],
        "status": user["status"],
        "membership_id": user["membership_id_display"],
        "avatar": user["avatar"],
        "plan_id": "",
        "plan_start_date": "",
        **typed,
    }


@call(
    "PUT /api/admin/users/{user_id}",
    reads={
        **DONE,
        "changes": ["text"],
        "points_awarded": "count",
        "user": {
            "id": "id",
            "email": "text",
            "username": "text",
            "avatar": Maybe("text"),
            "name": "text",
            "role": ROLE,
            "status": STATUS,
            "plan": NO_PLAN,
        },
    },
)
def change_user(user_id: str, form: dict[str, object]) -> Sent:
    """Edit sends all of its form, suspend sends the status alone."""
    return Sent(form, user_id=user_id)


@call("DELETE /api/admin/users/{user_id}", reads=DONE)
def close_user(user_id: str) -> Sent:
    """Users: delete."""
    return Sent(user_id=user_id)


@call(
    "GET /api/admin/employees",
    reads=[
        {
            "id": "id",
            "name": "text",
            "first_name": "text",
            "last_name": "text",
            "email": "text",
            "role": OneOf("EMPLOYEE", "ADMIN", "SUPER_ADMIN"),
            "avatar": Maybe("text"),
        }
    ],
)
def list_employees() -> Sent:
    """Users and chat: whom to assign."""
    return Sent()


@call("PUT /api/admin/users/{user_id}/assign-employee", reads={**DONE, "assigned_employee_id": Maybe("id")})
def assign_employee(user_id: str, employee_id: str | None) -> Sent:
    """Users: assign."""
    return Sent({"employee_id": employee_id}, user_id=user_id)


@call(
    "GET /api/admin/users/{user_id}/assigned-customers",
    reads={
        "employee_id": "id",
        "total": "count",
        "customers": [
            {"id": "id", "name": "text", "email": "text", "phone": Maybe("text"), "avatar": Maybe("text"), "status": STATUS}
        ],
    },
)
def assigned_customers(user_id: str) -> Sent:
    """No screen."""
    return Sent(user_id=user_id)


@call("PUT /api/admin/users/{user_id}/role", reads=DONE)
def change_role(user_id: str, new_role: str) -> Sent:
    """No screen."""
    return Sent(query={"new_role": new_role}, user_id=user_id)


@call("GET /api/auth/me", reads=PROFILE)
def profile() -> Sent:
    """Every screen, when the app starts."""
    return Sent()


@call("PUT /api/auth/me", reads={**DONE, "user": PROFILE})
def change_profile(**form: object) -> Sent:
    """Personal info, profile, employee settings."""
    return Sent(form)


@call(
    "POST /api/auth/register",
    reads={
        "id": "id",
        "email": "text",
        "first_name": "text",
        "last_name": "text",
        "role": OneOf("CUSTOMER"),
        "message": "text",
    },
    status=201,
)
def register(email: str, password: str, **typed: object) -> Sent:
    """Register sends what was typed as it is."""
    return Sent({"email": email, "password": password, "first_name": "Mona", "last_name": "El-Sayed", **typed})


@call(
    "POST /api/auth/login",
    reads={
        "access_token": "text",
        "refresh_token": "text",
        "token_type": OneOf("bearer"),
        "expires_in": "count",
        "user": PROFILE,
    },
)
def log_in(identifier: str, password: str) -> Sent:
    """Login, and register after it, with the text that was typed."""
    return Sent({"identifier": identifier, "password": password})
