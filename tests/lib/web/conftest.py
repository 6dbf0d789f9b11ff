"""The example API, built by functions-framework, on the tests' database."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from functions_framework import aio

from lib import logs
from lib.config import config
from tests.lib.web.example import nothing, scene
from tests.support import database as statements
from tests.support.asgi import AsgiApp, AsgiClient, AsgiResponse
from tests.support.clients import System
from tests.support.people import Person, make_person


def json_of(response: AsgiResponse) -> Any:
    """The JSON of a response."""
    return response.json


LogLines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def things(database: str) -> str:
    """The database with the example's table."""
    statements.run(
        database,
        """
        create table if not exists things (
            id uuid primary key default gen_random_uuid(), name text not null,
            created_at timestamptz not null default clock_timestamp())
        """,
    )
    statements.run(database, "create index if not exists things_page on things (created_at desc, id desc)")
    statements.run(
        database,
        """
        create or replace view thing_documents as
        select id, created_at, json_build_object('id', id, 'name', name) as document from things
        """,
    )
    return database


@pytest.fixture(scope="session")
def example_app(things: str) -> AsgiApp:
    assert things
    source = str(Path(__file__).with_name("example_function.py"))
    build_app = cast("Callable[[str, str, str], AsgiApp]", aio.create_asgi_app)
    return build_app("example", source, "http")


@pytest.fixture
def client(example_app: AsgiApp, monkeypatch: pytest.MonkeyPatch) -> Iterator[AsgiClient]:
    monkeypatch.setenv("CORS_ORIGINS", "https://app.example.com,http://localhost:3000")
    config.cache_clear()
    yield AsgiClient(example_app)
    scene.during = nothing
    monkeypatch.undo()
    config.cache_clear()


def _person(database: str, role: str) -> Person:
    return make_person(System("", database, "", Path()), role)


@pytest.fixture
def mona(things: str) -> dict[str, str]:
    """A customer's headers."""
    return {"Authorization": f"Bearer {_person(things, 'CUSTOMER').client.token}"}


@pytest.fixture
def nour(things: str) -> dict[str, str]:
    """Another customer's headers."""
    return {"Authorization": f"Bearer {_person(things, 'CUSTOMER').client.token}"}


@pytest.fixture
def administrator(things: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {_person(things, 'ADMIN').client.token}"}


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """The lines that were logged so far."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs._JsonLines())
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)
