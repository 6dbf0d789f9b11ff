"""Who may call a route: 401 without a valid token, 403 with a role that the route does not let in."""

from lib import logs
from lib.errors import Forbidden, InvalidToken, Unauthenticated
from lib.security import callers
from lib.web.calls import Call
from lib.web.routes import Roles


def admit_known(call: Call, roles: Roles) -> bool:
    """Let in a caller who needs no look-up, or say False. Raises as `admit` does where that much is known already."""
    if not roles:
        return True
    caller = callers.recall(_token(call))
    if caller is not None:
        _let_in(call, caller, roles)
    return caller is not None


def admit(call: Call, roles: Roles) -> None:
    """Let the caller in if their role is one of `roles`. Raises Unauthenticated, InvalidToken or Forbidden."""
    _let_in(call, callers.identify(_token(call)), roles)


def _token(call: Call) -> str:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    if not token:
        raise Unauthenticated("Sign in first: send Authorization: Bearer with an access token")
    if scheme.lower() != "bearer":
        raise InvalidToken("The Authorization header must be Bearer with an access token")
    return token.strip()


def _let_in(call: Call, caller: callers.Caller, roles: Roles) -> None:
    logs.bind(user_id=str(caller.user_id), role=caller.role)
    if caller.role not in roles:
        # The app's screens look for the first two words.
        raise Forbidden(f"Access denied: your role ({caller.role}) may not do this")
    call.admit(caller)
