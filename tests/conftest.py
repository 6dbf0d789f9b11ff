"""What tests stand on: a real PostgreSQL, and the whole system as `make run` starts it.

DATABASE_URL, where it is set, names the server to use in place of the embedded one; each run makes and drops a database
of its own there.
"""

import os
import secrets as randomness
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests

from local.database import embedded_postgres
from tests.support.clients import Client, System
from tests.support.database import login_of, scratch_database
from tests.support.people import Person, make_person

ROOT = Path(__file__).parent.parent
VENDOR_KEY = "test-vendor-key"
STARTUP_SECONDS = 60


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        yield given
        return
    with embedded_postgres(tmp_path_factory.mktemp("data") / "postgres") as url:
        yield url


@pytest.fixture(scope="session")
def empty_database_url(postgres_url: str) -> Iterator[str]:
    with scratch_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def database(empty_database_url: str) -> Iterator[str]:
    """A migrated database, which `lib` in this process uses too, with the secrets that the system has.

    Whatever all tests have done in it, its ledger agrees at the end.
    """
    os.environ.update(
        ENVIRONMENT="local",
        DATABASE_URL=empty_database_url,
        DB_POOL_SIZE="10",
        JWT_SECRET_KEY=randomness.token_hex(32),
        FAWATERK_API_KEY="test-api-key",
        FAWATERK_VENDOR_KEY=VENDOR_KEY,
    )
    from migrations.runner import migrate  # noqa: PLC0415 - reads the environment set above

    migrate(lambda _line: None)
    yield empty_database_url
    from lib.ledger.verifying import verify_batch  # noqa: PLC0415

    assert verify_batch(None, 1_000_000).disagreements == []


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def application_url(database: str, postgres_url: str) -> Iterator[str]:
    """The migrated database as the functions' own users see it in the cloud: they read and write, and own nothing."""
    from migrations.privileges import grant  # noqa: PLC0415 - reads the environment that `database` sets

    with login_of(postgres_url) as login:
        parts = urlsplit(login)
        grant([str(parts.username)])
        yield urlunsplit(parts._replace(path=urlsplit(database).path))


@pytest.fixture(scope="session")
def system(database: str, application_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system behind one port, as `make run` serves it, with no more rights in the database than in the cloud."""
    port = _free_port()
    data_dir = tmp_path_factory.mktemp("system")
    log = (data_dir / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "local.run"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": application_url,
            "PORT": str(port),
            "DATA_DIR": str(data_dir),
            "PYTHONWARNINGS": "default",
        },
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    running = System(f"http://localhost:{port}", database, VENDOR_KEY, data_dir / "log")
    try:
        _wait_until_ready(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)
        log.close()


def _wait_until_ready(running: System, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(f"{running.base_url}/health/ready", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    pytest.fail(f"the system did not start:\n{running.log.read_text()[-4000:]}")


@pytest.fixture
def anyone(system: System) -> Client:
    """A client that is not signed in."""
    return Client(system.base_url)


@pytest.fixture
def customer(system: System) -> Person:
    return make_person(system, "CUSTOMER")


@pytest.fixture
def other_customer(system: System) -> Person:
    return make_person(system, "CUSTOMER")


@pytest.fixture
def employee(system: System) -> Person:
    return make_person(system, "EMPLOYEE")


@pytest.fixture
def admin(system: System) -> Person:
    return make_person(system, "ADMIN")
