"""Who may call a route: 401 without a valid token, 403 with a role that the route does not let in.

An administrator who has to set up a second factor first is let into the routes of that alone.
"""

from lib import logs
from lib.errors import Forbidden, InvalidToken, SecondFactorMissing, Unauthenticated
from lib.security import callers
from lib.web.calls import Call
from lib.web.routes import Route


def admit_known(call: Call, route: Route) -> bool:
    """Let in a caller who needs no look-up, or say False. Raises as `admit` does where that much is known already."""
    if not route.roles:
        return True
    caller = callers.recall(_token(call))
    if caller is not None:
        _let_in(call, caller, route)
    return caller is not None


def admit(call: Call, route: Route) -> None:
    """Let the caller in if the route is for their role. Raises Unauthenticated, InvalidToken or Forbidden."""
    _let_in(call, callers.identify(_token(call)), route)


def _token(call: Call) -> str:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    if not token:
        raise Unauthenticated("Sign in first: send Authorization: Bearer with an access token")
    if scheme.lower() != "bearer":
        raise InvalidToken("The Authorization header must be Bearer with an access token")
    return token.strip()


def _let_in(call: Call, caller: callers.Caller, route: Route) -> None:
    logs.bind(user_id=str(caller.user_id), role=caller.role)
    if caller.role not in route.roles:
        # The app's screens look for the first two words.
        raise Forbidden(f"Access denied: your role ({caller.role}) may not do this")
    if caller.lacks_second_factor and not route.sets_up_second_factor:
        raise SecondFactorMissing
    call.admit(caller)
