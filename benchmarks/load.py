"""Load: wrk where one request is repeated, and a client of our own where each request is another one."""

import os
import re
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.servers import Server

# Fewer are enough to try a row.
ROUNDS = int(os.environ.get("ROUNDS", "5"))
# uvicorn closes a connection that was idle for 5 seconds.
_IDLE_SECONDS = 2.0
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Measured:
    """One round: requests a second, the worker's CPU for one in ms, and the median time of one in ms where it is known."""

    rate: float
    cpu_ms: float
    p50_ms: float | None = None


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire."""

    method: str
    path: str
    token: str = ""
    body: str = ""

    def raw(self) -> bytes:
        """Its bytes."""
        authorization = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        content = f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n" if self.body else ""
        return f"{self.method} {self.path} HTTP/1.1\r\nHost: x\r\n{authorization}{content}\r\n{self.body}".encode()

    def lua(self) -> str:
        """The same as a call of wrk's own."""
        headers = f'["Authorization"]="Bearer {self.token}",' if self.token else ""
        headers += '["Content-Type"]="application/json",' if self.body else ""
        return f"wrk.format('{self.method}', '{self.path}', {{{headers}}}, [[{self.body}]])"


def wrk(server: Server, requests: Sequence[Request], connections: int, seconds: float) -> Measured:
    """Requests in turns for some seconds. Raises RuntimeError where an answer is an error that was not asked for."""
    script = f"""
        local all, n
        function init() all = {{{", ".join(request.lua() for request in requests)}}} n = 0 end
        function request() n = n + 1 return all[(n - 1) % {len(requests)} + 1] end
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua", encoding="utf-8") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "20s", "--latency", "-s", file.name]
        before = server.cpu_seconds()
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, f"http://127.0.0.1:{server.port}"], stdout=subprocess.PIPE, text=True, check=True
        )
        spent = server.cpu_seconds() - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    return _read(done.stdout, spent)


def _read(text: str, spent: float) -> Measured:
    number = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p50 = re.search(r"50%\s+([\d.]+)(us|ms|s)", text)
    if not (number and rate and p50):
        raise RuntimeError(text)
    return Measured(float(rate[1]), spent * 1000 / max(1, int(number[1])), float(p50[1]) * _UNITS[p50[2]])


class Connection:
    """A connection that stays open, for one request after the other. After a pause it is a new one, as servers close it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self._used_at = 0.0

    def _open(self) -> socket.socket:
        if self._socket and time.monotonic() - self._used_at > _IDLE_SECONDS:
            self._socket.close()
            self._socket = None
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used_at = time.monotonic()
        return self._socket

    def send(self, request: Request) -> bytes:
        """The body of the answer. Raises RuntimeError where it is no success."""
        return self._exchange(request)[1]

    def link(self, request: Request) -> str:
        """The address of the next page of a list. Raises RuntimeError where the answer is no success or has none."""
        head, _ = self._exchange(request)
        found = re.search(r'^link: <([^>]+)>; rel="next"', head, re.IGNORECASE | re.MULTILINE)
        if not found:
            raise RuntimeError(f"{request.path} has no next page: {head}")
        return found[1]

    def _exchange(self, request: Request) -> tuple[str, bytes]:
        connection = self._open()
        connection.sendall(request.raw())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += _received(connection)
        raw_head, _, body = answer.partition(b"\r\n\r\n")
        head = raw_head.decode("latin-1")
        length = int(head.lower().partition("content-length:")[2].split("\r\n")[0])
        while len(body) < length:
            body += _received(connection)
        if not head.startswith("HTTP/1.1 2"):
            raise RuntimeError(f"{request.method} {request.path}: {head} {body.decode()}")
        return head, body


def later_page(server: Server, first: Request, number: int) -> Request:
    """The request of a later page of a list, found as clients find it: by the links of all pages before it."""
    connection, request = Connection(server.port), first
    for _ in range(number - 1):
        link = connection.link(request)
        request = replace(request, path=link[link.index("/api/") :])
    return request


def _received(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise RuntimeError("the server closed the connection")
    return piece


def at_once(jobs: Sequence[Callable[[], object]], connections: int) -> float:
    """Do each piece of work once, so many at the same time; the seconds that all took. Raises the first error."""
    waiting, errors = list(reversed(jobs)), list[BaseException]()

    def work() -> None:
        while waiting and not errors:
            try:
                waiting.pop()()
            except IndexError:
                return
            except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that waits
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - began


def each(servers: Sequence[Server], jobs: Sequence[Callable[[], object]], connections: int) -> Measured:
    """What pieces of work cost that run once each: how many a second, and the CPU of all these workers for one."""
    before = sum(server.cpu_seconds() for server in servers)
    seconds = at_once(jobs, connections)
    spent = sum(server.cpu_seconds() for server in servers) - before
    return Measured(len(jobs) / seconds, spent * 1000 / len(jobs))


def in_turns(*works: Callable[[], Measured]) -> list[list[Measured]]:
    """The rounds of each piece of work, done in turns (A B A B) after a warm-up of each."""
    for work in works:
        work()
    found: list[list[Measured]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, results in zip(works, found, strict=True):
            results.append(work())
    return found
