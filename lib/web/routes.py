"""The declaration of a route; its handler's signature is a part of it."""

import functools
import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lib.models import Model
from lib.security.callers import ADMIN_ROLES, ROLES, STAFF_ROLES
from lib.web.calls import Call
from lib.web.responses import JSON, HandlerResult

Roles = frozenset[str]
"""The roles that a route lets in. The empty set lets in anyone, signed in or not."""

ANYONE: Roles = frozenset()
SIGNED_IN: Roles = frozenset(ROLES)
STAFF: Roles = frozenset(STAFF_ROLES)
ADMIN: Roles = frozenset(ADMIN_ROLES)

Recall = Callable[[Call], Awaitable[Mapping[str, object] | None]]
"""Gives the answer to a call that is known already, or None. It runs on the loop."""

BODY_LIMIT = 1024 * 1024
_WITH_BODY = ("POST", "PUT", "PATCH")
PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True, eq=False)
class Route:
    """One method and path, who may call it, and the models of its request and response.

    `one_transaction`: a change and its response can be one transaction, because nothing outside is called in between.
    `is_instant`: its handler waits for nothing, so it needs no thread. `recall`: what may answer in place of its handler.
    `takes_key`: it honours Idempotency-Key. `reads`: content types of a body that the handler reads by itself.
    `ignores_body`: nobody reads what a body says. `body_limit`: how many bytes one may have. `sets_up_second_factor`:
    administrators who lack one are let in. For the OpenAPI document alone: `problems` are error statuses that do not follow
    from the rest, `responses` are the models of other statuses that are not problem+json.
    """

    method: str
    path: str
    handler: Callable[..., HandlerResult]
    roles: Roles
    status: int
    response: Any
    produces: str
    one_transaction: bool
    takes_key: bool
    problems: tuple[int, ...]
    tag: str
    body: type[Model] | None
    query: type[Model] | None
    takes_call: bool
    path_params: dict[str, type]
    reads: tuple[str, ...] = ()
    is_instant: bool = False
    ignores_body: bool = False
    sets_up_second_factor: bool = False
    body_limit: int = BODY_LIMIT
    recall: Recall | None = None
    responses: Mapping[int, type[Model]] = field(default_factory=dict)

    @functools.cached_property
    def name(self) -> str:
        """The route as the log names it."""
        return f"{self.method} {self.path}"

    @property
    def takes_body(self) -> bool:
        """Whether the body is read and must be JSON before the handler runs, also where the route has no model for it."""
        return (self.method in _WITH_BODY or self.body is not None) and not self.reads and not self.ignores_body

    @property
    def changes_in_one_transaction(self) -> bool:
        """Whether a change and the reading of its response stand or fall together.

        Those who are not signed in have no such routes: the jobs take many transactions, and signing in has to count a
        wrong guess although it refuses the request.
        """
        return self.method != "GET" and self.one_transaction and bool(self.roles)


def declare(
    method: str,
    path: str,
    handler: Callable[..., HandlerResult],
    *,
    roles: Roles,
    tag: str,
    response: Any = None,
    status: int = 200,
    produces: str = JSON,
    one_transaction: bool = True,
    takes_key: bool | None = None,
    problems: tuple[int, ...] = (),
    reads: tuple[str, ...] = (),
    is_instant: bool = False,
    ignores_body: bool = False,
    sets_up_second_factor: bool = False,
    body_limit: int = BODY_LIMIT,
    recall: Recall | None = None,
    responses: Mapping[int, type[Model]] | None = None,
) -> Route:
    """The route of a handler. The handler's parameters say what it takes: `call`, `body`, `query`, path parameters."""
    hints = typing.get_type_hints(handler)
    names = set(inspect.signature(handler).parameters)
    path_params = {name: hints[name] for name in PLACEHOLDER.findall(path)}
    unknown = names - {"call", "body", "query"} - set(path_params)
    if unknown or ("call" in names and hints["call"] is not Call):
        raise TypeError(f"{handler.__qualname__} takes {unknown or 'a call'} that {path} can't give it")
    return Route(
        method=method,
        path=path,
        handler=handler,
        roles=roles,
        status=status,
        response=response,
        produces=produces,
        one_transaction=one_transaction,
        takes_key=method == "POST" if takes_key is None else takes_key,
        problems=problems,
        tag=tag,
        body=hints.get("body") if "body" in names else None,
        query=hints.get("query") if "query" in names else None,
        takes_call="call" in names,
        path_params=path_params,
        reads=reads,
        is_instant=is_instant,
        ignores_body=ignores_body,
        sets_up_second_factor=sets_up_second_factor,
        body_limit=body_limit,
        recall=recall,
        responses=responses or {},
    )
