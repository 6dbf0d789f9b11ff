"""One HTTP exchange with a server outside, with a limit on its total time and on the response's size."""

import time
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

import requests
from requests.adapters import HTTPAdapter

from lib.fawaterk.errors import GatewayNonsense, GatewayUnavailable

LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024
_GRACE_SECONDS = 1.0


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
    """Send the request by a new adapter, and not by a session.

    A session adds cookies, netrc and redirects. A connection that is kept while an idle instance has no CPU may die
    unnoticed, and then the next call would fail, although it must never be repeated.
    """
    # A little longer than the caller waits, so that a silent server has one message whichever clock runs out first.
    remaining = max(deadline - time.monotonic(), 0.001) + _GRACE_SECONDS
    adapter = HTTPAdapter()
    try:
        response = adapter.send(request, stream=True, timeout=remaining)
        try:
            return RawResponse(response.status_code, _body(response, deadline))
        finally:
            response.close()
    except requests.RequestException as error:
        raise GatewayUnavailable(f"no answer: {type(error).__name__}") from error
    finally:
        adapter.close()


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
