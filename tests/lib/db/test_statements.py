"""Rows by the names of their columns, typed values and JSON, the same in a transaction and without one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import pytest

from lib import db
from lib.db import Transaction
from lib.db.pool import Pool
from lib.db.statements import Statements, with_columns
from tests.lib.db.conftest import Sql


@dataclass(frozen=True, kw_only=True)
class Note:
    """A row of the table of notes."""

    text: str
    id: int


@dataclass(frozen=True, kw_only=True)
class LongNote:
    """A note with a computed column."""

    id: int
    length: Annotated[int, db.Column("length(text)")]


@pytest.fixture(params=["alone", "in a transaction"])
def statements(request: pytest.FixtureRequest, pool: Pool, notes: str, sql: Sql) -> Iterator[Statements]:
    """The two objects that have these methods, on a table with three notes."""
    assert pool
    assert notes
    sql("insert into notes values (1, 'one'), (2, 'two and more'), (3, 'three')")
    if request.param == "alone":
        yield db.read
        return
    with pool.lend() as session:
        session.command("begin")
        yield Transaction(session)
        session.command("rollback")


def test_a_row_is_mapped_by_the_names_of_its_columns(statements: Statements) -> None:
    assert statements.one(Note, "select id, text from notes where id = 1") == Note(id=1, text="one")
    assert statements.one(Note, "select text, id from notes where id = 1") == Note(id=1, text="one")
    assert statements.one(Note, "select 'x' as text, 2 as id") == Note(id=2, text="x")


def test_all_rows_come_in_the_order_of_the_statement(statements: Statements) -> None:
    found = statements.all(Note, "select :row from notes where id < :below::integer order by id desc", below=3)
    assert found == [Note(id=2, text="two and more"), Note(id=1, text="one")]
    assert statements.all(Note, "select :row from notes where false") == []


def test_the_first_row_is_given_or_none(statements: Statements) -> None:
    assert statements.first(Note, "select :row from notes order by id") == Note(id=1, text="one")
    assert statements.first(Note, "select :row from notes where false") is None


def test_a_row_that_must_be_there_is_a_lookup_error_where_it_is_not(statements: Statements) -> None:
    with pytest.raises(LookupError, match="no row: select :row from notes where false"):
        statements.one(Note, "select :row\n   from notes where false")


@pytest.mark.parametrize("columns", ["id", "id, text, 7 as colour", "id, text as title", "id, upper(text)"])
def test_columns_that_are_not_the_fields_are_a_type_error(statements: Statements, columns: str) -> None:
    with pytest.raises(TypeError):
        statements.one(Note, f"select {columns} from notes where id = 1")  # noqa: S608 - of this file


def test_row_stands_for_the_columns_of_the_class_with_its_computed_ones(statements: Statements) -> None:
    assert statements.all(LongNote, "select :row from notes where id < 3 order by id") == [
        LongNote(id=1, length=3),
        LongNote(id=2, length=12),
    ]


def test_row_is_written_out_wherever_it_stands_and_nothing_else_is() -> None:
    sql = "with w as (select :row from notes) select :rows, :row, x::row_type from w"
    assert with_columns(sql, LongNote) == (
        "with w as (select id, length(text) as length from notes) "
        "select :rows, id, length(text) as length, x::row_type from w"
    )


def test_the_same_statement_serves_two_classes(statements: Statements) -> None:
    sql = "select :row from notes where id = :id"
    assert statements.one(LongNote, sql, id=1) == LongNote(id=1, length=3)
    assert statements.one(Note, sql, id=1) == Note(id=1, text="one")


def test_values_have_the_type_that_is_asked_for(statements: Statements) -> None:
    user_id = UUID("00000000-0000-0000-0000-000000000001")
    assert statements.value(int, "select count(*) from notes") == 3
    assert statements.value(UUID, "select :id::uuid", id=user_id) == user_id
    assert statements.value(Decimal, "select 342.00") == Decimal("342.00")
    assert statements.value(bool, "select true") is True
    assert isinstance(statements.value(datetime, "select now()"), datetime)


def test_a_value_of_another_type_is_a_type_error_with_its_statement(statements: Statements) -> None:
    with pytest.raises(TypeError, match="str expected, int found: select id from notes"):
        statements.value(str, "select id\nfrom notes")
    with pytest.raises(TypeError, match="UUID expected, str found"):
        statements.first_value(UUID, "select text from notes order by id")
    with pytest.raises(TypeError, match="int expected, str found"):
        statements.column(int, "select text from notes where id < 3")


@pytest.mark.parametrize("statement", ["select null::text from notes", "select text from notes where false"])
def test_null_and_no_row_are_no_value(statements: Statements, statement: str) -> None:
    assert statements.first_value(str, statement) is None
    with pytest.raises(LookupError, match=f"no row: {statement}"):
        statements.value(str, statement)


def test_a_value_that_is_false_or_empty_is_a_value(statements: Statements) -> None:
    assert statements.value(bool, "select false") is False
    assert statements.value(int, "select 0") == 0
    assert statements.value(str, "select ''") == ""


def test_a_column_is_a_list_of_its_values(statements: Statements) -> None:
    assert statements.column(int, "select id from notes order by id desc") == [3, 2, 1]
    assert statements.column(int, "select id from notes where false") == []


def test_null_in_a_column_is_a_type_error(statements: Statements) -> None:
    with pytest.raises(TypeError, match="str expected, NoneType found"):
        statements.column(str, "select nullif(text, 'three') from notes order by id")


def test_whether_there_is_a_row(statements: Statements) -> None:
    assert statements.exists("select 1 from notes where id = :id::integer", id=3)
    assert not statements.exists("select 1 from notes where id = :id::integer", id=4)
    assert statements.exists("select null from notes")


def test_json_is_given_as_its_bytes(statements: Statements) -> None:
    sql = "select json_build_object('id', id, 'text', text)::text from notes where id = :id::integer"
    assert statements.json(sql, id=2) == b'{"id" : 2, "text" : "two and more"}'
    assert statements.first_json(sql, id=3) == b'{"id" : 3, "text" : "three"}'
    assert statements.json("select to_json('\u0645\u0646\u0649'::text)::text") == '"\u0645\u0646\u0649"'.encode()


@pytest.mark.parametrize("statement", ["select '{}' where false", "select null::text"])
def test_no_json_is_none_or_a_lookup_error(statements: Statements, statement: str) -> None:
    assert statements.first_json(statement) is None
    with pytest.raises(LookupError):
        statements.json(statement)


def test_json_that_is_not_cast_to_text_is_a_type_error(statements: Statements) -> None:
    with pytest.raises(TypeError, match="str expected, dict found"):
        statements.json("select json_build_object('id', 1)")


def test_rows_that_nobody_reads_by_name_are_lists(statements: Statements) -> None:
    assert statements.run("select id, text from notes where id = 1") == [[1, "one"]]
    assert statements.run("update notes set text = 'x' where false") == []
