"""One function: its routes, and the way of a request through them.

functions-framework → match → guard → model → handler → response. Every error on this way becomes problem+json here.
"""

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import Any

import flask
from flask import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import Map

from lib import db, errors, logs
from lib.config import config
from lib.errors import Problem
from lib.models import is_storable
from lib.web import guards, idempotency, parsing
from lib.web.calls import Call
from lib.web.headers import cors_headers, is_preflight, preflight_headers, security_headers
from lib.web.responses import HandlerResult, Response, as_response, problem_response
from lib.web.routes import BODY_LIMIT, Roles, Route, declare

log = logs.get(__name__)

_STATUS_PROBLEMS: dict[int, type[Problem]] = {400: errors.Unreadable}
_SERVER_ERROR = 500


class Api:
    """The routes of one function. `tag` groups them in the OpenAPI document."""

    def __init__(self, name: str, tag: str) -> None:
        self.name = name
        self.tag = tag
        self.routes: list[Route] = []
        self._map = Map(strict_slashes=True, merge_slashes=False)

    def route(self, method: str, path: str, *, roles: Roles, **declared: Any) -> Callable[[Any], Any]:
        """Let a handler answer `method` on `path` (`{name}` is a parameter in it); `declare` has the other arguments."""

        def add(handler: Callable[..., HandlerResult]) -> Callable[..., HandlerResult]:
            declared.setdefault("tag", self.tag)
            route = declare(method, path, handler, roles=roles, **declared)
            self.routes.append(route)
            self._map.add(route.rule())
            return handler

        return add

    def get(self, path: str, *, roles: Roles, **declared: Any) -> Callable[[Any], Any]:
        """A route that reads."""
        return self.route("GET", path, roles=roles, **declared)

    def post(self, path: str, *, roles: Roles, **declared: Any) -> Callable[[Any], Any]:
        """A route that creates or moves something."""
        return self.route("POST", path, roles=roles, **declared)

    def put(self, path: str, *, roles: Roles, **declared: Any) -> Callable[[Any], Any]:
        """A route that changes something."""
        return self.route("PUT", path, roles=roles, **declared)

    def patch(self, path: str, *, roles: Roles, **declared: Any) -> Callable[[Any], Any]:
        """A route that changes a part of something."""
        return self.route("PATCH", path, roles=roles, **declared)

    def delete(self, path: str, *, roles: Roles, **declared: Any) -> Callable[[Any], Any]:
        """A route that removes something."""
        return self.route("DELETE", path, roles=roles, **declared)

    def function(self) -> Callable[[Request], flask.Response]:
        """What functions-framework calls. Called while the framework loads the module, this replaces its error pages too."""
        logs.to_stdout(debug=config().debug)
        if flask.has_app_context():
            # The framework adds its rules after this. A path with a doubled slash is not found, instead of redirected.
            flask.current_app.url_map.merge_slashes = False
            flask.current_app.register_error_handler(HTTPException, lambda error: self.respond(flask.request, error))

        def handle(request: Request) -> flask.Response:
            return self.respond(request)

        return handle

    def respond(self, request: Request, error: HTTPException | None = None) -> flask.Response:
        """The response to a request, whatever goes wrong; `error` is what the framework itself has refused."""
        began = time.monotonic()
        call = Call(request)
        logs.clear()
        logs.bind(function=self.name, request_id=call.request_id, **{"logging.googleapis.com/trace": _trace(call)})
        try:
            response = self._route(call, error)
        except Problem as problem:
            response = self._problem_response(call, problem)
        except HTTPException as refused:
            response = self._problem_response(call, _as_problem(refused, request))
        except Exception:
            # Nobody above us handles it, and the caller gets a trace id and nothing else.
            log.exception("a request failed unexpectedly")
            unexpected = Problem("Something went wrong on our side; quote the trace_id when you report it")
            response = self._problem_response(call, unexpected)
        call.drain()
        return self._finish(call, response, began)

    def _route(self, call: Call, error: HTTPException | None) -> Response:
        if error is not None:
            raise error
        request = call.request
        if is_preflight(request):
            return Response(b"", status=204, headers=preflight_headers(request))
        matcher = self._map.bind("localhost")
        if request.method == "OPTIONS":
            allowed = [*matcher.allowed_methods(request.path)]
            if allowed:
                return Response(b"", status=204, headers={"Allow": ", ".join(sorted({*allowed, "OPTIONS"}))})
        route, path_params = matcher.match(request.path, request.method)
        if not all(is_storable(value) for value in path_params.values()):
            raise NotFound
        logs.bind(route=f"{route.method} {route.path}")
        guards.admit(call, route.roles)
        return self._handle(call, route, path_params)

    def _handle(self, call: Call, route: Route, path_params: Mapping[str, Any]) -> Response:
        arguments = {**path_params}
        raw = b""
        if route.takes_body:
            raw = call.body(BODY_LIMIT)
            value = parsing.read_json(raw, call.request.headers.get("Content-Type"))
            if route.body is not None:
                arguments["body"] = parsing.as_model(route.body, value, "body")
        if route.query is not None:
            arguments["query"] = parsing.as_model(route.query, parsing.query_values(call.request.args), "query")
        if route.takes_call:
            arguments["call"] = call

        def work() -> Response:
            response = as_response(route.handler(**arguments))
            return response if response.status else dataclasses.replace(response, status=route.status)

        key = call.request.headers.get("Idempotency-Key")
        if key is None or not route.takes_key:
            return _in_one_transaction(work) if route.changes_in_one_transaction else work()
        return idempotency.once(
            user_id=call.caller_id,
            method=route.method,
            path=call.request.path,
            key=key,
            body=raw,
            in_one_transaction=route.one_transaction,
            work=work,
            problem_response=lambda problem: self._problem_response(call, problem),
        )

    def _problem_response(self, call: Call, problem: Problem) -> Response:
        logs.bind(code=problem.code)
        return problem_response(problem, path=call.request.path, trace_id=call.trace_id)

    def _finish(self, call: Call, response: Response, began: float) -> flask.Response:
        """The response as Flask sends it, with the headers of every response; logs it."""
        status = response.status or 200
        sent = flask.Response(response.body, status)
        sent.headers["Content-Type"] = response.content_type
        if status == 204:  # noqa: PLR2004 - RFC 9110: a response without content has no content type
            del sent.headers["Content-Type"]
        for name, value in {**security_headers(), **cors_headers(call.request), **response.headers}.items():
            sent.headers[name] = value
        sent.headers["X-Request-Id"] = call.request_id
        level = log.error if status >= _SERVER_ERROR else log.info
        level(
            f"{call.request.method} {call.request.path} {status}",
            status=status,
            milliseconds=round((time.monotonic() - began) * 1000, 1),
        )
        return sent


def _as_problem(error: HTTPException, request: Request) -> Problem:
    if isinstance(error, MethodNotAllowed):
        return errors.MethodNotAllowed(request.method, [*(error.valid_methods or ()), "OPTIONS"])
    if isinstance(error, RequestEntityTooLarge):
        return errors.TooLarge(BODY_LIMIT)
    if isinstance(error, NotFound):
        return errors.NotFound("There is nothing at this address; see /docs for what there is")
    kind = _STATUS_PROBLEMS.get(error.code or _SERVER_ERROR, Problem)
    return kind(str(error.description or error.name))


def _trace(call: Call) -> str:
    """The trace in Cloud Logging's format, which groups our lines under the balancer's line of the same request."""
    project = config().secrets_project
    return f"projects/{project}/traces/{call.trace_id}" if project else call.trace_id


@db.in_transaction
def _in_one_transaction(_tx: db.Transaction, work: Callable[[], Response]) -> Response:
    """What a change does and what its response reads: the caller is never told of a change that then fails to be read."""
    return work()
