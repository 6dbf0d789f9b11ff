"""Between functions-framework and our code: the one module that knows Starlette.

The framework has error pages of its own, for /robots.txt, for methods that it does not know, for HTTP that is none. They
would reach callers as plain text. Its routes and its layers around them cost a quarter of a read, and the function does
again what they do. So each request goes from uvicorn to the function; what uvicorn refuses is answered by
`lib/web/server.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import starlette.requests
from functions_framework import aio
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from lib.errors import Unreadable
from lib.web import forking, server
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

    async def function(request: starlette.requests.Request) -> Any:
        return await respond(_as_request(request.scope, request.receive))

    function.__name__ = name
    # The framework makes its application right after it has loaded the module, and takes none from a function.
    aio.Starlette = lambda **_: _application(function)  # type: ignore[attr-defined,assignment] # a class is called in no other way
    server.install()
    forking.keep_memory_shared()
    return aio.http(function)


def _application(function: Callable[[starlette.requests.Request], Awaitable[Any]]) -> ASGIApp:
    """An application whose requests all go to the function. Starlette's own gets what is none, such as start and end."""
    others = Starlette()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await others(scope, receive, send)
            return
        answer = await function(starlette.requests.Request(scope, receive))
        await answer(scope, receive, send)

    return application


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
