"""One function in a process of its own, as the cloud starts it: the console script, another folder, only its environment."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.support.clients import Client
from tests.support.ports import own_port

ROOT = Path(__file__).parents[2]
STARTUP_SECONDS = 30


class StartedFunction(Client):
    """A client of the function, and its process."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        super().__init__(f"http://127.0.0.1:{port}")
        self.port = port
        self.process = process


@contextlib.contextmanager
def started(name: str, folder: Path, environment: dict[str, str]) -> Iterator[StartedFunction]:
    """A function; it is ended at the end."""
    log = folder / "log"
    with own_port() as port, log.open("wb") as output:
        command = [
            str(Path(sys.executable).with_name("functions-framework")),
            *("--target", name, "--source", str(ROOT / "functions" / name / "main.py")),
            *("--host", "127.0.0.1", "--port", str(port)),
        ]
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=folder,
            env={"FUNCTION_USE_ASGI": "true", **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        client = StartedFunction(port, process)
        try:
            deadline = time.monotonic() + STARTUP_SECONDS
            while True:
                try:
                    client.get("/health")
                    break
                except requests.ConnectionError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.05)
            yield client
        finally:
            process.terminate()
            process.wait(20)
