"""The auth function: accounts and their sessions."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.auth import login as logins
from functions.auth import profile, registration, schemas, sessions
from lib.pictures.given import LARGEST_BODY
from lib.web import ANYONE, SIGNED_IN, Api, Call, Response
from lib.web.service import add_health, add_root

api = Api("auth", "Auth")
add_health(api)
add_root(api, version="1.0.0")


@api.post("/api/auth/register", roles=ANYONE, status=201, response=schemas.RegisteredUser, problems=(409,))
def register(call: Call, body: schemas.Registration) -> dict[str, object]:
    """Make a customer's account, and send a code to its address that proves it."""
    account = registration.register(body, call)
    message = "Welcome to AltayarVIP! Your account is ready; you can log in now."
    return {**vars(account), "id": str(account.id), "message": message}


@api.post("/api/auth/login", roles=ANYONE, response=schemas.LoginAnswer, takes_key=False, problems=(401, 429))
def login(call: Call, body: schemas.LoginRequest) -> Response:
    """Open a session with a password, and a code where the account has a second factor."""
    opened, cookie = logins.log_in(body, sessions.device_of(call))
    return Response(opened, headers={"Set-Cookie": cookie})


@api.post("/api/auth/refresh", roles=ANYONE, response=schemas.TokenPair, takes_key=False, problems=(401,))
def refresh(body: schemas.RefreshRequest) -> dict[str, object]:
    """Exchange a refresh token for new tokens."""
    return sessions.refresh(body.refresh_token)


# The sessions are forgotten by this instance once their end is committed, and not before.
@api.post(
    "/api/auth/logout",
    roles=SIGNED_IN,
    response=schemas.LogoutAnswer,
    one_transaction=False,
    sets_up_second_factor=True,
)
def logout(call: Call, body: schemas.LogoutRequest) -> dict[str, object]:
    """End the caller's session."""
    sessions.end_sessions_of_logout(call.caller.user_id, call.caller.session_id, body.refresh_token)
    return {"message": "You are logged out"}


@api.get("/api/auth/me", roles=SIGNED_IN, response=schemas.Profile)
def read_me(call: Call) -> bytes:
    """The caller's profile."""
    return profile.read_profile(call.caller.user_id)


# A picture is drawn and stored meanwhile, and no transaction may be open then.
@api.put(
    "/api/auth/me",
    roles=SIGNED_IN,
    response=schemas.ChangedProfile,
    one_transaction=False,
    body_limit=LARGEST_BODY,
    problems=(429,),
)
def change_me(call: Call, body: schemas.ProfileChanges) -> bytes:
    """Change the caller's profile."""
    return profile.change_profile(call.caller.user_id, body)


@api.get("/api/auth/me/sessions", roles=SIGNED_IN, response=list[schemas.OwnSession])
def list_sessions(call: Call) -> bytes:
    """The caller's sessions that have not ended."""
    return sessions.read_sessions(call.caller.user_id, call.caller.session_id)


@api.delete("/api/auth/me/sessions/{session_id}", roles=SIGNED_IN, status=204, one_transaction=False)
def end_session(call: Call, session_id: UUID) -> None:
    """End one of the caller's sessions."""
    sessions.end_own_session(call.caller.user_id, session_id)


# This can't be one transaction: a wrong password must stay counted although the request is
# refused, and no transaction may be open while argon2 runs.
@api.post(
    "/api/auth/change-password", roles=SIGNED_IN, response=schemas.PasswordChanged, one_transaction=False, problems=(429,)
)
def change_password(call: Call, body: schemas.PasswordChange) -> dict[str, object]:
    """Change the caller's password and end their other sessions."""
    return logins.change_password(call.caller, body)


auth = api.function()
