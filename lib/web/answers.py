"""What a handler may give back, and how it and every error become an HTTP response."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from lib.errors import Problem

JSON = "application/json"
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """A body with its type and headers. `status` None stands for the one that the route declares."""

    body: bytes
    content_type: str = JSON
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Answerable = Answer | bytes | Mapping[str, object] | None
"""JSON as PostgreSQL built it (bytes), a small mapping without money, nothing (204), or an `Answer`."""

# Pages run no script and load nothing; what a page of ours does need, it says in its own header.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def html(page: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A page for a person's browser, which may run no script."""
    policy = {"Content-Security-Policy": PAGE_POLICY, **(headers or {})}
    return Answer(page.encode(), "text/html; charset=utf-8", status, policy)


def as_answer(given: Answerable) -> Answer:
    """What a handler gave back, as an Answer."""
    if isinstance(given, Answer):
        return given
    if isinstance(given, bytes):
        return Answer(given)
    return Answer(b"") if given is None else Answer(json.dumps(given, ensure_ascii=False).encode())


def problem_answer(problem: Problem, *, path: str, trace_id: str) -> Answer:
    """A problem as RFC 9457 has it, with our `code` and `trace_id`, and `errors` where fields are at fault."""
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
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
    if problem.status == 401:  # noqa: PLR2004 - RFC 9110 wants the challenge on exactly this status
        headers["WWW-Authenticate"] = "Bearer"
    # The path may hold a lone surrogate: escaped, it stays valid JSON.
    return Answer(json.dumps(body).encode(), PROBLEM, problem.status, headers)
