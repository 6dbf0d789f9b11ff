"""Statements that nobody waits for: fewer trips to the server, and still nothing is lost, doubled or hidden."""

from collections.abc import Callable
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError

from lib import db
from lib.db import Transaction, UniqueViolation
from lib.db.session import Session
from lib.errors import OutcomeUnknown
from tests.lib.db.conftest import Sql

Backends = Callable[[], list[list[Any]]]
INSERT = "insert into notes values (:id, :text)"


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch, notes: str, backends: Backends) -> None:
    assert notes
    assert backends() == []
    monkeypatch.setattr("lib.db.transactions.time.sleep", lambda _seconds: None)


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many answers each trip to the server brought."""
    made: list[int] = []
    read = Session._read

    def counted(session: Session) -> object:
        made.append(len(session._unread))
        return read(session)

    monkeypatch.setattr(Session, "_read", counted)
    return made


@db.in_transaction
def write(tx: Transaction, *numbers: int) -> None:
    for number in numbers:
        tx.send(INSERT, id=number, text="x")


def test_what_is_refused_is_raised_at_the_commit_and_nothing_is_done(sql: Sql, backends: Backends) -> None:
    write(3)

    with pytest.raises(DatabaseError, match="notes_pkey"):
        write(1, 2, 3, 4)

    assert sql("select id from notes") == [[3]]
    assert {state for _, state in backends()} <= {"idle"}
    write(5)
    assert sql("select count(*) from notes") == [[2]]


def test_what_is_refused_is_raised_by_the_next_statement_that_is_waited_for(sql: Sql) -> None:
    write(2)

    @db.in_transaction
    def work(tx: Transaction) -> None:
        tx.run(INSERT, id=1, text="x")
        tx.send(INSERT, id=2, text="x")
        tx.run("select 1")

    with pytest.raises(UniqueViolation, match="notes_pkey"):
        work()

    assert sql("select id from notes") == [[2]]


def test_work_that_fails_after_it_sent_something_leaves_nothing(sql: Sql) -> None:
    @db.in_transaction
    def work(tx: Transaction) -> None:
        tx.run(INSERT, id=1, text="x")
        tx.send(INSERT, id=2, text="x")
        raise KeyError("no")

    with pytest.raises(KeyError):
        work()

    assert sql("select id from notes") == []


def test_a_statement_sees_what_was_sent_before_it() -> None:
    @db.in_transaction
    def work(tx: Transaction) -> list[int]:
        tx.run(INSERT, id=1, text="x")
        tx.send(INSERT, id=2, text="x")
        return tx.column(int, "select id from notes order by id")

    assert work() == [1, 2]


def test_a_connection_that_died_while_idle_is_replaced_before_anything_is_lost(sql: Sql, kill: Callable[[], None]) -> None:
    write(1)
    kill()
    write(2)

    assert sql("select id from notes order by id") == [[1], [2]]


def test_a_connection_that_dies_with_the_commit_leaves_the_outcome_unknown(sql: Sql, kill: Callable[[], None]) -> None:
    @db.in_transaction
    def work(tx: Transaction) -> None:
        tx.run(INSERT, id=1, text="x")
        tx.send(INSERT, id=2, text="x")
        kill()

    with pytest.raises(OutcomeUnknown):
        work()

    assert sql("select id from notes") == []


def test_what_is_sent_goes_with_the_commit_and_the_begin_with_the_first_statement(trips: list[int]) -> None:
    write(1, 2)
    trips.clear()
    write(3, 4, 5)

    assert trips == [2, 3]


def test_a_transaction_without_a_statement_makes_no_trip(trips: list[int]) -> None:
    write()

    assert trips == []
