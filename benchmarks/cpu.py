"""What a request costs the worker in processor time: `python -m benchmarks.cpu`, on the database of the benchmarks.

Each function runs as the cloud runs it, beside functions-framework's own hello worlds, threaded and on a loop.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import requests

from benchmarks.server import large_database
from lib import db
from lib.db import Transaction
from lib.security import tokens

ROOT = Path(__file__).parent.parent
REQUESTS, ROUNDS, CONNECTIONS = 2_000, 5, 16
ITEM = {"description_ar": "خدمة", "description_en": "Service", "quantity": 1, "unit_price": 100}
THREADED = "import functions_framework\n\n@functions_framework.http\ndef hello(request):\n    return 'Hello'\n"
ON_A_LOOP = (
    "import functions_framework.aio\n\n@functions_framework.aio.http\nasync def hello(request):\n    return 'Hello'\n"
)


@contextlib.contextmanager
def served(target: str, source: Path, **environment: str) -> Iterator[tuple[int, int]]:
    """A function as the cloud starts it: its port, and the process of its one worker."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [str(Path(sys.executable).with_name("functions-framework")), "--host", "127.0.0.1"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--target", target, "--source", str(source), "--port", str(port)],
        env={**os.environ, "DB_POOL_SIZE": "3", "THREADS": "20", **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}/health", timeout=5)
                break
            time.sleep(0.05)
        (worker,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        yield port, int(worker)
    finally:
        process.terminate()
        process.wait(20)


def _spent(process: int) -> float:
    """The processor time that a process has used, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ask(port: int, path: str, token: str, times: int) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(times):
            connection.sendall(request)
            answer = connection.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            while len(body) < length:
                body += connection.recv(65536)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(answer)


def measured(port: int, worker: int, path: str, token: str) -> str:
    """Processor time a request, and requests a second, with one connection and with many: medians of the rounds."""
    found = []
    for connections in (1, CONNECTIONS):
        _ask(port, path, token, 100)
        spent, rate = [], []
        for _ in range(ROUNDS):
            before, began = _spent(worker), time.perf_counter()
            share = REQUESTS // connections
            threads = [threading.Thread(target=_ask, args=(port, path, token, share)) for _ in range(connections)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            rate.append(REQUESTS / (time.perf_counter() - began))
            spent.append((_spent(worker) - before) * 1000 / (share * connections))
        found.append(f"{statistics.median(spent):.2f} ms {statistics.median(rate):6.0f}/s")
    return "   ".join(found)


@db.in_transaction
def _employee(tx: Transaction) -> str:
    """The token of someone who may make orders."""
    user_id = tx.value(
        UUID,
        """
        insert into users (email, password_hash, first_name, last_name, role)
        values (:email, '!', 'Mona', 'Ali', 'EMPLOYEE') returning id
        """,
        email=f"bench-{uuid.uuid4()}@example.com",
    )
    session_id = tx.value(UUID, "insert into sessions (user_id) values (:user_id) returning id", user_id=user_id)
    return tokens.issue(tokens.Claims(user_id, session_id))


def _order(port: int, token: str) -> str:
    """The path of a new order with three items."""
    body: dict[str, Any] = {"user_id": str(tokens.read(token).user_id), "items": [ITEM] * 3}
    answer = requests.post(
        f"http://127.0.0.1:{port}/api/orders", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    return f"/api/orders/{answer.json()['id']}"


def main() -> None:
    """Print each figure."""
    with large_database(), tempfile.TemporaryDirectory() as folder:
        token = _employee()
        print(f"{'':34} {'one connection':>20}   {CONNECTIONS} connections")
        with served("orders", ROOT / "functions" / "orders" / "main.py", FUNCTION_USE_ASGI="true") as (port, worker):
            path = _order(port, token)
            print(f"{'GET /api/orders/{id}, three items':34} {measured(port, worker, path, token)}")
            print(f"{'GET /health':34} {measured(port, worker, '/health', token)}")
        for name, text, is_on_a_loop in (("threaded hello", THREADED, "false"), ("hello on a loop", ON_A_LOOP, "true")):
            source = Path(folder) / "main.py"
            source.write_text(text, encoding="utf-8")
            with served("hello", source, FUNCTION_USE_ASGI=is_on_a_loop) as (port, worker):
                print(f"{name:34} {measured(port, worker, '/', token)}")


if __name__ == "__main__":
    main()
