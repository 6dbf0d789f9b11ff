"""Something that we need does not answer, or refuses us."""

from lib.errors.problem import Problem


class GatewayRefusal(Problem):
    """Fawaterk refused the call; the same call will be refused again."""

    status, code, title = 502, "gateway_refused", "Bad Gateway"


class Unavailable(Problem):
    """Something that we need does not answer; the same request may succeed soon."""

    status, code, title = 503, "unavailable", "Service Unavailable"

    def __init__(self, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(detail, retry_after=retry_after)


class Busy(Unavailable):
    """The database is too busy for this request right now."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("The service is busy; nothing was changed, try again")


class OutcomeUnknown(Unavailable):
    """The connection died during the commit: we do not know whether the change was made."""

    code = "outcome_unknown"

    def __init__(self) -> None:
        super().__init__("The answer was lost while saving; look whether it was done before you try again")


class GatewaySilent(Unavailable):
    """Fawaterk did not answer in time, or its answer made no sense."""

    code = "gateway_unavailable"

    def __init__(self) -> None:
        super().__init__("The payment gateway does not answer right now; nothing was charged, try again", retry_after=5)
