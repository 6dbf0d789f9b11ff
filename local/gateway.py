"""One port for everything: takes the place of the cloud's balancer, and serves the sandbox too.

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
# Set where the functions share a login, and each takes its own role after it.
TAKES_ROLES = "TAKES_ROLES"
_ADDRESS = CLIENT_ADDRESS_HEADER.encode()


class Gateway:
    """An application that passes each request to the function of its path."""

    def __init__(self, table: RouteTable, functions: Mapping[str, AsgiApp], sandbox: AsgiApp | None = None) -> None:
        self._table = table
        self._functions = functions
        self._sandbox = sandbox

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        headers = [pair for pair in scope["headers"] if pair[0] != _ADDRESS]
        scope["headers"] = [*headers, (_ADDRESS, scope["client"][0].encode())]
        path = scope["raw_path"].decode("latin-1")
        is_sandboxed = self._sandbox is not None and f"{path}/".startswith(f"{SANDBOX_PATH}/")
        app = self._sandbox if self._sandbox and is_sandboxed else self._functions[self._table.function_for(path)]
        await app(scope, receive, send)


def load_function(name: str) -> AsgiApp:
    """A function, built from its folder by functions-framework."""
    build_app = cast("Callable[[str, str, str], AsgiApp]", aio.create_asgi_app)
    app = build_app(name, str(ROOT / "functions" / name / "main.py"), "http")
    return _as_role(role_of(name), app) if os.environ.get(TAKES_ROLES) else app


def _as_role(role: str, app: AsgiApp) -> AsgiApp:
    """The application with its function's own privileges in the database, as it has them in the cloud."""

    async def answered(scope: dict[str, Any], receive: Any, send: Any) -> None:
        acting = acting_role.set(role)
        try:
            await app(scope, receive, send)
        finally:
            acting_role.reset(acting)

    return answered


def build(sandbox: WsgiApp) -> AsgiApp:
    """One application with every function of routes.yaml, and the sandbox."""
    table = read_routes()
    functions = {name: load_function(name) for name in table.functions}
    return Gateway(table, functions, Threaded(sandbox, SANDBOX_PATH))
