"""A request as our code sees it, whichever server it came by."""

import functools
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from lib.errors import Unreadable

_MOST_QUERY_FIELDS = 100


@dataclass(frozen=True)
class Request:
    """One request. Names of headers are in lower case; `receive` gives the next piece of the body, b"" after the last.

    `receive` raises Unreadable where the body breaks off or is not framed as HTTP says.
    """

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    peer: str
    receive: Callable[[], Awaitable[bytes]]

    @functools.cached_property
    def query(self) -> dict[str, str]:
        """The query's fields; of one that comes twice, the first. Raises Unreadable for too many."""
        try:
            pairs = urllib.parse.parse_qsl(
                self.query_string, keep_blank_values=True, errors="replace", max_num_fields=_MOST_QUERY_FIELDS
            )
        except ValueError:
            raise Unreadable(f"The query has more than {_MOST_QUERY_FIELDS} fields") from None
        return dict(reversed(pairs))

    @property
    def media_type(self) -> str:
        """The content type in lower case, without its parameters; empty where none is given."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def content_length(self) -> int | None:
        """The length that the body claims to have, or None where it does not say a number."""
        claimed = self.headers.get("content-length", "")
        return int(claimed) if claimed.isdecimal() and claimed.isascii() else None

    @property
    def has_body(self) -> bool:
        """Whether there is a body, be it an empty one."""
        return "transfer-encoding" in self.headers or bool(self.content_length)

    def language(self, ours: Sequence[str]) -> str:
        """The language that the caller likes best of ours; the first of ours where they name none."""
        wanted = [_weighed(part) for part in self.headers.get("accept-language", "").split(",")]
        liked = {name: weight for weight, name in sorted(wanted)}
        weights = {name: liked.get(name, liked.get("*", 0.0)) for name in ours}
        return max(ours, key=lambda name: weights[name])


def _weighed(part: str) -> tuple[float, str]:
    """How much a part of Accept-Language is wanted, and its language without the country."""
    name, _, parameter = part.strip().partition(";")
    language = name.strip().partition("-")[0].lower()
    if not parameter.strip():
        return 1.0, language
    try:
        return min(float(parameter.strip().removeprefix("q=")), 1.0), language
    except ValueError:
        return 0.0, language
