"""What a function makes of connections that are broken, slow or impatient, on the server that it has in the cloud."""

import contextlib
import json
import secrets as randomness
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import database as statements
from tests.support.starting import StartedFunction, started

MEBIBYTE = 1024 * 1024
REGISTER = "POST /api/auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def auth(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedFunction]:
    environment = {"DATABASE_URL": database, "JWT_SECRET_KEY": randomness.token_hex(32), "THREADS": "4", "DB_POOL_SIZE": "2"}
    with started("auth", tmp_path_factory.mktemp("auth"), environment) as function:
        yield function


@contextlib.contextmanager
def connected(function: StartedFunction) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", function.port), timeout=20) as connection:
        yield connection


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The next answer on a connection."""
    text = b""
    while b"\r\n\r\n" not in text:
        piece = connection.recv(65536)
        assert piece, text
        text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return int(lines[0].split()[1]), headers, body


def code(body: bytes) -> str:
    return str(json.loads(body)["code"])


def test_a_body_that_is_too_large_is_read_to_its_end_so_that_the_answer_is_read_too(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        connection.sendall(f"{REGISTER}Content-Length: {11 * MEBIBYTE}\r\n\r\n".encode())
        for _ in range(11):
            connection.sendall(b" " * MEBIBYTE)
        status, _, body = answer(connection)
        assert (status, code(body)) == (413, "too_large")
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer(connection)[0] == 200


def test_so_is_one_in_chunks(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        connection.sendall(f"{REGISTER}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(3):
            connection.sendall(b"100000\r\n" + b" " * MEBIBYTE + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        status, _, body = answer(connection)
        assert (status, code(body)) == (413, "too_large")


def test_one_that_would_be_too_large_is_not_asked_for(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        connection.sendall(f"{REGISTER}Content-Length: {11 * MEBIBYTE}\r\nExpect: 100-continue\r\n\r\n".encode())
        status, headers, body = answer(connection)
        assert (status, code(body), headers["connection"]) == (413, "too_large", "close")


def test_one_of_the_right_size_is_asked_for(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        connection.sendall(f"{REGISTER}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert answer(connection)[0] == 422


@pytest.mark.parametrize("head", ["Content-Length: 5000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n"])
def test_a_body_that_breaks_off_can_not_be_read(auth: StartedFunction, head: str) -> None:
    with connected(auth) as connection:
        connection.sendall(f'{REGISTER}{head}{{"ema'.encode())
        connection.shutdown(socket.SHUT_WR)
        status, headers, body = answer(connection)
        assert (status, code(body)) == (400, "unreadable")
        assert headers["content-type"] == "application/problem+json"


def test_chunks_that_become_wrong_later_can_not_be_read(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        connection.sendall(f"{REGISTER}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n".encode())
        time.sleep(0.2)
        connection.sendall(b"zz\r\n")
        status, _, body = answer(connection)
        assert (status, code(body)) == (400, "unreadable")
        assert connection.recv(100) == b""


def test_whoever_has_said_all_is_answered(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert answer(connection)[0] == 200


def test_requests_sent_at_once_are_answered_in_their_order(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        paths = ["/health/ready", "/nowhere", "/health"]
        connection.sendall("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths).encode())
        received = b""
        while received.count(b"HTTP/1.1 ") < 3 or not received.endswith(b"}"):
            received += connection.recv(65536)
    assert [part.split()[0] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


def test_head_has_the_length_of_get_and_no_body(auth: StartedFunction) -> None:
    with connected(auth) as connection:
        connection.sendall(
            b"HEAD /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    first, _, second = received.partition(b"\r\n\r\n")
    assert b"content-length: 20" in first
    assert second.startswith(b"HTTP/1.1 200 OK")
    assert second.endswith(b'\r\n\r\n{"status":"healthy"}')


@pytest.mark.parametrize(
    "request_line", ["\x00\x01\x02", "GET /\u00e9 HTTP/1.1", "GET / HTTP/9.9", "no request at all", "POST  HTTP/1.1"]
)
def test_what_is_no_http_is_told_so(auth: StartedFunction, request_line: str) -> None:
    with connected(auth) as connection:
        connection.sendall(f"{request_line}\r\nHost: x\r\n\r\n".encode())
        status, headers, body = answer(connection)
        assert (status, code(body)) == (400, "unreadable")
        assert (headers["content-type"], headers["connection"]) == ("application/problem+json", "close")


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /robots.txt", (404, "not_found")),
        ("GET /favicon.ico", (404, "not_found")),
        ("GET //health", (404, "not_found")),
        ("GET /a%0Ab", (404, "not_found")),
        ("PROPFIND /health", (405, "method_not_allowed")),
        ("TRACE /health", (405, "method_not_allowed")),
        ("PROPFIND /nowhere", (404, "not_found")),
    ],
)
def test_what_the_framework_refuses_by_itself_looks_like_any_refusal(
    auth: StartedFunction, request_line: str, expected: tuple[int, str]
) -> None:
    with connected(auth) as connection:
        connection.sendall(f"{request_line} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        status, headers, body = answer(connection)
        assert (status, code(body)) == expected
        assert headers["content-type"] == "application/problem+json"
        assert headers["x-request-id"]


def test_slow_clients_keep_nobody_waiting(auth: StartedFunction) -> None:
    """More of them than there are threads: half a body each."""
    with contextlib.ExitStack() as waiting:
        for _ in range(50):
            connection = waiting.enter_context(connected(auth))
            connection.sendall(f'{REGISTER}Content-Length: 5000\r\n\r\n{{"ema'.encode())
        began = time.monotonic()
        assert auth.get("/health/ready").status == 200
        assert time.monotonic() - began < 5


def _registration() -> tuple[str, bytes]:
    email = f"{randomness.token_hex(8)}@example.com"
    body = {"email": email, "password": "Test123456", "first_name": "Mona", "last_name": "Ali"}
    return email, json.dumps(body).encode()


def _exists(database: str, email: str) -> bool:
    return bool(statements.run(database, "select 1 from users where email = :email", email=email))


def test_the_work_of_a_client_that_hangs_up_is_done(auth: StartedFunction, database: str) -> None:
    email, body = _registration()
    with connected(auth) as connection:
        connection.sendall(f"{REGISTER}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    deadline = time.monotonic() + 10
    while not _exists(database, email):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_work_that_is_under_way_when_the_instance_ends_is_done_and_answered(database: str, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": database, "JWT_SECRET_KEY": randomness.token_hex(32)}
    email, body = _registration()
    with started("auth", tmp_path, environment) as function, connected(function) as connection:
        with statements.connected(database) as blocking:
            blocking.run("begin")
            blocking.run("lock table users in share mode")
            connection.sendall(f"{REGISTER}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            time.sleep(0.7)
            function.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
        assert answer(connection)[0] == 201
        assert function.process.wait(10) == 0
    assert _exists(database, email)


def test_an_idle_instance_ends_at_once_though_connections_are_open(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    with started("auth", tmp_path, environment) as function, connected(function) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer(connection)[0] == 200
        began = time.monotonic()
        function.process.send_signal(signal.SIGTERM)
        assert function.process.wait(10) == 0
        assert time.monotonic() - began < 3
