"""What uvicorn does on a connection, but for what is broken on it.

uvicorn answers a body that is framed wrongly in our place, with a line of plain text, although the request has long begun
and may need no body; and it takes a client that has sent all it has for one that has gone. Here the function answers
both: it hears that the body broke off.
"""

import json
from typing import Any

from uvicorn.protocols.http import auto
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from lib.errors import Unreadable

_REFUSAL = json.dumps(
    {
        "type": "about:blank",
        "title": Unreadable.title,
        "status": Unreadable.status,
        "detail": "This is no request that HTTP knows",
        "code": Unreadable.code,
    },
    separators=(",", ":"),
).encode()
_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\nconnection: close\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(_REFUSAL), _REFUSAL)
)


class _Cycle(RequestResponseCycle):
    """One request and its response. `is_cut`: nothing more can be read, though the body is not whole."""

    is_cut = False

    async def receive(self) -> Any:
        """The next piece of the body, or that there will be none."""
        message: Any = None if self.is_cut else await super().receive()
        return {"type": "http.disconnect"} if self.is_cut else message


class Protocol(HttpToolsProtocol):
    """One connection."""

    cycle: Any
    _is_over = False

    def on_headers_complete(self) -> None:
        """Begin a request."""
        super().on_headers_complete()
        self.cycle.__class__ = _Cycle

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless nothing behind what was broken can be understood."""
        if not self._is_over:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:
        """Let the request that is under way be answered; where there is none, say that this is no HTTP."""
        self.logger.debug(msg)
        self._is_over = True
        if not self._end_of_input():
            self.transport.write(_ANSWER)
            self.transport.close()

    def eof_received(self) -> bool:  # type: ignore[override] # True keeps the connection open for the answer
        """Let the request that is under way be answered, though the client sends no more."""
        return self._end_of_input()

    def _end_of_input(self) -> bool:
        """Whether a request is under way; it is the last one here."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        self.cycle.keep_alive = False
        if self.cycle.more_body:
            self.cycle.is_cut = True
            self.cycle.message_event.set()
        return True


def install() -> None:
    """Let uvicorn use it, also where functions-framework starts the server and takes no settings."""
    auto.AutoHTTPProtocol = Protocol
