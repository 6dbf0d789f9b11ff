"""One HTTP exchange with a server outside, with a limit on its total time and on the response's size."""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread

import requests
from requests.adapters import HTTPAdapter

from lib.fawaterk.errors import GatewayNonsense, GatewayUnavailable

LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024
_GRACE_SECONDS = 1.0
# Servers close an idle connection after 5 seconds at the soonest, which is noticed before it is used again. Networks forget
# one later, and tell nobody.
KEPT_SECONDS = 10.0
_MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class RawResponse:
    """A response's HTTP status and its undecoded body."""

    status: int
    body: bytes


def exchange(request: requests.PreparedRequest, timeout: float) -> RawResponse:
    """Give the response within `timeout` seconds in all; raise GatewayUnavailable or, over 1 MiB, GatewayNonsense.

    requests has a limit for each wait on the socket, but none for the DNS look-up or for a server that sends byte by byte.
    So the exchange runs in a thread of its own, and nobody waits for that thread once the time is over.
    """
    outcome: Future[RawResponse] = Future()
    deadline = time.monotonic() + timeout
    Thread(target=_resolve, args=(outcome, request, deadline), daemon=True).start()
    try:
        return outcome.result(timeout)
    except TimeoutError:
        raise GatewayUnavailable(f"no answer within {timeout:g} s") from None


def _resolve(outcome: Future[RawResponse], request: requests.PreparedRequest, deadline: float) -> None:
    try:
        outcome.set_result(_exchange(request, deadline))
    except Exception as error:  # noqa: BLE001 - any error is raised in the thread that waits
        outcome.set_exception(error)


def _exchange(request: requests.PreparedRequest, deadline: float) -> RawResponse:
    """Send the request by an adapter, and not by a session, which adds cookies, netrc and redirects."""
    # A little longer than the caller waits, so that a silent server has one message whichever clock runs out first.
    remaining = max(deadline - time.monotonic(), 0.001) + _GRACE_SECONDS
    try:
        with (
            _adapter(request) as adapter,
            contextlib.closing(adapter.send(request, stream=True, timeout=remaining)) as response,
        ):
            return RawResponse(response.status_code, _body(response, deadline))
    except requests.RequestException as error:
        raise GatewayUnavailable(f"no answer: {type(error).__name__}") from error


class _KeptConnections:
    """Connections that are kept for the next call, until it is KEPT_SECONDS since the first of them was opened."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._adapter = HTTPAdapter()
        self._ends = 0.0

    def adapter(self) -> HTTPAdapter:
        """The adapter that has them."""
        with self._lock:
            if time.monotonic() >= self._ends:
                # What is under way on its connections goes on.
                self._adapter.close()
                self._adapter = HTTPAdapter(pool_maxsize=_MOST_KEPT)
                self._ends = time.monotonic() + KEPT_SECONDS
            return self._adapter


_kept = _KeptConnections()


@contextlib.contextmanager
def _adapter(request: requests.PreparedRequest) -> Iterator[HTTPAdapter]:
    """What sends a request: a look on a kept connection, anything else, which must not be sent twice, on a new one.

    A kept connection can die unnoticed. Then a look at an invoice fails and is taken later, but for a payment or a refund
    nobody would know whether it was made.
    """
    if request.method == "GET":
        yield _kept.adapter()
        return
    with contextlib.closing(HTTPAdapter()) as adapter:
        yield adapter


def _body(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    while chunk := _chunk(response):
        body += chunk
        if len(body) > LARGEST_BODY:
            raise GatewayNonsense("an answer of more than 1 MiB")
        if time.monotonic() > deadline:
            raise GatewayUnavailable("an answer too slow to wait for")
    return bytes(body)


def _chunk(response: requests.Response) -> bytes:
    """Give what has arrived, at least a byte and at most a chunk; nothing at the end."""
    try:
        return bytes(response.raw.read1(_CHUNK))
    except Exception as error:  # `raw` raises urllib3's errors, and this package imports only requests
        raise GatewayUnavailable(f"the answer broke off: {type(error).__name__}") from error
