"""Migrating: from nothing, twice, and by two processes at once."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrations.runner import connect
from tests.support import database as statements

ROOT = Path(__file__).parents[2]
TABLES = (
    "select string_agg(table_name, ' ' order by table_name) from information_schema.tables where table_schema = 'public'"
)
# Of this database alone: others on the server have theirs.
LOCKS = """
    select count(*) from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())
"""


@pytest.fixture
def scratch(postgres_url: str) -> Iterator[str]:
    """An empty database."""
    with statements.scratch_database(postgres_url) as url:
        yield url


def start(url: str) -> subprocess.Popen[str]:
    """The operator's own command, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "admin", "migrate"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def migrated(url: str) -> str:
    process = start(url)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return told


def test_an_empty_database_gets_every_revision_and_then_nothing_more(scratch: str) -> None:
    first = migrated(scratch)
    tables = statements.run(scratch, TABLES)
    second = migrated(scratch)

    revisions = sorted(path.stem for path in (ROOT / "migrations" / "versions").glob("*.sql"))
    assert [f"migrating: {name[:4]}" in first for name in revisions] == [True] * len(revisions)
    assert "migrating" not in second
    assert statements.run(scratch, TABLES) == tables
    assert statements.run(scratch, "select version_num from alembic_version") == [[revisions[-1][:4]]]


def test_two_at_once_do_no_harm(scratch: str) -> None:
    processes = [start(scratch), start(scratch)]
    told = [process.communicate(timeout=60)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], told
    assert len(statements.run(scratch, "select * from alembic_version")) == 1
    assert statements.run(scratch, LOCKS) == [[0]]


def test_a_statement_of_a_migration_may_take_longer_than_one_of_a_request(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database
    monkeypatch.setattr("lib.db.connect.SOCKET_SECONDS", 0.5)
    with contextlib.closing(connect()) as connection:
        connection.execute_simple("set statement_timeout = 0")
        cursor = connection.cursor()
        cursor.execute("select 1 from pg_sleep(1)")
        assert list(cursor.fetchall()) == [[1]]


def test_the_schema_is_the_tests_own(scratch: str, database: str) -> None:
    migrated(scratch)
    ours = statements.run(scratch, TABLES)[0][0].split()

    assert set(ours) <= set(statements.run(database, TABLES)[0][0].split())
