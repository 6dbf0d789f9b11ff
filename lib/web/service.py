"""Routes about the service itself: every function's health, and the API's description, which the default function serves."""

import functools
import importlib.resources
from pathlib import Path
from typing import Literal

from lib import db
from lib.errors import NotFound, Unavailable
from lib.models import Model
from lib.web.api import Api
from lib.web.responses import Response, as_json, as_response
from lib.web.routes import ANYONE

OPENAPI_FILE = Path(__file__).with_name("openapi.json")

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "index.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_DOCS_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AltayarVIP API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/index.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_DOCS_START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: true, validatorUrl: null
});
"""


class Health(Model):
    """Whether a function answers."""

    status: str


class NotReady(Model):
    """That a function can't do its work now, and why."""

    status: Literal["unavailable"]
    detail: str


class ServiceRoot(Model):
    """What this is."""

    message: str
    version: str
    status: str


def add_health(api: Api) -> None:
    """Add the routes that tell whether a function runs and whether it reaches the database."""

    @api.get("/health", roles=ANYONE, response=Health, is_instant=True, tag="Service")
    def health() -> dict[str, object]:
        """Whether this function runs."""
        return {"status": "healthy"}

    @api.get("/health/ready", roles=ANYONE, response=Health, tag="Service", responses={503: NotReady})
    def ready() -> Response:
        """Whether this function reaches its database."""
        try:
            db.read.run("select 1")
        except Unavailable as problem:
            return _not_ready(problem)
        return as_response({"status": "healthy"})


def _not_ready(problem: Unavailable) -> Response:
    body = as_json({"status": "unavailable", "detail": problem.detail})
    return Response(body, status=problem.status, headers={"Retry-After": str(problem.retry_after)})


def add_root(api: Api, version: str) -> None:
    """Add the default function's routes: `/`, and the description of all functions."""

    @api.get("/", roles=ANYONE, response=ServiceRoot, is_instant=True, tag="Service")
    def root() -> dict[str, object]:
        """The API's name, version and status."""
        return {"message": "AltayarVIP API", "version": version, "status": "running"}

    @api.get("/openapi.json", roles=ANYONE, response=dict[str, object], is_instant=True, tag="Service")
    def openapi() -> bytes:
        """The OpenAPI 3.1 description of every public function."""
        return _description()

    @api.get("/docs", roles=ANYONE, produces="text/html", is_instant=True, tag="Service")
    def docs() -> Response:
        """A page to read and to try the API."""
        return Response(_DOCS_PAGE, "text/html; charset=utf-8", headers={"Content-Security-Policy": _DOCS_POLICY})

    @api.get("/docs/{name}", roles=ANYONE, produces="application/octet-stream", is_instant=True, tag="Service")
    def docs_asset(name: str) -> Response:
        """The scripts and styles of that page."""
        return _asset(name)


@functools.cache
def _description() -> bytes:
    return OPENAPI_FILE.read_bytes()


@functools.cache
def _asset(name: str) -> Response:
    headers = {"Cache-Control": "public, max-age=86400"}
    if name == "start.js":
        return Response(_DOCS_START.encode(), "text/javascript", headers=headers)
    if name not in _ASSETS:
        raise NotFound("There is nothing at this address; see /docs for what there is")
    body = importlib.resources.files("flask_swagger_ui").joinpath("dist", name).read_bytes()
    return Response(body, _ASSETS[name], headers=headers)
