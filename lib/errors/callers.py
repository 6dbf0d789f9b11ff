"""Who calls is not known, or may not do this."""

from lib.errors.problem import Problem


class Unauthenticated(Problem):
    """Nobody is signed in."""

    status, code, title = 401, "unauthenticated", "Unauthorized"


class InvalidCredentials(Unauthenticated):
    """The e-mail address or the password is wrong; the message does not say which."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("Invalid email or password")


class SecondFactorRequired(Unauthenticated):
    """The password is right. This account needs a code too: none came, or one that is wrong."""

    code = "second_factor_required"

    def __init__(self, detail: str = "Enter the code of your authenticator app, or one of your recovery codes") -> None:
        super().__init__(detail)


class InvalidToken(Unauthenticated):
    """The access or refresh token is not valid."""

    code = "invalid_token"


class Forbidden(Problem):
    """The caller's role may not do this."""

    status, code, title = 403, "forbidden", "Forbidden"


class SecondFactorMissing(Forbidden):
    """Administrators need a second factor here, and this one may do nothing but set theirs up."""

    code = "second_factor_setup_required"

    def __init__(self) -> None:
        super().__init__("Set up your second factor first: administrators need one")


class OwnAccount(Forbidden):
    """The caller would be the one who gains by it. No role may do that, not even SUPER_ADMIN."""

    code = "own_account"

    def __init__(self) -> None:
        super().__init__("Nobody does this for their own account; ask a colleague")


class OwnRequest(Forbidden):
    """The caller has asked for it, and another administrator has to decide."""

    code = "own_request"

    def __init__(self) -> None:
        super().__init__("You have asked for this yourself; another administrator has to decide")


class InvalidCode(Problem):
    """A code by mail is not the one of its address, has expired, was used, or was tried too often: all in the same words."""

    status, code, title = 400, "invalid_code", "Bad Request"

    def __init__(self) -> None:
        super().__init__("This code is wrong or no longer valid; ask for a new one")


class TooManyRequests(Problem):
    """A limit is reached; `retry_after` says how many seconds to wait."""

    status, code, title = 429, "too_many_requests", "Too Many Requests"
