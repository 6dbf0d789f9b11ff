"""One function: its routes, and the way of a request through them.

functions-framework → match → guard → model → handler → response. Every error on the way becomes problem+json here.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import flask
from flask import Request, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge
from werkzeug.routing import Map

from lib import errors, logs
from lib.config import config
from lib.errors import Problem
from lib.web import guards, idempotency, reading
from lib.web.answers import Answer, Answerable, as_answer, problem_answer
from lib.web.calls import Call
from lib.web.headers import cors_headers, is_preflight, preflight_headers, security_headers
from lib.web.models import is_storable
from lib.web.routes import BODY_LIMIT, Route, Who, declare

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

    def route(self, method: str, path: str, *, who: Who, **declared: Any) -> Callable[[Any], Any]:
        """Answer `method` on `path` (`{name}` for a variable part) with the handler; `declare` has the other words."""

        def add(handler: Callable[..., Answerable]) -> Callable[..., Answerable]:
            declared.setdefault("tag", self.tag)
            route = declare(method, path, handler, who=who, **declared)
            self.routes.append(route)
            self._map.add(route.rule())
            return handler

        return add

    def get(self, path: str, *, who: Who, **declared: Any) -> Callable[[Any], Any]:
        """A route that reads."""
        return self.route("GET", path, who=who, **declared)

    def post(self, path: str, *, who: Who, **declared: Any) -> Callable[[Any], Any]:
        """A route that creates or moves something."""
        return self.route("POST", path, who=who, **declared)

    def put(self, path: str, *, who: Who, **declared: Any) -> Callable[[Any], Any]:
        """A route that changes something."""
        return self.route("PUT", path, who=who, **declared)

    def patch(self, path: str, *, who: Who, **declared: Any) -> Callable[[Any], Any]:
        """A route that changes a part of something."""
        return self.route("PATCH", path, who=who, **declared)

    def delete(self, path: str, *, who: Who, **declared: Any) -> Callable[[Any], Any]:
        """A route that removes something."""
        return self.route("DELETE", path, who=who, **declared)

    def function(self) -> Callable[[Request], Response]:
        """What functions-framework calls. Made while the framework loads the module, it also takes over its error pages."""
        logs.to_stdout(debug=config().debug)
        if flask.has_app_context():
            # Its rules come after this: a doubled slash is a path that is not there, and no redirect.
            flask.current_app.url_map.merge_slashes = False
            flask.current_app.register_error_handler(HTTPException, lambda error: self.answer(flask.request, error))

        def handle(request: Request) -> Response:
            return self.answer(request)

        return handle

    def answer(self, request: Request, error: HTTPException | None = None) -> Response:
        """The response to a request, whatever happens on the way (`error`: what the framework itself found wrong)."""
        began = time.monotonic()
        call = Call(request)
        logs.clear()
        logs.bind(function=self.name, request_id=call.request_id, **{"logging.googleapis.com/trace": _trace(call)})
        try:
            answer = self._answer(call, error)
        except Problem as problem:
            answer = self._told(call, problem)
        except HTTPException as refused:
            answer = self._told(call, _as_problem(refused, request))
        except Exception:
            # The last line: the caller learns a trace id and nothing else.
            log.exception("a request failed unexpectedly")
            answer = self._told(call, Problem("Something went wrong on our side; quote the trace_id when you report it"))
        call.drain()
        return self._respond(call, answer, began)

    def _answer(self, call: Call, error: HTTPException | None) -> Answer:
        if error is not None:
            raise error
        request = call.request
        if is_preflight(request):
            return Answer(b"", status=204, headers=preflight_headers(request))
        matcher = self._map.bind("localhost")
        if request.method == "OPTIONS":
            allowed = [*matcher.allowed_methods(request.path)]
            if allowed:
                return Answer(b"", status=204, headers={"Allow": ", ".join(sorted({*allowed, "OPTIONS"}))})
        route, places = matcher.match(request.path, request.method)
        if not all(is_storable(place) for place in places.values()):
            raise NotFound
        logs.bind(route=f"{route.method} {route.path}")
        guards.admit(call, route.who)
        return self._handle(call, route, places)

    def _handle(self, call: Call, route: Route, places: Mapping[str, Any]) -> Answer:
        given = {**places}
        raw = b""
        if route.takes_body:
            raw = call.body(BODY_LIMIT)
            value = reading.read_json(raw, call.request.headers.get("Content-Type"))
            if route.body is not None:
                given["body"] = reading.as_model(route.body, value, "body")
        if route.query is not None:
            given["query"] = reading.as_model(route.query, reading.query_values(call.request.args), "query")
        if route.takes_call:
            given["call"] = call

        def work() -> Answer:
            answer = as_answer(route.handler(**given))
            return answer if answer.status else Answer(answer.body, answer.content_type, route.status, answer.headers)

        key = call.request.headers.get("Idempotency-Key")
        if key is None or not route.takes_key:
            return work()
        return idempotency.once(
            user_id=call.caller_id,
            method=route.method,
            path=call.request.path,
            key=key,
            body=raw,
            in_one_transaction=not route.calls_gateway,
            work=work,
            problem_answer=lambda problem: self._told(call, problem),
        )

    def _told(self, call: Call, problem: Problem) -> Answer:
        logs.bind(code=problem.code)
        return problem_answer(problem, path=call.request.path, trace_id=call.trace_id)

    def _respond(self, call: Call, answer: Answer, began: float) -> Response:
        status = answer.status or 200
        response = Response(answer.body, status)
        response.headers["Content-Type"] = answer.content_type
        if status == 204:  # noqa: PLR2004 - RFC 9110: no content, so no type of it
            del response.headers["Content-Type"]
        for name, value in {**security_headers(), **cors_headers(call.request), **answer.headers}.items():
            response.headers[name] = value
        response.headers["X-Request-Id"] = call.request_id
        level = log.error if status >= _SERVER_ERROR else log.info
        level(
            f"{call.request.method} {call.request.path} {status}",
            status=status,
            milliseconds=round((time.monotonic() - began) * 1000, 1),
        )
        return response


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
    """The trace as Cloud Logging has to read it to put our lines under the balancer's line of the same request."""
    project = config().secrets_project
    return f"projects/{project}/traces/{call.trace_id}" if project else call.trace_id
