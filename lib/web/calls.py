"""One request as a handler sees it."""

import re
import uuid

from lib.audit import Actor
from lib.errors import Problem, TooLarge
from lib.security.callers import Caller
from lib.web import bodies
from lib.web.idempotency import KeyedRequest
from lib.web.request import Request

# The balancer overwrites this header with the client's address; on one machine local/gateway.py does.
CLIENT_ADDRESS_HEADER = "x-client-address"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACE = re.compile(r"(?:[0-9a-f]{2}-)?([0-9a-f]{32})")


class Call:
    """A request, its caller, and the caller's address."""

    def __init__(self, request: Request) -> None:
        headers = request.headers
        given = headers.get("x-request-id", "")
        self.request = request
        self.request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        trace = _TRACE.match(headers.get("x-cloud-trace-context", "") or headers.get("traceparent", ""))
        self.trace_id = trace[1] if trace else self.request_id
        self.address = headers.get(CLIENT_ADDRESS_HEADER) or request.peer or "unknown"
        self._caller: Caller | None = None
        self._body: bytes | Problem = b""

    @property
    def caller(self) -> Caller:
        """Who is signed in. Raises LookupError on a route that lets in anyone."""
        if self._caller is None:
            raise LookupError("this route lets in anyone, so there may be no caller")
        return self._caller

    def admit(self, caller: Caller) -> None:
        """Set the caller; the guard does so once it knows who calls."""
        self._caller = caller

    def with_key(self, key: str, body: bytes) -> KeyedRequest:
        """This request as its Idempotency-Key knows it again."""
        return KeyedRequest(
            user_id=self._caller.user_id if self._caller else None,
            role=self._caller.role if self._caller else None,
            method=self.request.method,
            path=self.request.path,
            query=self.request.query_string,
            media_type=self.request.media_type,
            key=key,
            body=body,
        )

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names them."""
        return Actor(self.caller.user_id, self.caller.role, self.address, self.request_id)

    async def read_body(self, limit: int) -> None:
        """Read the body before the handler runs. What is wrong with it is raised by `body`, after the caller is known."""
        try:
            self._body = await bodies.read(self.request, limit)
        except Problem as problem:
            self._body = problem

    def body(self, limit: int) -> bytes:
        """The raw body. Raises TooLarge over `limit` bytes, Unreadable where it breaks off or is not framed as HTTP says."""
        if (self.request.content_length or 0) > limit:
            raise TooLarge(limit)
        if isinstance(self._body, Problem):
            raise self._body
        if len(self._body) > limit:
            raise TooLarge(limit)
        return self._body
