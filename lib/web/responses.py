"""What a handler may return, and how that and every error become an HTTP response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.errors import Problem
from lib.web.wording import told

JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Response:
    """A body with its content type and headers. `status` None means the status that the route declares."""

    body: bytes
    content_type: str = JSON
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


# Whoever reads JSON needs no blanks in it.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

HandlerResult = Response | bytes | Mapping[str, object] | None
"""JSON that PostgreSQL built (bytes), a small mapping without money, nothing (204), or a `Response`."""


def as_response(result: HandlerResult) -> Response:
    """What a handler returned, as a Response."""
    if isinstance(result, Response):
        return result
    if isinstance(result, bytes):
        return Response(result)
    return Response(b"") if result is None else Response(as_json(result))


def accepted(value: Mapping[str, object]) -> Response:
    """202: the request is kept, and nothing of it is done yet."""
    return Response(as_json(value), status=202)


def as_json(value: object) -> bytes:
    """A value as JSON without blanks."""
    # A lone surrogate, which UTF-8 can't encode, is escaped; JSON has the same escape.
    return _encode(value).encode("utf-8", "backslashreplace")


def problem_response(problem: Problem, *, path: str, trace_id: str, language: str) -> Response:
    """A problem in the form of RFC 9457, with our `code` and `trace_id`, and `errors` where fields are wrong.

    `language`: en or ar, of what is told about wrong fields.
    """
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": told(problem.errors, language) if problem.errors else problem.detail,
        "instance": path,
        "code": problem.code,
        "trace_id": trace_id,
        **({"errors": list(problem.errors)} if problem.errors else {}),
    }
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.allow:
        headers["Allow"] = ", ".join(sorted(problem.allow))
    if problem.status == 401:  # noqa: PLR2004 - RFC 9110 requires this header with exactly this status
        headers["WWW-Authenticate"] = "Bearer"
    return Response(as_json(body), PROBLEM, problem.status, headers)
