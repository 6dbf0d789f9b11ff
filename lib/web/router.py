"""Finds the route of a method and a path."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from lib.errors import MethodNotAllowed, NotFound
from lib.models import is_storable
from lib.web.routes import PLACEHOLDER, Route

_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

Methods = dict[str, Route]


@dataclass(frozen=True)
class _Template:
    """A path with parameters. An id that is not a UUID does not match."""

    pattern: re.Pattern[str]
    # So that one with a fixed segment comes before one that has a parameter there.
    order: list[bool]
    methods: Methods = field(default_factory=dict)


class Router:
    """Routes by path: those without parameters in one look, the others among those with as many slashes."""

    def __init__(self) -> None:
        self._paths: dict[str, Methods] = {}
        self._templates: dict[int, list[_Template]] = {}

    def add(self, route: Route) -> None:
        """Take up a route."""
        if "{" not in route.path:
            self._paths.setdefault(route.path, {})[route.method] = route
            return
        templates = self._templates.setdefault(route.path.count("/"), [])
        pattern = _pattern(route)
        template = next((one for one in templates if one.pattern == pattern), None)
        if template is None:
            template = _Template(pattern, [segment.startswith("{") for segment in route.path.split("/")])
            templates.append(template)
            templates.sort(key=lambda one: one.order)
        template.methods[route.method] = route

    def match(self, method: str, path: str) -> tuple[Route, dict[str, object]]:
        """The route and the values in its path. Raises NotFound or MethodNotAllowed."""
        wanted = "GET" if method == "HEAD" else method
        methods = self._paths.get(path)
        if methods is not None and wanted in methods:
            return methods[wanted], {}
        for template in self._templates.get(path.count("/"), ()):
            if wanted in template.methods and (found := template.pattern.fullmatch(path)):
                route = template.methods[wanted]
                return route, _values(route, found)
        raise MethodNotAllowed(method, self.allowed(path))

    def allowed(self, path: str) -> list[str]:
        """The methods that a path has. Raises NotFound where there is none."""
        templates = self._templates.get(path.count("/"), ())
        found = [self._paths.get(path, {}), *(one.methods for one in templates if one.pattern.fullmatch(path))]
        methods = {method for one in found for method in one}
        if not methods:
            raise NotFound("There is nothing at this address; see /docs for what there is")
        return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))


def _pattern(route: Route) -> re.Pattern[str]:
    parts = PLACEHOLDER.split(route.path)
    # Every second part is a parameter's name.
    for place in range(1, len(parts), 2):
        parts[place] = f"({_UUID if route.path_params[parts[place]] is UUID else '[^/]+'})"
    parts[::2] = map(re.escape, parts[::2])
    return re.compile("".join(parts))


def _values(route: Route, found: re.Match[str]) -> dict[str, object]:
    if not all(map(is_storable, found.groups())):
        raise NotFound("There is nothing at this address; see /docs for what there is")
    return {
        name: UUID(text) if kind is UUID else text
        for (name, kind), text in zip(route.path_params.items(), found.groups(), strict=True)
    }
