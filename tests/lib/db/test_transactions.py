"""Transactions: all or nothing, never twice without notice, and no transaction is left open."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError

from lib import db
from lib.db import Transaction, UniqueViolation, transactions
from lib.db.pool import Pool
from lib.db.session import ConnectionLost, Session
from lib.errors import Busy, OutcomeUnknown, Unavailable
from tests.lib.db.conftest import Sql

Backends = Callable[[], list[list[Any]]]
INSERT = "insert into notes values (:id, :text)"


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch, notes: str, backends: Backends) -> None:
    assert notes
    assert backends() == []
    monkeypatch.setattr("lib.db.transactions.time.sleep", lambda _seconds: None)


@db.in_transaction
def write(tx: Transaction, number: int, text: str = "x") -> int:
    tx.run(INSERT, id=number, text=text)
    return number


def assert_nothing_open(backends: Backends) -> None:
    assert {state for _, state in backends()} <= {"idle"}


def test_what_returns_is_committed_with_its_result(sql: Sql) -> None:
    assert write(1) == 1
    assert sql("select id, text from notes") == [[1, "x"]]


def test_what_raises_is_rolled_back(sql: Sql, backends: Backends) -> None:
    @db.in_transaction
    def work(tx: Transaction) -> None:
        tx.run(INSERT, id=1, text="x")
        raise KeyError("no")

    with pytest.raises(KeyError):
        work()

    assert sql("select * from notes") == []
    assert_nothing_open(backends)


def test_a_transaction_inside_another_is_part_of_it(sql: Sql) -> None:
    @db.in_transaction
    def outer(tx: Transaction) -> None:
        write(1)
        assert db.transaction_is_open()
        assert tx.value(int, "select count(*) from notes") == 1
        assert db.read.value(int, "select count(*) from notes") == 1
        raise KeyError("no")

    with pytest.raises(KeyError):
        outer()

    assert not db.transaction_is_open()
    assert sql("select * from notes") == []


def test_a_key_that_is_taken_names_its_rule(backends: Backends) -> None:
    write(1)

    with pytest.raises(UniqueViolation) as error:
        write(1)

    assert error.value.constraint == "notes_pkey"
    assert_nothing_open(backends)


def test_work_that_hides_a_refused_statement_is_never_taken_as_done(sql: Sql, backends: Backends) -> None:
    write(1)

    @db.in_transaction
    def work(tx: Transaction) -> str:
        tx.run(INSERT, id=2, text="x")
        try:
            tx.run(INSERT, id=1, text="x")
        except UniqueViolation:
            return "done"
        return "unseen"

    with pytest.raises((OutcomeUnknown, DatabaseError)):
        work()

    assert sql("select id from notes") == [[1]]
    assert_nothing_open(backends)


def test_another_refusal_is_passed_on_and_leaves_nothing_open(backends: Backends) -> None:
    @db.in_transaction
    def work(tx: Transaction) -> None:
        tx.run("select 1 / 0")

    with pytest.raises(DatabaseError):
        work()

    assert_nothing_open(backends)
    assert write(1) == 1


def test_a_value_that_is_not_there_is_a_lookup_error_with_its_statement() -> None:
    @db.in_transaction
    def work(tx: Transaction) -> None:
        assert tx.first_value(int, "select 1 where false") is None
        tx.value(str, "select text\n   from notes")

    with pytest.raises(LookupError, match="select text from notes"):
        work()


def test_a_transaction_whose_connection_dies_is_run_again_from_its_beginning(
    sql: Sql, kill: Callable[[], None], backends: Backends
) -> None:
    runs = []

    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(tx.value(int, "select count(*) from notes"))
        tx.run(INSERT, id=1, text=f"run {len(runs)}")
        if len(runs) == 1:
            kill()
        tx.run(INSERT, id=2, text=f"run {len(runs)}")

    work()

    assert runs == [0, 0]
    assert sql("select text from notes") == [["run 2"], ["run 2"]]
    assert_nothing_open(backends)


def test_one_that_was_idle_when_its_connection_died_notices_nothing(sql: Sql, kill: Callable[[], None]) -> None:
    write(1)
    kill()
    write(2)

    assert sql("select count(*) from notes") == [[2]]


def test_a_connection_that_dies_before_the_commit_leaves_the_outcome_unknown(
    sql: Sql, kill: Callable[[], None], backends: Backends
) -> None:
    runs = []

    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(1)
        tx.run(INSERT, id=1, text="x")
        kill()

    with pytest.raises(OutcomeUnknown):
        work()

    assert len(runs) == 1
    assert sql("select * from notes") == []
    assert_nothing_open(backends)


def test_a_commit_whose_answer_is_lost_is_not_done_a_second_time(
    sql: Sql, monkeypatch: pytest.MonkeyPatch, backends: Backends
) -> None:
    command = Session.command

    def lose(session: Session, text: str) -> None:
        command(session, text)
        if text == "commit":
            raise ConnectionLost("OSError")

    monkeypatch.setattr(Session, "command", lose)
    with pytest.raises(OutcomeUnknown):
        write(1)

    assert sql("select count(*) from notes") == [[1]]
    assert_nothing_open(backends)


def test_connections_that_keep_dying_end_in_try_again_later(kill: Callable[[], None]) -> None:
    runs = []

    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(1)
        kill()
        tx.run("select 1")

    with pytest.raises(Unavailable):
        work()

    assert len(runs) == transactions.ATTEMPTS
    assert write(1) == 1


def _deadlocking(first: int, second: int, meeting: threading.Barrier, runs: list[int]) -> Callable[[], None]:
    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(first)
        tx.run("set local deadlock_timeout = '10ms'")
        tx.run("update notes set text = text || :by where id = :id", id=first, by=str(first))
        if runs.count(first) == 1:
            meeting.wait(10)
        tx.run("update notes set text = text || :by where id = :id", id=second, by=str(first))

    return work


def test_of_two_in_a_deadlock_both_get_done(sql: Sql, backends: Backends) -> None:
    write(1, "")
    write(2, "")
    meeting = threading.Barrier(2)
    runs: list[int] = []

    with ThreadPoolExecutor(2) as threads:
        works = [_deadlocking(1, 2, meeting, runs), _deadlocking(2, 1, meeting, runs)]
        for done in [threads.submit(work) for work in works]:
            done.result(20)

    # Two at first, and at least one of them again; on a busy machine the loser may be quick enough to lose once more.
    assert 3 <= len(runs) <= 2 * transactions.ATTEMPTS
    assert [sorted(row[0]) for row in sql("select text from notes")] == [["1", "2"], ["1", "2"]]
    assert_nothing_open(backends)


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_what_keeps_failing_to_serialize_ends_in_try_again_later(state: str, backends: Backends) -> None:
    runs = []

    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(1)
        tx.run(f"do $$ begin raise exception 'again' using errcode = '{state}'; end $$")

    with pytest.raises(Unavailable) as error:
        work()

    assert (len(runs), error.value.status) == (transactions.ATTEMPTS, 503)
    assert_nothing_open(backends)


def test_a_serialization_failure_is_run_again_until_it_holds(sql: Sql) -> None:
    write(1, "")
    runs = []

    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(1)
        tx.run("set transaction isolation level repeatable read")
        tx.run("select * from notes")
        if len(runs) == 1:
            sql("update notes set text = 'theirs'")
        tx.run("update notes set text = text || ' and ours'")

    work()

    assert len(runs) == 2
    assert sql("select text from notes") == [["theirs and ours"]]


@pytest.mark.parametrize(
    ("limit", "statement"),
    [("lock_timeout", "update notes set text = 'y' where id = 1"), ("statement_timeout", "select pg_sleep(30)")],
)
def test_a_wait_that_is_too_long_is_busy_and_not_tried_again(limit: str, statement: str, backends: Backends) -> None:
    write(1)
    runs = []
    locked, waited = threading.Event(), threading.Event()

    @db.in_transaction
    def hold(tx: Transaction) -> None:
        tx.run("update notes set text = 'x' where id = 1")
        locked.set()
        assert waited.wait(20)

    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(1)
        tx.run(f"set local {limit} = '20ms'")
        tx.run(statement)

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(hold)
        assert locked.wait(10)
        with pytest.raises(Busy):
            work()
        waited.set()
        holding.result(10)

    assert len(runs) == 1
    assert_nothing_open(backends)


def test_a_rule_that_is_checked_at_the_commit_rolls_back(sql: Sql, backends: Backends) -> None:
    sql("drop table if exists deferred")
    sql("create table deferred (id integer, unique (id) deferrable initially deferred)")

    @db.in_transaction
    def work(tx: Transaction) -> None:
        tx.run("insert into deferred values (1), (1)")

    with pytest.raises(DatabaseError):
        work()

    assert sql("select * from deferred") == []
    assert_nothing_open(backends)


def test_a_session_that_idled_too_long_in_its_transaction_is_replaced(sql: Sql, pool: Pool, backends: Backends) -> None:
    runs = []

    @db.in_transaction
    def work(tx: Transaction) -> None:
        runs.append(1)
        tx.run("set idle_in_transaction_session_timeout = '10ms'" if len(runs) == 1 else "select 1")
        while len(runs) == 1 and backends():
            threading.Event().wait(0.01)
        tx.run(INSERT, id=1, text="x")

    work()

    assert len(runs) == 2
    assert sql("select count(*) from notes") == [[1]]
    assert len(pool._idle) == 1


def test_one_that_idled_too_long_before_its_commit_leaves_the_outcome_unknown_and_nothing_done(
    sql: Sql, pool: Pool, backends: Backends
) -> None:
    @db.in_transaction
    def work(tx: Transaction) -> None:
        tx.run(INSERT, id=1, text="x")
        tx.run("set idle_in_transaction_session_timeout = '10ms'")
        while backends():
            threading.Event().wait(0.01)

    with pytest.raises(OutcomeUnknown):
        work()

    assert sql("select * from notes") == []
    assert pool._idle == []
