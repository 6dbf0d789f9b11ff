"""The pool prepares a statement once, replaces dead connections, leaks none, and never waits without a limit."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError

from lib import db
from lib.config import ConfigurationError
from lib.db import pool as pools
from lib.db.connect import LOCK_MILLISECONDS, STATEMENT_MILLISECONDS, url_parameters
from lib.db.pool import Pool
from lib.db.session import Session, acting_role
from lib.errors import Busy, Unavailable
from tests.lib.db.conftest import Sql

Backends = Callable[[], list[list[Any]]]


def one(number: int) -> int:
    return db.read.value(int, "select :number::integer + 1", number=number)


def test_a_statement_is_prepared_once_for_each_connection(pool: Pool) -> None:
    assert pool
    for number in range(5):
        assert one(number) == number + 1

    prepared = db.read.run(
        "select count(*), min(generic_plans + custom_plans) from pg_prepared_statements where statement like :like",
        like="%integer + 1",
    )

    assert prepared == [[1, 5]]


def test_connections_are_opened_when_needed_and_kept(pool: Pool, backends: Backends) -> None:
    assert pool
    assert backends() == []
    one(1)
    one(2)

    assert [state for _, state in backends()] == ["idle"]


def test_a_read_answers_although_its_connection_died(kill: Callable[[], None], backends: Backends) -> None:
    one(1)
    (before,) = backends()
    kill()

    assert one(2) == 3
    assert [pid for pid, _ in backends()] != [before[0]]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the server beside prepared statements."""
    sent: list[str] = []
    command = Session.command

    def kept(session: Session, sql: str) -> None:
        sent.append(sql)
        command(session, sql)

    monkeypatch.setattr(Session, "command", kept)
    return sent


def who() -> str:
    return db.read.value(str, "select current_user::text")


def test_whoever_logs_in_as_a_user_of_their_own_sends_nothing_for_it(pool: Pool, commands: list[str]) -> None:
    assert pool
    assert [one(1), one(2)] == [2, 3]
    assert commands == []


def test_a_connection_changes_its_role_only_for_another_function(pool: Pool, commands: list[str]) -> None:
    assert pool
    itself = who()
    told = []
    for role in ("altayarvip_auth", "altayarvip_auth", "altayarvip_orders", None):
        token = acting_role.set(role)
        told.append(who())
        acting_role.reset(token)

    assert told == ["altayarvip_auth", "altayarvip_auth", "altayarvip_orders", itself]
    assert commands == ['set role "altayarvip_auth"', 'set role "altayarvip_orders"', "reset role"]


def test_when_one_connection_died_the_others_are_not_tried(pool: Pool, kill: Callable[[], None]) -> None:
    with pool.lend() as first, pool.lend() as second:
        first.run("select 1")
        second.run("select 1")
    kill()

    assert one(2) == 3
    assert len(pool._idle) == 1


def test_a_read_whose_every_connection_dies_says_that_the_database_is_away(pool: Pool, sql: Sql) -> None:
    assert pool
    with pytest.raises(Unavailable):
        db.read.run("select pg_terminate_backend(pg_backend_pid())")

    assert one(1) == 2
    assert sql("select 1") == [[1]]


def test_a_database_that_is_not_there_is_unavailable(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pool
    monkeypatch.setattr(pools, "open_connection", lambda: 1 // 0)

    with pytest.raises(Unavailable):
        one(1)
    monkeypatch.undo()
    assert one(1) == 2


def test_connections_that_were_idle_for_long_are_replaced(
    pool: Pool, backends: Backends, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pool.lend() as first, pool.lend() as second:
        first.run("select 1")
        second.run("select 1")
    before = {pid for pid, _ in backends()}
    monkeypatch.setattr(pools, "IDLE_SECONDS", 0)

    assert one(1) == 2
    assert len(pool._idle) == 1
    assert not before & {row[0] for row in pool._idle[0][1].run("select pg_backend_pid()")}


def test_a_refused_statement_leaves_its_connection_fit_for_the_next(pool: Pool, backends: Backends) -> None:
    assert pool
    for _ in range(5):
        with pytest.raises(DatabaseError):
            db.read.run("select 1 / :number::integer", number=0)
        with pytest.raises(DatabaseError):
            db.read.run("select nonsense")

    assert one(1) == 2
    assert [state for _, state in backends()] == ["idle"]


def test_a_value_that_the_caller_forgot_is_the_caller_s_error(pool: Pool) -> None:
    with pytest.raises(Exception, match="number"):
        db.read.run("select :number::integer")

    assert len(pool._idle) == 1


def test_when_all_connections_are_lent_one_waits_and_is_then_told(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "WAIT_SECONDS", 0.05)
    with pool.lend(), pool.lend(), pytest.raises(Busy):
        one(1)

    assert one(1) == 2


def test_one_that_waits_gets_the_connection_that_comes_back(pool: Pool) -> None:
    with ThreadPoolExecutor(1) as threads:
        with pool.lend(), pool.lend():
            waiting = threads.submit(one, 1)
        assert waiting.result(10) == 2


def test_many_threads_share_few_connections(pool: Pool, backends: Backends) -> None:
    assert pool
    barrier = threading.Barrier(16)

    def work(number: int) -> int:
        barrier.wait(10)
        return sum(one(number) for _ in range(20))

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(work, range(16))) == [20 * (number + 1) for number in range(16)]
    assert len(backends()) <= 2


def test_the_server_is_told_our_time_limits(pool: Pool) -> None:
    assert pool
    shown = db.read.run(
        "select current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('TimeZone'), "
        "current_setting('idle_in_transaction_session_timeout'), current_setting('jit')"
    )

    assert shown == [[f"{STATEMENT_MILLISECONDS // 1000}s", f"{LOCK_MILLISECONDS // 1000}s", "UTC", "32s", "off"]]


def test_a_read_that_takes_too_long_is_busy(pool: Pool) -> None:
    with pool.lend() as session:
        session.run("set statement_timeout = '20ms'")

    with pytest.raises(Busy):
        db.read.run("select pg_sleep(30)")
    assert one(1) == 2


def test_the_json_of_a_read_is_its_bytes_or_none(pool: Pool) -> None:
    assert pool
    assert db.read.first_json("select json_build_object('total', 342.00)::text") == b'{"total" : 342.00}'
    assert db.read.first_json("select '{}' where false") is None
    assert db.read.first_json("select null::text") is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@db.example:6000/main", ("u", "p@ss", "main", "db.example", 6000)),
        ("postgresql+pg8000://u@db.example/main", ("u", None, "main", "db.example", 5432)),
        ("postgresql://u@/main?host=/run/pg", ("u", None, "main", "/run/pg/.s.PGSQL.5432")),
        ("postgresql://u@/main?host=/run/pg&port=6000", ("u", None, "main", "/run/pg/.s.PGSQL.6000")),
        ("postgres://db.example", ("postgres", None, "postgres", "db.example", 5432)),
    ],
)
def test_a_url_names_a_host_or_a_socket(url: str, expected: tuple[object, ...]) -> None:
    assert tuple(url_parameters(url).values()) == expected


def test_a_url_of_another_database_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        url_parameters("mysql://u@db.example/main")
