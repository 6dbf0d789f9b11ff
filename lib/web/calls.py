"""One request as a handler sees it."""

import contextlib
import io
import re
import uuid
from dataclasses import dataclass, field

from flask import Request
from werkzeug.exceptions import HTTPException

from lib.audit import Actor
from lib.errors import TooLarge, Unreadable
from lib.security.callers import Caller

# The balancer overwrites this header with the client's address; on one machine local/gateway.py does.
CLIENT_ADDRESS_HEADER = "X-Client-Address"

# Cloud Run accepts no larger request.
_MOST_DRAINED, _DRAINED_AT_ONCE = 32 * 1024 * 1024, 64 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})")


@dataclass
class Call:
    """A request, its caller, and the caller's address."""

    request: Request
    request_id: str = ""
    trace_id: str = ""
    address: str = ""
    _caller: Caller | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        headers = self.request.headers
        given = headers.get("X-Request-Id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        trace = _TRACE.match(headers.get("X-Cloud-Trace-Context", "") or headers.get("traceparent", ""))
        self.trace_id = trace[1] if trace else self.request_id
        self.address = headers.get(CLIENT_ADDRESS_HEADER) or self.request.remote_addr or "unknown"

    @property
    def caller(self) -> Caller:
        """Who is signed in. Raises LookupError on a route that lets in anyone."""
        if self._caller is None:
            raise LookupError("this route lets in anyone, so there may be no caller")
        return self._caller

    def admit(self, caller: Caller) -> None:
        """Set the caller; the guard does so once it knows who calls."""
        self._caller = caller

    @property
    def caller_id(self) -> uuid.UUID | None:
        """The caller's id, or None where nobody is signed in."""
        return self._caller.user_id if self._caller else None

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names them."""
        return Actor(self.caller.user_id, self.caller.role, self.address, self.request_id)

    def body(self, limit: int) -> bytes:
        """The raw body. Raises TooLarge over `limit` bytes, Unreadable where it breaks off or is not framed as HTTP says."""
        if (self.request.content_length or 0) > limit:
            raise TooLarge(limit)
        try:
            data = self.request.stream.read(limit + 1)
        except HTTPException:
            raise
        except Exception as error:
            # Each server has its own errors for malformed chunks, and they have no common base class.
            raise Unreadable("The body can't be read: it is not framed as HTTP has it, or it broke off") from error
        if len(data) > limit:
            raise TooLarge(limit)
        return data

    def drain(self) -> None:
        """Read the rest of the body and drop it, so that the client reads our response instead of a broken pipe.

        functions-framework does the same later, but reads all of it into memory and answers 500 if the client has gone.
        """
        # The response is ready: an error in the rest of the body does not change it.
        with contextlib.suppress(Exception):
            for _ in range(_MOST_DRAINED // _DRAINED_AT_ONCE):
                if not self.request.stream.read(_DRAINED_AT_ONCE):
                    break
        self.request.stream = io.BytesIO()
