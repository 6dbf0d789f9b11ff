"""Who may call a route: 401 without a valid token, 403 with a role that the route does not let in."""

from lib import logs
from lib.errors import Forbidden, InvalidToken, Unauthenticated
from lib.security.callers import identify
from lib.web.calls import Call
from lib.web.routes import Roles


def admit(call: Call, roles: Roles) -> None:
    """Let the caller in if their role is one of `roles`. Raises Unauthenticated, InvalidToken or Forbidden."""
    if not roles:
        return
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    if not token:
        raise Unauthenticated("Sign in first: send Authorization: Bearer with an access token")
    if scheme.lower() != "bearer":
        raise InvalidToken("The Authorization header must be Bearer with an access token")
    caller = identify(token.strip())
    logs.bind(user_id=str(caller.user_id), role=caller.role)
    if caller.role not in roles:
        raise Forbidden(f"Your role ({caller.role}) may not do this")
    call.admit(caller)
