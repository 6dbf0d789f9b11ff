"""A sandbox for one test, and a merchant's server."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from flask.testing import FlaskClient

from lib.fawaterk.events import read_event
from tests.local.sandbox_merchant import Receiver, sandbox_at


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            merchant.received.append((self.path, read_event(body, self.headers["Content-Type"])))
            if merchant.meeting:
                merchant.meeting.wait(10)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"status": "processed"}')

        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    merchant = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield merchant
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sandbox(tmp_path: Path, receiver: Receiver) -> FlaskClient:
    return sandbox_at(tmp_path / "sandbox.sqlite3", f"{receiver.url}/dashboard")
