"""A server that restarts between two requests, as Cloud SQL does in its maintenance window."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib import db
from lib.config import config
from lib.db import Transaction
from lib.db import pool as pools
from lib.db.pool import Pool
from lib.errors import Unavailable
from local.database import embedded_postgres
from tests.support.folders import server_folder

Control = Callable[[str], None]


@pytest.fixture
def control(monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    """Restarts and stops a server that is used only in this test."""
    own = Pool(2)

    def run(folder: Path, command: str) -> None:
        # Imported here, because the import reads the environment, which `embedded_postgres` sets.
        from embedded_postgres import _commands, postgres_server  # noqa: PLC0415

        user = postgres_server.get_server(folder, cleanup_mode=None).system_user
        log = ["-l", str(folder / "restarted.log")] if command == "restart" else []
        _commands.__dict__["pg_ctl"](["-w", "-m", "fast", *log, command], pgdata=folder.resolve(), user=user)

    with server_folder() as folder, embedded_postgres(folder) as url:
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setattr(pools, "pool", lambda: own)
        monkeypatch.setattr("lib.db.transactions.pool", lambda: own)
        config.cache_clear()
        yield functools.partial(run, folder)
        own._close_idle()
    monkeypatch.undo()
    config.cache_clear()


@db.in_transaction
def write(tx: Transaction) -> None:
    tx.run("create table if not exists survivors (at timestamptz default now())")
    tx.run("insert into survivors default values")


def count() -> int:
    return db.read.value(int, "select count(*) from survivors")


def test_a_restart_between_two_requests_is_noticed_by_neither(control: Control) -> None:
    write()
    assert count() == 1
    control("restart")
    assert count() == 1
    control("restart")
    write()
    assert count() == 2


def test_while_the_server_is_away_one_is_told_to_come_back(control: Control) -> None:
    write()
    control("stop")
    for work in (count, write):
        with pytest.raises(Unavailable):
            work()
