"""How the app calls: what it sends as JSON, what it leaves out, and that its answers have what its screens read."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from tests.app.client.shapes import Shape, differences, without_rows
from tests.support.clients import Client, Reply

P = ParamSpec("P")

KNOWN: set[str] = set()
"""The calls that have a function, as the contract writes them."""

ANSWERED: set[str] = set()
"""The calls that were answered with all that their screens read; a list without rows does not count."""


class Sent:
    """What a screen sends: ids in the path, a query, a body. The app leaves out query values that are not there."""

    def __init__(self, body: object = None, /, query: Mapping[str, object] | None = None, **ids: object) -> None:
        self.body = body
        self.ids = ids
        given = {name: _as_text(value) for name, value in (query or {}).items() if value is not None}
        self.query = f"?{urlencode(given)}" if given else ""


def _as_text(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def call(
    name: str, reads: Shape, status: int = 200
) -> Callable[[Callable[P, Sent]], Callable[Concatenate[Client, P], Reply]]:
    """Make of a function that says what a screen sends one that sends it, and holds a 2xx against what the screen reads."""
    method, path = name.split(" ")

    def decorate(describe: Callable[P, Sent]) -> Callable[Concatenate[Client, P], Reply]:
        KNOWN.add(name)

        @wraps(describe)
        def send(client: Client, /, *args: P.args, **kwargs: P.kwargs) -> Reply:
            sent = describe(*args, **kwargs)
            # A POST says that it has JSON also where it has nothing.
            headers = {"Content-Type": "application/json"} if method == "POST" else {}
            reply = client.call(method, path.format(**sent.ids) + sent.query, sent.body, headers=headers)
            if reply.status >= 300:
                assert reply.json["detail"].strip(), f"{name} says nothing: {reply.text}"
                return reply
            assert reply.status == status, f"{name} answered {reply.status}"
            answer = reply.json if reply.content else None
            wrong = list(differences(answer, reads))
            assert not wrong, f"{name}: {wrong}"
            if not list(without_rows(answer, reads)):
                ANSWERED.add(name)
            return reply

        return send

    return decorate


def good(reply: Reply) -> Any:
    """An answer that has to be a good one."""
    assert reply.status < 300, reply.text
    return reply.json
