"""The auth function: who people are, and their sessions."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.auth import login as logins
from functions.auth import profile, registration, schemas, sessions
from lib.web import ANYONE, SIGNED_IN, Api, Call
from lib.web.service import add_health, add_root

api = Api("auth", "Auth")
add_health(api)
add_root(api, version="1.0.0")


@api.post("/api/auth/register", who=ANYONE, status=201, answer=schemas.RegisteredUser, problems=(409,))
def register(body: schemas.Registration) -> bytes:
    """Make a customer's account."""
    return registration.register(body)


@api.post("/api/auth/login", who=ANYONE, answer=schemas.LoginAnswer, takes_key=False, problems=(401, 429))
def login(call: Call, body: schemas.LoginRequest) -> bytes:
    """Open a session with a password."""
    return logins.log_in(body, sessions.device_of(call))


@api.post("/api/auth/refresh", who=ANYONE, answer=schemas.TokenPair, takes_key=False, problems=(401,))
def refresh(body: schemas.RefreshRequest) -> dict[str, object]:
    """Trade a refresh token for new tokens."""
    return sessions.refresh(body.refresh_token)


@api.post("/api/auth/logout", who=SIGNED_IN, answer=schemas.LogoutAnswer)
def logout(call: Call, body: schemas.LogoutRequest) -> dict[str, object]:
    """End the caller's session."""
    sessions.end_sessions_of_logout(call.caller.user_id, call.caller.session_id, body.refresh_token)
    return {"message": "You are logged out"}


@api.get("/api/auth/me", who=SIGNED_IN, answer=schemas.Profile)
def read_me(call: Call) -> bytes:
    """The caller's profile."""
    return profile.read_profile(call.caller.user_id)


@api.put("/api/auth/me", who=SIGNED_IN, answer=schemas.ChangedProfile)
def change_me(call: Call, body: schemas.ProfileChanges) -> bytes:
    """Change the caller's profile."""
    return profile.change_profile(call.caller.user_id, body)


# No gateway in it, but no one transaction either: a wrong guess stays counted although its request is refused, and no
# transaction is open while argon2 runs.
@api.post("/api/auth/change-password", who=SIGNED_IN, answer=schemas.PasswordChanged, calls_gateway=True, problems=(429,))
def change_password(call: Call, body: schemas.PasswordChange) -> dict[str, object]:
    """Change the caller's password and end their other sessions."""
    return logins.change_password(call.caller, body, call.address)


auth = api.function()
