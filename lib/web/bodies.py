"""Reads a request's body on the loop: bounded in bytes and in time."""

import asyncio

from lib.errors import Problem, TooLarge, Unreadable
from lib.web.request import Request

READ_SECONDS = 30.0
# Whoever is already answered is waited for so long, and no longer.
DRAIN_SECONDS = 5.0
# Cloud Run accepts no larger request.
_MOST_DRAINED = 32 * 1024 * 1024


async def read(request: Request, limit: int) -> bytes:
    """The raw body. Raises TooLarge over `limit` bytes, Unreadable where it breaks off or does not come in time."""
    if not request.has_body:
        return b""
    if (request.content_length or 0) > limit:
        raise TooLarge(limit)
    pieces, size = [], 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            while piece := await request.receive():
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise TooLarge(limit)
    except TimeoutError:
        raise Unreadable(f"The body can't be read: it was not there after {READ_SECONDS:.0f} seconds") from None
    return b"".join(pieces)


async def drain(request: Request) -> bool:
    """Read the rest of a body and drop it, so that the client reads our answer instead of a broken pipe.

    False where there is more than anybody should send, or it comes too slowly: then the connection has to be closed.
    """
    if not request.has_body:
        return True
    if request.headers.get("expect", "").lower() == "100-continue":
        # Reading would ask the client to send what nobody wants.
        return False
    left = _MOST_DRAINED
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0 and (piece := await request.receive()):
                left -= len(piece)
    except (TimeoutError, Problem):
        return False
    return left > 0
