"""What can go wrong between us and the gateway.

GatewayError
├── GatewayUnavailable      no response in time, no connection, 5xx, or 429: a later call may succeed
├── GatewayNonsense         the response is not the JSON that we know: what the gateway did is unknown
└── GatewayRefused          a 4xx with the gateway's reasons: the same call will be refused again
    └── InvoiceUnknown      getInvoiceData for an id that the gateway does not have

ValueError
└── Unreadable              bytes or a value in an unexpected form
    └── UnreadableEvent     a webhook's body is not an event
"""


class GatewayError(Exception):
    """A call to the gateway failed. The text has no secret in it."""


class GatewayUnavailable(GatewayError):  # noqa: N818 - the name says what happened
    """The gateway did not answer in time, could not be reached, or could not do it now (5xx, 429)."""


class GatewayNonsense(GatewayError):  # noqa: N818 - the name says what happened
    """The response is not the gateway's JSON: it is HTML, has wrong types, or is about another invoice.

    `seen`: the beginning of what it answered, without secrets, for a person to read.
    """

    def __init__(self, message: str, seen: str = "") -> None:
        self.seen = seen
        super().__init__(message)


class GatewayRefused(GatewayError):  # noqa: N818 - the name says what happened
    """The gateway refused a call: its HTTP status, and its reasons by field ("message" where it has no field)."""

    def __init__(self, status: int, messages: dict[str, list[str]]) -> None:
        self.status = status
        self.messages = messages
        reasons = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in messages.items())
        super().__init__(f"the gateway refused with {status}: {reasons}")


class InvoiceUnknown(GatewayRefused):
    """The gateway has no invoice with this id."""


class Unreadable(ValueError):  # noqa: N818 - the name says what happened
    """Bytes or a value from outside have an unexpected form."""


class UnreadableEvent(Unreadable):
    """A webhook's body is not an event. The text says why, and quotes nothing from the body."""
