"""What can go wrong between us and the gateway.

GatewayError
├── GatewayUnavailable      no answer in time, no connection, 5xx, or 429: asking later may help
├── GatewayNonsense         an answer that is not the JSON we know: what it did is unknown
└── GatewayRefused          a 4xx with the gateway's own reasons: asking again will not help
    └── InvoiceUnknown      getInvoiceData of an id that the gateway does not have

ValueError
└── Unreadable              bytes or a value that can't be taken for what they should be
    └── UnreadableEvent     a webhook body of which no event can be made
"""


class GatewayError(Exception):
    """Anything that keeps a call to the gateway from giving what it should; its text holds no secret."""


class GatewayUnavailable(GatewayError):  # noqa: N818 - the caller reads what happened, not that it is an error
    """The gateway did not answer in time, could not be reached, or said that it can't now (5xx, 429)."""


class GatewayNonsense(GatewayError):  # noqa: N818 - the caller reads what happened, not that it is an error
    """The gateway answered with something else than its JSON: HTML, wrong types, another invoice."""


class GatewayRefused(GatewayError):  # noqa: N818 - the caller reads what happened, not that it is an error
    """The gateway refused a call: its HTTP status, and its reasons by field ("message" where it named none)."""

    def __init__(self, status: int, messages: dict[str, list[str]]) -> None:
        self.status = status
        self.messages = messages
        reasons = "; ".join(f"{field}: {' '.join(texts)}" for field, texts in messages.items())
        super().__init__(f"the gateway refused with {status}: {reasons}")


class InvoiceUnknown(GatewayRefused):
    """The gateway has no invoice of the id it was asked for."""


class Unreadable(ValueError):  # noqa: N818 - the caller reads what happened, not that it is an error
    """Bytes or a value from outside that can't be taken for what they should be."""


class UnreadableEvent(Unreadable):
    """A webhook body of which no event can be made; its text says why and quotes none of it."""
