"""One port for everything: takes the place of the cloud's balancer, and serves the sandbox and the mailbox too.

It sends each path to the function that routes.yaml names, and overwrites the client's address as the balancer does.
functions-framework builds every function, as in the cloud.
"""

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

from functions_framework import aio

from lib.db.session import acting_role
from lib.web.calls import CLIENT_ADDRESS_HEADER
from local.routes import RouteTable, read_routes
from local.threaded import Threaded, WsgiApp
from migrations.privileges import role_of

AsgiApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

ROOT = Path(__file__).parent.parent
SANDBOX_PATH = "/sandbox/fawaterk"
MAILBOX_PATH = "/mailbox"
# Set where the functions share a login, and each takes its own role after it.
TAKES_ROLES = "TAKES_ROLES"
_ADDRESS = CLIENT_ADDRESS_HEADER.encode()


class Gateway:
    """An application that passes each request to the function of its path. `beside`: what else there is, by its root."""

    def __init__(
        self, table: RouteTable, functions: Mapping[str, AsgiApp], beside: Mapping[str, AsgiApp] | None = None
    ) -> None:
        self._table = table
        self._functions = functions
        self._beside = beside or {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = [pair for pair in scope["headers"] if pair[0] != _ADDRESS]
        scope["headers"] = [*headers, (_ADDRESS, scope["client"][0].encode())]
        path = scope["raw_path"].decode("latin-1")
        beside = next((app for root, app in self._beside.items() if f"{path}/".startswith(f"{root}/")), None)
        app = beside or self._functions[self._table.function_for(path, scope["method"])]
        await app(scope, receive, send)


def load_function(name: str) -> AsgiApp:
    """A function, built from its folder by functions-framework."""
    build_app = cast("Callable[[str, str, str], AsgiApp]", aio.create_asgi_app)
    app = build_app(name, str(ROOT / "functions" / name / "main.py"), "http")
    return _as_function(name, app)


def _as_function(name: str, app: AsgiApp) -> AsgiApp:
    """The application with a function's own privileges in the database, as it has them in the cloud."""
    if not os.environ.get(TAKES_ROLES):
        return app
    role = role_of(name)

    async def answered(scope: dict[str, Any], receive: Any, send: Any) -> None:
        acting = acting_role.set(role)
        try:
            await app(scope, receive, send)
        finally:
            acting_role.reset(acting)

    return answered


def build(sandbox: WsgiApp, mailbox: WsgiApp) -> AsgiApp:
    """One application with every function of routes.yaml, the sandbox, and the mailbox, which reads what a job sends."""
    table = read_routes()
    functions = {name: load_function(name) for name in table.functions}
    beside: dict[str, AsgiApp] = {
        SANDBOX_PATH: Threaded(sandbox, SANDBOX_PATH),
        MAILBOX_PATH: _as_function("jobs", Threaded(mailbox, MAILBOX_PATH)),
    }
    return Gateway(table, functions, beside)
