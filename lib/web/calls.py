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

# The balancer overwrites this header with the address that it saw; locally the gateway does.
CLIENT_ADDRESS_HEADER = "X-Client-Address"

# Cloud Run lets no larger request through.
_MOST_DRAINED, _DRAINED_AT_ONCE = 32 * 1024 * 1024, 64 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})")


@dataclass
class Call:
    """A request, who makes it, and from where."""

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
        """Who is signed in. Only for routes that ask for it: the guard has seen to it."""
        if self._caller is None:
            raise LookupError("this route lets anyone in, so there may be no caller")
        return self._caller

    def admit(self, caller: Caller) -> None:
        """The guard's word that this is who calls."""
        self._caller = caller

    @property
    def caller_id(self) -> uuid.UUID | None:
        """The caller's id, or None where nobody signed in."""
        return self._caller.user_id if self._caller else None

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names them."""
        return Actor(self.caller.user_id, self.caller.role, self.address, self.request_id)

    def body(self, limit: int) -> bytes:
        """The raw body. Raises TooLarge for one over `limit` bytes, Unreadable for one that breaks off or is cut wrongly."""
        if (self.request.content_length or 0) > limit:
            raise TooLarge(limit)
        try:
            data = self.request.stream.read(limit + 1)
        except HTTPException:
            raise
        except Exception as error:
            # Whatever server is below us has errors of its own for chunks that are no chunks, and they share no base.
            raise Unreadable("The body can't be read: it is not framed as HTTP has it, or it broke off") from error
        if len(data) > limit:
            raise TooLarge(limit)
        return data

    def drain(self) -> None:
        """Take in what was left unread of the body, so that the client reads our answer instead of a broken pipe.

        functions-framework does so after us, but whole into memory, and it answers 500 where the client has hung up.
        """
        # The answer is made already: whatever is wrong with the rest of the body changes nothing about it.
        with contextlib.suppress(Exception):
            for _ in range(_MOST_DRAINED // _DRAINED_AT_ONCE):
                if not self.request.stream.read(_DRAINED_AT_ONCE):
                    break
        self.request.stream = io.BytesIO()
