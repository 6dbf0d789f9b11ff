"""Each function starts on its own, as the cloud starts it: the console script, another folder, only its environment."""

import contextlib
import secrets as randomness
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from local.routes import read_routes
from tests.support.clients import Client
from tests.support.ports import own_port

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def started(name: str, folder: Path, environment: dict[str, str]) -> Iterator[Client]:
    """A function in a process of its own; it is ended at the end."""
    log = folder / "log"
    with own_port() as port, log.open("wb") as output:
        command = [
            str(Path(sys.executable).with_name("functions-framework")),
            *("--target", name, "--source", str(ROOT / "functions" / name / "main.py")),
            *("--host", "127.0.0.1", "--port", str(port)),
        ]
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        client = Client(f"http://127.0.0.1:{port}")
        try:
            while True:
                try:
                    client.get("/health")
                    break
                except requests.ConnectionError:
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.05)
            yield client
        finally:
            process.terminate()
            process.wait(20)


@pytest.mark.parametrize("name", read_routes().functions)
def test_a_function_starts_on_its_own_with_only_what_it_needs(name: str, database: str, tmp_path: Path) -> None:
    environment = {
        "ENVIRONMENT": "production",
        "APP_BASE_URL": "https://api.example.com",
        "DATABASE_URL": database,
        "JWT_SECRET_KEY": randomness.token_hex(32),
        "FAWATERK_API_KEY": "key",
        "FAWATERK_VENDOR_KEY": "key",
    }
    with started(name, tmp_path, environment) as client:
        assert client.get("/health").json == {"status": "healthy"}
        assert client.get("/health/ready").json == {"status": "healthy"}
        assert client.get("/nowhere").json["code"] == "not_found"


def test_without_a_database_a_function_runs_and_says_that_it_is_not_ready(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    with started("auth", tmp_path, environment) as client:
        assert client.get("/health").status == 200
        ready = client.get("/health/ready")

    assert (ready.status, ready.headers["Content-Type"]) == (503, "application/json")
    assert ready.json["status"] == "unavailable"
    assert set(ready.json) == {"status", "detail"}
    assert ready.json["detail"]
    assert ready.headers["Retry-After"] == "2"
