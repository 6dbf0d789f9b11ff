"""What tests stand on: a real PostgreSQL, and the whole system as `make run` starts it.

DATABASE_URL, where it is set, names the server to use in place of the embedded one; each run makes and drops databases
of its own there.
"""

import contextlib
import dataclasses
import json
import os
import secrets as randomness
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests

from tests.support.clients import CALL_SECONDS, Client, System
from tests.support.currencies import CURRENCY
from tests.support.database import login_of, scratch_database
from tests.support.people import Person, make_person
from tests.support.ports import own_port
from tests.support.sharing import Shared, sharing

ROOT = Path(__file__).parent.parent
VENDOR_KEY = "test-vendor-key"

_SHARED = pytest.StashKey[Shared]()


# What takes longest comes first, so that the run does not end with one worker at work.
_LONGEST = (
    "tests/properties/",
    "tests/faults/test_crashes.py",
    "tests/contract/test_bad_input.py",
    "tests/contract/test_schemathesis.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first, and see that each test has a name of its own: of one name workers run one."""
    if CURRENCY != "EGP" and (left_out := [item for item in items if item.get_closest_marker("in_egp")]):
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("in_egp")]
    for item in items:
        # pytest 9.2 leaves out which operation of the API an item of Schemathesis is about.
        if operation := getattr(item, "operation_label", None):
            item._id = item.id.with_params(operation)
    doubled = [name for name, times in Counter(item.nodeid for item in items).items() if times > 1]
    if doubled:
        raise pytest.UsageError(f"tests of one name: {doubled}")
    items.sort(key=lambda item: [item.nodeid.startswith(name) for name in _LONGEST], reverse=True)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker what it shares with the others: made before the first of them, and gone after the last."""
    config = node.config
    if _SHARED not in config.stash:
        stack = contextlib.ExitStack()
        config.add_cleanup(stack.close)
        config.stash[_SHARED] = stack.enter_context(sharing())
    node.workerinput["shared"] = dataclasses.asdict(config.stash[_SHARED])


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, dict[str, Any] | None, Any]:
    """A worker's report without lone surrogates: tests log them, and what carries reports takes UTF-8 alone."""
    return json.loads(json.dumps((yield), ensure_ascii=False).encode("utf-8", "replace"))


@pytest.fixture(scope="session")
def shared(request: pytest.FixtureRequest) -> Iterator[Shared]:
    """The server and the template: the run's where there are workers, else made here."""
    workerinput = getattr(request.config, "workerinput", None)
    if workerinput:
        yield Shared(**workerinput["shared"])
        return
    with sharing() as own:
        yield own


@pytest.fixture(scope="session")
def postgres_url(shared: Shared) -> str:
    return shared.server_url


@pytest.fixture(scope="session")
def database(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database, this worker's own, which `lib` in this process uses too, with the secrets that the system has.

    Whatever all tests have done in it, its ledger agrees at the end.
    """
    with scratch_database(shared.server_url, shared.template) as url:
        os.environ.update(
            ENVIRONMENT="local",
            DATABASE_URL=url,
            DB_POOL_SIZE="10",
            JWT_SECRET_KEY=randomness.token_hex(32),
            FAWATERK_API_KEY="test-api-key",
            FAWATERK_VENDOR_KEY=VENDOR_KEY,
            TAKES_ROLES="true",
            DEFAULT_CURRENCY=CURRENCY,
            LOYALTY_CURRENCY=CURRENCY,
            PICTURES_DIR=str(tmp_path_factory.mktemp("pictures")),
        )
        from lib.config import config  # noqa: PLC0415 - reads the environment set above
        from migrations.privileges import grant  # noqa: PLC0415

        # A test that needs no database may have read it before.
        config.cache_clear()
        grant({})
        yield url
        from lib.ledger.verifying import verify_batch  # noqa: PLC0415 - reads the environment set above

        assert verify_batch(None, 1_000_000, 1_000_000_000).disagreements == []


@pytest.fixture(scope="session")
def application_url(database: str, postgres_url: str) -> Iterator[str]:
    """The migrated database as a user sees it who has the functions' roles and no more: each function takes its own."""
    from migrations.matrix import WRITES  # noqa: PLC0415
    from migrations.privileges import grant  # noqa: PLC0415 - reads the environment that `database` sets

    with login_of(postgres_url) as login:
        parts = urlsplit(login)
        grant({function: str(parts.username) for function in WRITES})
        yield urlunsplit(parts._replace(path=urlsplit(database).path))


@pytest.fixture(scope="session")
def system(database: str, application_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system behind one port, as `make run` serves it, with no more rights in the database than in the cloud."""
    data_dir = tmp_path_factory.mktemp("system")
    with own_port() as port, (data_dir / "log").open("wb") as log:
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


def _wait_until_ready(running: System, process: subprocess.Popen[bytes]) -> None:
    """Return once it answers, fail once it has ended; pytest's own limit ends a wait for neither."""
    while process.poll() is None:
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            if requests.get(f"{running.base_url}/health/ready", timeout=CALL_SECONDS).ok:
                return
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
