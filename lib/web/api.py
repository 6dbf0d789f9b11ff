"""One function: its routes, and the way of a request through them.

functions-framework → match → guard → model → handler → response. Every error on this way becomes problem+json here. What
needs no database is answered on the loop; the rest runs in one of the instance's threads.
"""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from lib import db, logs
from lib.config import config
from lib.errors import Problem
from lib.web import guards, idempotency, large_bodies, parsing
from lib.web.asgi import Answer, http_function
from lib.web.bodies import drain
from lib.web.calls import Call
from lib.web.headers import is_preflight, preflight_headers, response_headers
from lib.web.request import Request
from lib.web.responses import HandlerResult, Response, as_response, problem_response
from lib.web.router import Router
from lib.web.routes import BODY_LIMIT, Roles, Route, declare
from lib.web.threads import threads

log = logs.get(__name__)


class Api:
    """The routes of one function. `tag` groups them in the OpenAPI document."""

    def __init__(self, name: str, tag: str) -> None:
        self.name = name
        self.tag = tag
        self.routes: list[Route] = []
        self._router = Router()

    def route(self, method: str, path: str, *, roles: Roles, **declared: Any) -> Callable[[Any], Any]:
        """Let a handler answer `method` on `path` (`{name}` is a parameter in it); `declare` has the other arguments."""

        def add(handler: Callable[..., HandlerResult]) -> Callable[..., HandlerResult]:
            declared.setdefault("tag", self.tag)
            route = declare(method, path, handler, roles=roles, **declared)
            self.routes.append(route)
            self._router.add(route)
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

    def function(self) -> Callable[..., Any]:
        """What functions-framework calls."""
        logs.to_stdout(debug=config().debug)
        return http_function(self.name, self.respond)

    async def respond(self, request: Request) -> Answer:
        """The answer to a request, whatever goes wrong."""
        began = time.monotonic()
        call = Call(request)
        logs.clear()
        # The caller may have chosen the id.
        request_id, trace = logs.masked(call.request_id), logs.masked(_trace(call))
        logs.bind(function=self.name, request_id=request_id, **{"logging.googleapis.com/trace": trace})
        try:
            response = await self._route(call)
        except Problem as problem:
            response = _problem_response(call, problem)
        except Exception:
            # Nobody above us handles it, and the caller gets a trace id and nothing else.
            log.exception("a request failed unexpectedly")
            unexpected = Problem("Something went wrong on our side; quote the trace_id when you report it")
            response = _problem_response(call, unexpected)
        status = response.status or HTTPStatus.OK
        headers = response_headers(request, response, call.request_id)
        if not await drain(request):
            headers.append((b"connection", b"close"))
        level = log.error if status >= HTTPStatus.INTERNAL_SERVER_ERROR else log.info
        level(
            f"{request.method} {request.path} {status:d}",
            status=int(status),
            milliseconds=round((time.monotonic() - began) * 1000, 1),
        )
        return Answer(status, headers, response.body)

    async def _route(self, call: Call) -> Response:
        """Answer on the loop what needs no database, and let one of the threads do the rest."""
        request = call.request
        if is_preflight(request):
            return Response(b"", status=HTTPStatus.NO_CONTENT, headers=preflight_headers(request))
        if request.method == "OPTIONS":
            allowed = ", ".join(self._router.allowed(request.path))
            return Response(b"", status=HTTPStatus.NO_CONTENT, headers={"Allow": allowed})
        route, path_params = self._router.match(request.method, request.path)
        logs.bind(route=route.name)
        is_known = guards.admit_known(call, route)
        if route.body_limit > BODY_LIMIT and large_bodies.may_be_large(request):
            if not is_known:
                await threads().run(lambda: guards.admit(call, route))
            with large_bodies.place():
                return await self._answer(call, route, path_params, is_known=True)
        return await self._answer(call, route, path_params, is_known=is_known)

    async def _answer(self, call: Call, route: Route, path_params: Mapping[str, object], *, is_known: bool) -> Response:
        if route.takes_body or route.reads:
            await call.read_body(route.body_limit)
        if route.is_instant:
            return _handle(call, route, path_params)
        if route.recall is not None and (known := await route.recall(call)) is not None:
            return as_response(known)

        def work() -> Response:
            if not is_known:
                guards.admit(call, route)
            return _handle(call, route, path_params)

        return await threads().run(work)


def _handle(call: Call, route: Route, path_params: Mapping[str, object]) -> Response:
    arguments: dict[str, Any] = {**path_params}
    raw = b""
    if route.takes_body:
        raw = call.body(route.body_limit)
        value = parsing.read_json(raw, call.request.media_type)
        if route.body is not None:
            arguments["body"] = parsing.as_model(route.body, value, "body")
    if route.query is not None:
        arguments["query"] = parsing.as_model(route.query, parsing.query_values(call.request.query), "query")
    if route.takes_call:
        arguments["call"] = call

    def work() -> Response:
        response = as_response(route.handler(**arguments))
        if response.status:
            return response
        return Response(response.body, response.content_type, route.status, response.headers)

    key = call.request.headers.get("idempotency-key")
    if key is None or not route.takes_key:
        return _in_one_transaction(work) if route.changes_in_one_transaction else work()
    return idempotency.once(
        call.with_key(key, raw),
        in_one_transaction=route.one_transaction,
        work=work,
        problem_response=lambda problem: _problem_response(call, problem),
    )


def _problem_response(call: Call, problem: Problem) -> Response:
    logs.bind(code=problem.code)
    language = call.request.language(("en", "ar"))
    return problem_response(problem, path=call.request.path, trace_id=call.trace_id, language=language)


def _trace(call: Call) -> str:
    """The trace in Cloud Logging's format, which groups our lines under the balancer's line of the same request."""
    project = config().secrets_project
    return f"projects/{project}/traces/{call.trace_id}" if project else call.trace_id


@db.in_transaction
def _in_one_transaction(_tx: db.Transaction, work: Callable[[], Response]) -> Response:
    """What a change does and what its response reads: the caller is never told of a change that then fails to be read."""
    return work()
