"""Matches paths by routes.yaml, with the same result as the cloud's URL map.

The syntax: https://cloud.google.com/load-balancing/docs/url-map-concepts#wildcards-regx-dynamic
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

ROUTES_FILE = Path(__file__).parent.parent / "routes.yaml"

# RFC 3986's pchar: the characters of a segment. A path with any other character matches no template.
_SEGMENT = r"[A-Za-z0-9\-._~%!$&'()+,;:@*=]"


@dataclass(frozen=True)
class Template:
    """A path template, the one method that it is for if it is not for all, and the function of what it matches."""

    pattern: re.Pattern[str]
    method: str | None
    function: str

    def matches(self, path: str, method: str) -> bool:
        """Whether a request is one of these."""
        return self.method in (None, method) and self.pattern.fullmatch(path) is not None


@dataclass(frozen=True)
class RouteTable:
    """Path templates in the order of matching, and the function of all other paths."""

    default: str
    templates: tuple[Template, ...]
    public_functions: tuple[str, ...]
    private_functions: tuple[str, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        """All functions."""
        return self.public_functions + self.private_functions

    def function_for(self, path: str, method: str = "GET") -> str:
        """The function of a request. The path is percent-encoded and without a query."""
        return next((one.function for one in self.templates if one.matches(path, method)), self.default)


def template_pattern(template: str) -> re.Pattern[str]:
    """A path template as a regular expression."""
    wildcards = {"*": f"{_SEGMENT}+", "**": f"(?:{_SEGMENT}|/)*"}
    return re.compile("/".join(wildcards.get(segment) or re.escape(segment) for segment in template.split("/")))


def read_routes(file: Path = ROUTES_FILE) -> RouteTable:
    """The table in routes.yaml, with the private functions, which have routes on one machine only."""
    table = yaml.safe_load(file.read_text(encoding="utf-8"))
    entries = [*table["routes"], *table["private"]]
    return RouteTable(
        default=table["default"],
        templates=tuple(
            Template(template_pattern(entry["path"]), entry.get("method"), entry["function"]) for entry in entries
        ),
        public_functions=tuple(dict.fromkeys([table["default"], *(entry["function"] for entry in table["routes"])])),
        private_functions=tuple(dict.fromkeys(entry["function"] for entry in table["private"])),
    )
