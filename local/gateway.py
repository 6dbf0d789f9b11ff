"""One port for everything: takes the place of the cloud's balancer, and serves the sandbox too.

It sends each path to the function that routes.yaml names, and overwrites the client's address as the balancer does.
functions-framework builds every function, as in the cloud.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import functions_framework
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from lib.web.calls import CLIENT_ADDRESS_HEADER
from local.routes import RouteTable, read_routes

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]

ROOT = Path(__file__).parent.parent
_ADDRESS_VARIABLE = "HTTP_" + CLIENT_ADDRESS_HEADER.upper().replace("-", "_")


class Gateway:
    """A WSGI application that passes each request to the function of its path."""

    def __init__(self, table: RouteTable, functions: Mapping[str, WsgiApp]) -> None:
        self._table = table
        self._functions = functions

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        environ[_ADDRESS_VARIABLE] = environ.get("REMOTE_ADDR", "")
        path = str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0]
        return self._functions[self._table.function_for(path)](environ, start_response)


def load_function(name: str) -> WsgiApp:
    """A function, built from its folder by functions-framework."""
    build_app = cast("Callable[[str, str, str], WsgiApp]", functions_framework.create_app)
    return build_app(name, str(ROOT / "functions" / name / "main.py"), "http")


def build(sandbox: WsgiApp) -> WsgiApp:
    """One application with every function of routes.yaml, and the sandbox at /sandbox/fawaterk."""
    table = read_routes()
    gateway = Gateway(table, {name: load_function(name) for name in table.functions})
    return cast("WsgiApp", DispatcherMiddleware(cast("Any", gateway), {"/sandbox/fawaterk": cast("Any", sandbox)}))
