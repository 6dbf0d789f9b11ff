"""Who may call a route: no token 401, a role too low 403."""

from lib import logs
from lib.errors import Forbidden, InvalidToken, Unauthenticated
from lib.security.callers import identify
from lib.web.calls import Call
from lib.web.routes import Who


def admit(call: Call, who: Who) -> None:
    """Let the caller in if `who` allows. Raises Unauthenticated, InvalidToken or Forbidden."""
    if not who:
        return
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    if not token:
        raise Unauthenticated("Sign in first: send Authorization: Bearer with an access token")
    if scheme.lower() != "bearer":
        raise InvalidToken("The Authorization header must be Bearer with an access token")
    caller = identify(token.strip())
    logs.bind(user_id=str(caller.user_id), role=caller.role)
    if caller.role not in who:
        raise Forbidden(f"Your role ({caller.role}) may not do this")
    call.admit(caller)
