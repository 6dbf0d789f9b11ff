"""Bodies above the usual limit: few at once on an instance, whose memory they would fill, and from known callers alone."""

import contextlib
from collections.abc import Iterator

from lib.errors import Busy
from lib.web.request import Request
from lib.web.routes import BODY_LIMIT

# One of 8 MiB takes some 50 while it is parsed.
MOST_AT_ONCE = 4

_under_way = 0


def may_be_large(request: Request) -> bool:
    """Whether a body says to be above the usual limit, or does not say its length."""
    return request.has_body and (request.content_length is None or request.content_length > BODY_LIMIT)


@contextlib.contextmanager
def place() -> Iterator[None]:
    """A place for one such body, until its request is answered. Raises Busy where all are taken. Called on the loop."""
    global _under_way  # noqa: PLW0603 - one count for each instance
    if _under_way >= MOST_AT_ONCE:
        raise Busy
    _under_way += 1
    try:
        yield
    finally:
        _under_way -= 1
