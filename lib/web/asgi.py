"""Between functions-framework and our code: the one module that knows Starlette.

The framework has error pages of its own, for /robots.txt, for methods that it does not know, for HTTP that is none. They
would reach callers as plain text. So what it refuses is answered by the function like anything else, and what uvicorn
refuses is answered by `lib/web/server.py`.
"""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import starlette.requests
from functions_framework import aio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from lib.errors import Unreadable
from lib.web import server
from lib.web.request import Request


@dataclass(frozen=True)
class Answer:
    """A response as it goes to the wire; the framework calls it to send it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it. The answer to HEAD has the headers of GET, and no body."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})


def http_function(name: str, respond: Callable[[Request], Awaitable[Answer]]) -> Callable[..., Any]:
    """The function that functions-framework calls. Called while the framework loads the module of that function."""

    async def function(request: starlette.requests.Request, _refusal: Exception | None = None) -> Any:
        return await respond(_as_request(request.scope, request.receive))

    function.__name__ = name
    # The framework makes its application right after it has loaded the module, and takes no handlers from a function.
    aio.Starlette = functools.partial(  # type: ignore[attr-defined,assignment] # a class is called in no other way
        Starlette, exception_handlers={HTTPException: function}
    )
    server.install()
    return aio.http(function)


def _as_request(scope: Scope, receive: Receive) -> Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    client = scope.get("client")
    return Request(
        method=scope["method"],
        path=scope["path"],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        peer=client[0] if client else "",
        receive=_pieces(receive),
    )


def _pieces(receive: Receive) -> Callable[[], Awaitable[bytes]]:
    is_over = False

    async def next_piece() -> bytes:
        nonlocal is_over
        while not is_over:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Unreadable("The body can't be read: it is not framed as HTTP has it, or it broke off")
            is_over = not message.get("more_body", False)
            if piece := bytes(message.get("body", b"")):
                return piece
        return b""

    return next_piece
