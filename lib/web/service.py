"""What every function answers about itself, and the description of them all that the default function serves."""

import functools
import importlib.resources
import json
from pathlib import Path
from typing import Literal

from lib import db
from lib.errors import NotFound, Unavailable
from lib.web.answers import Answer, as_answer, html
from lib.web.api import Api
from lib.web.models import Model
from lib.web.routes import ANYONE

OPENAPI_FILE = Path(__file__).with_name("openapi.json")

_ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "index.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_DOCS_PAGE = """<!doctype html>
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
    """Let a function say that it runs, and that it reaches the database."""

    @api.get("/health", who=ANYONE, answer=Health, tag="Service")
    def health() -> dict[str, object]:
        """That this function runs."""
        return {"status": "healthy"}

    @api.get("/health/ready", who=ANYONE, answer=Health, tag="Service", answers={503: NotReady})
    def ready() -> Answer:
        """That this function reaches its database."""
        try:
            db.read("select 1")
        except Unavailable as problem:
            return _not_ready(problem)
        return as_answer({"status": "healthy"})


def _not_ready(problem: Unavailable) -> Answer:
    body = json.dumps({"status": "unavailable", "detail": problem.detail}).encode()
    return Answer(body, status=problem.status, headers={"Retry-After": str(problem.retry_after)})


def add_root(api: Api, version: str) -> None:
    """Let the default function answer at `/`, and describe all functions."""

    @api.get("/", who=ANYONE, answer=ServiceRoot, tag="Service")
    def root() -> dict[str, object]:
        """What this is."""
        return {"message": "AltayarVIP API", "version": version, "status": "running"}

    @api.get("/openapi.json", who=ANYONE, answer=dict[str, object], tag="Service")
    def openapi() -> bytes:
        """The OpenAPI 3.1 description of every function."""
        return _description()

    @api.get("/docs", who=ANYONE, produces="text/html", tag="Service")
    def docs() -> Answer:
        """A page to read that description and to try it."""
        return html(_DOCS_PAGE, headers={"Content-Security-Policy": _DOCS_POLICY})

    @api.get("/docs/{name}", who=ANYONE, produces="application/octet-stream", tag="Service")
    def docs_asset(name: str) -> Answer:
        """What that page is made of."""
        return _asset(name)


@functools.cache
def _description() -> bytes:
    return OPENAPI_FILE.read_bytes()


@functools.cache
def _asset(name: str) -> Answer:
    headers = {"Cache-Control": "public, max-age=86400"}
    if name == "start.js":
        return Answer(_DOCS_START.encode(), "text/javascript", headers=headers)
    if name not in _ASSETS:
        raise NotFound("There is nothing at this address; see /docs for what there is")
    body = importlib.resources.files("flask_swagger_ui").joinpath("dist", name).read_bytes()
    return Answer(body, _ASSETS[name], headers=headers)
