"""One HTTP exchange with a stranger's server, within a total time and a bounded size."""

import time
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

import requests
from requests.adapters import HTTPAdapter

from lib.fawaterk.errors import GatewayNonsense, GatewayUnavailable

LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer's HTTP status and its undecoded body."""

    status: int
    body: bytes


def exchange(request: requests.PreparedRequest, timeout: float) -> RawAnswer:
    """Give the answer within `timeout` seconds in all; raise GatewayUnavailable or, past 1 MiB, GatewayNonsense.

    requests limits each wait on the socket, and neither the name look-up nor a server that sends a byte at a time;
    the exchange therefore runs in a thread of its own, which is left to itself once the time is up.
    """
    outcome: Future[RawAnswer] = Future()
    deadline = time.monotonic() + timeout
    Thread(target=_settle, args=(outcome, request, deadline), daemon=True).start()
    try:
        return outcome.result(timeout)
    except TimeoutError:
        raise GatewayUnavailable(f"no answer within {timeout:g} s") from None


def _settle(outcome: Future[RawAnswer], request: requests.PreparedRequest, deadline: float) -> None:
    try:
        outcome.set_result(_exchange(request, deadline))
    except Exception as error:  # noqa: BLE001 - whatever it is belongs to the thread that waits for it
        outcome.set_exception(error)


def _exchange(request: requests.PreparedRequest, deadline: float) -> RawAnswer:
    """Send by an adapter instead of a session, and by a new one each time.

    A session adds cookies, netrc and redirects. A connection kept across the freezes of an idle instance dies
    unnoticed, and a call that must never be repeated would be the one to find out.
    """
    remaining = max(deadline - time.monotonic(), 0.001)
    adapter = HTTPAdapter()
    try:
        response = adapter.send(request, stream=True, timeout=remaining)
        try:
            return RawAnswer(response.status_code, _body(response, deadline))
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
    except Exception as error:  # the errors of urllib3, which stands behind `raw`, are not ours to import
        raise GatewayUnavailable(f"the answer broke off: {type(error).__name__}") from error
