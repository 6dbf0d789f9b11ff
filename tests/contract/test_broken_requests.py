"""Requests that are broken as HTTP, on a raw socket: a clear 4xx, never a 500."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.support.clients import System
from tests.support.people import Person

BROKEN_CHUNKS = [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}xx0\r\n\r\n", b"-1\r\n{}\r\n0\r\n\r\n"]


def _status(system: System, request_line: str, chunks: bytes, token: str = "") -> tuple[int, bytes]:
    address = urlsplit(system.base_url)
    head = f"{request_line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    head += "Content-Type: application/json\r\n" + (f"Authorization: Bearer {token}\r\n" if token else "")
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=30) as connection:
        connection.sendall(head.encode() + b"\r\n" + chunks)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split()[1]), answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS)
@pytest.mark.parametrize("path", ["/api/payments/fawaterk/webhook", "/api/auth/login", "/api/auth/register"])
def test_chunks_that_are_none_can_not_be_read(system: System, path: str, chunks: bytes) -> None:
    status, body = _status(system, f"POST {path}", chunks)

    assert (status, json.loads(body)["code"]) == (400, "unreadable")


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS)
def test_neither_where_nothing_is_taken_from_the_body(system: System, employee: Person, chunks: bytes) -> None:
    path = "/api/orders/00000000-0000-0000-0000-000000000000/issue"

    assert _status(system, f"POST {path}", chunks, str(employee.client.token))[0] == 400


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS)
@pytest.mark.parametrize(
    ("request_line", "expected"),
    [("GET /health", 200), ("POST /nowhere", 404), ("POST /api/orders", 401), ("DELETE /api/auth/login", 405)],
)
def test_where_no_body_is_read_its_chunks_change_nothing(
    system: System, request_line: str, expected: int, chunks: bytes
) -> None:
    assert _status(system, request_line, chunks)[0] == expected
