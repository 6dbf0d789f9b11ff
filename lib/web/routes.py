"""A route as it is declared, and what its handler's signature says of it."""

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.routing import Rule

from lib.security.callers import ADMIN_ROLES, ROLES, STAFF_ROLES
from lib.web.answers import JSON, Answerable
from lib.web.calls import Call
from lib.web.models import Model

Who = frozenset[str]
"""The roles that a route lets in; the empty set lets in anyone, signed in or not."""

ANYONE: Who = frozenset()
SIGNED_IN: Who = frozenset(ROLES)
STAFF: Who = frozenset(STAFF_ROLES)
ADMIN: Who = frozenset(ADMIN_ROLES)

BODY_LIMIT = 1024 * 1024
_WITH_BODY = ("POST", "PUT", "PATCH")
_PLACEHOLDER = re.compile(r"{(\w+)}")


@dataclass(frozen=True, eq=False)
class Route:
    """One method and path, who may call it, and what goes in and out.

    `calls_gateway`: its work can't be one transaction. `takes_key`: honours Idempotency-Key.
    `problems`: statuses beyond those that follow from the rest, `answers`: those of them that answer with a model and
    not as a problem, `reads`: the types of the body that the handler reads itself; all for the OpenAPI document.
    """

    method: str
    path: str
    handler: Callable[..., Answerable]
    who: Who
    status: int
    answer: Any
    produces: str
    calls_gateway: bool
    takes_key: bool
    problems: tuple[int, ...]
    tag: str
    body: type[Model] | None
    query: type[Model] | None
    takes_call: bool
    places: dict[str, type]
    reads: tuple[str, ...] = ()
    answers: Mapping[int, type[Model]] = field(default_factory=dict)

    @property
    def takes_body(self) -> bool:
        """Whether a body is read and checked before the handler runs, even one that no model takes anything from."""
        return self.method in _WITH_BODY and not self.reads

    def rule(self) -> Rule:
        """The route for werkzeug's map; an id that is no UUID does not match, and so is not found."""
        path = _PLACEHOLDER.sub(
            lambda found: f"<{'uuid' if self.places[found[1]] is UUID else 'string'}:{found[1]}>", self.path
        )
        return Rule(path, methods=[self.method], endpoint=self)


def declare(
    method: str,
    path: str,
    handler: Callable[..., Answerable],
    *,
    who: Who,
    tag: str,
    answer: Any = None,
    status: int = 200,
    produces: str = JSON,
    calls_gateway: bool = False,
    takes_key: bool | None = None,
    problems: tuple[int, ...] = (),
    reads: tuple[str, ...] = (),
    answers: Mapping[int, type[Model]] | None = None,
) -> Route:
    """The route of a handler, whose parameters say the rest: `call`, `body`, `query`, and the path's own names."""
    hints = typing.get_type_hints(handler)
    names = set(inspect.signature(handler).parameters)
    places = {name: hints[name] for name in _PLACEHOLDER.findall(path)}
    unknown = names - {"call", "body", "query"} - set(places)
    if unknown or ("call" in names and hints["call"] is not Call):
        raise TypeError(f"{handler.__qualname__} takes {unknown or 'a call'} that {path} can't give it")
    return Route(
        method=method,
        path=path,
        handler=handler,
        who=who,
        status=status,
        answer=answer,
        produces=produces,
        calls_gateway=calls_gateway,
        takes_key=method == "POST" if takes_key is None else takes_key,
        problems=problems,
        tag=tag,
        body=hints.get("body") if "body" in names else None,
        query=hints.get("query") if "query" in names else None,
        takes_call="call" in names,
        places=places,
        reads=reads,
        answers=answers or {},
    )
