"""One function in this process, called as a server calls it: no port, one loop for all of its requests."""

import asyncio
import functools
import json as json_format
import threading
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

from requests.structures import CaseInsensitiveDict

CALL_SECONDS = 60

AsgiApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class AsgiResponse:
    """An answer."""

    status_code: int
    headers: CaseInsensitiveDict[str]
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()

    @property
    def json(self) -> Any:
        return json_format.loads(self.data)

    @property
    def content_type(self) -> str | None:
        return self.headers.get("Content-Type")


@functools.cache
def loop() -> asyncio.AbstractEventLoop:
    """The loop of every function in this process, as an instance has one."""
    running = asyncio.new_event_loop()
    threading.Thread(target=running.run_forever, name="loop", daemon=True).start()
    return running


class AsgiClient:
    """Calls a function. Any number of threads may use it at the same time."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    def open(
        self,
        path: str,
        *,
        method: str = "GET",
        json: object = None,
        data: bytes | str | None = None,
        pieces: Iterable[bytes] = (),
        breaks_off: bool = False,
        content_type: str | None = None,
        headers: dict[str, str] | None = None,
        peer: str = "127.0.0.1",
        query_string: dict[str, str] | None = None,
    ) -> AsgiResponse:
        """One request. A body in `pieces` does not say its length; one that `breaks_off` ends with the client gone."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if json is not None:
            data, content_type = json_format.dumps(json), "application/json"
        body = data.encode() if isinstance(data, str) else data
        if body is not None:
            sent.setdefault("content-length", str(len(body)))
            pieces = [body]
        elif pieces:
            sent["transfer-encoding"] = "chunked"
        if content_type is not None:
            sent["content-type"] = content_type
        raw_path, _, query = path.partition("?")
        query = urlencode(query_string) if query_string else query
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(raw_path),
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
            "client": (peer, 1),
            "server": ("127.0.0.1", 80),
        }
        return asyncio.run_coroutine_threadsafe(self._answer(scope, list(pieces), breaks_off), loop()).result(CALL_SECONDS)

    async def _answer(self, scope: dict[str, Any], pieces: list[bytes], breaks_off: bool) -> AsgiResponse:  # noqa: FBT001
        sent: list[dict[str, Any]] = []
        waiting = iter(pieces)

        async def receive() -> dict[str, Any]:
            piece = next(waiting, None)
            if piece is None and breaks_off:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        headers = {name.decode().title(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return AsgiResponse(sent[0]["status"], CaseInsensitiveDict(headers), b"".join(one["body"] for one in sent[1:]))

    def get(self, path: str, **options: Any) -> AsgiResponse:
        return self.open(path, method="GET", **options)

    def head(self, path: str, **options: Any) -> AsgiResponse:
        return self.open(path, method="HEAD", **options)

    def options(self, path: str, **options: Any) -> AsgiResponse:
        return self.open(path, method="OPTIONS", **options)

    def post(self, path: str, **options: Any) -> AsgiResponse:
        return self.open(path, method="POST", **options)

    def put(self, path: str, **options: Any) -> AsgiResponse:
        return self.open(path, method="PUT", **options)

    def delete(self, path: str, **options: Any) -> AsgiResponse:
        return self.open(path, method="DELETE", **options)
