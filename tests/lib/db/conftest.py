"""A pool for one test on the tests' database, and a table to write into."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lib.config import config
from lib.db import pool as pools
from lib.db.pool import Pool
from tests.support import database as statements

Sql = Callable[..., list[list[Any]]]


@pytest.fixture
def sql(database: str) -> Sql:
    """Runs statements on another connection than the pool's."""

    def run(text: str, **values: object) -> list[list[Any]]:
        return statements.run(database, text, **values)

    return run


@pytest.fixture
def notes(sql: Sql) -> str:
    """An empty table of notes."""
    sql("create table if not exists notes (id integer primary key, text text not null)")
    sql("truncate notes")
    return "notes"


@pytest.fixture
def pool(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """A pool of two sessions, which are closed after the test."""
    assert database
    own = Pool(2)
    monkeypatch.setattr(pools, "pool", lambda: own)
    monkeypatch.setattr("lib.db.transactions.pool", lambda: own)
    config.cache_clear()
    yield own
    own._close_idle()


@pytest.fixture
def backends(pool: Pool, sql: Sql, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[Any]]]:
    """The server's processes of this test's pool: their ids and states."""
    assert pool
    limits = {"timeout": 12, "application_name": f"test-{id(pool)}"}
    monkeypatch.setattr("lib.db.connect._limits", lambda: limits)
    return lambda: sql(
        "select pid, state from pg_stat_activity where datname = current_database() and application_name = :name",
        name=limits["application_name"],
    )


@pytest.fixture
def kill(backends: Callable[[], list[list[Any]]], sql: Sql) -> Callable[[], None]:
    """Ends every server process of the pool, and returns when all are gone."""

    def end() -> None:
        for pid, _ in backends():
            sql("select pg_terminate_backend(:pid::integer, 5000)", pid=pid)

    return end
