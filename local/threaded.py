"""Runs the sandbox and the mailbox, which are Flask applications, beside functions that run on a loop."""

import asyncio
import contextvars
import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from werkzeug.wrappers import Response

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

# While a function waits for the sandbox, the sandbox may send it a webhook, whose function asks the sandbox in turn.
THREADS = 80


class Threaded:
    """A WSGI application as an ASGI one, mounted at `root`, in threads of its own."""

    def __init__(self, app: WsgiApp, root: str) -> None:
        self._app = app
        self._root = root
        self._threads = ThreadPoolExecutor(THREADS, "sandbox")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        context = contextvars.copy_context()
        run = asyncio.get_running_loop().run_in_executor
        response = await run(self._threads, context.run, self._respond, self._environ(scope, body))
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.get_data()})

    def _respond(self, environ: dict[str, Any]) -> Response:
        return Response.from_app(self._app, environ, buffered=True)

    def _environ(self, scope: dict[str, Any], body: bytes) -> dict[str, Any]:
        host, port = scope["server"]
        headers = {
            f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": value.decode("latin-1")
            for name, value in scope["headers"]
        }
        return {
            **headers,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
            "PATH_INFO": scope["path"].removeprefix(self._root).encode().decode("latin-1"),
            "QUERY_STRING": scope["query_string"].decode("latin-1"),
            "REMOTE_ADDR": scope["client"][0],
            "REQUEST_METHOD": scope["method"],
            "SCRIPT_NAME": self._root,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.errors": io.StringIO(),
            "wsgi.input": io.BytesIO(body),
            "wsgi.multiprocess": False,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
        }
