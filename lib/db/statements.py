"""What can be asked of the database, the same within a transaction and without one: rows by name, values, JSON."""

import dataclasses
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar, get_type_hints

from lib.db.session import Row

T = TypeVar("T")

_ROW = re.compile(r":row\b")
_SHOWN = 80


@dataclasses.dataclass(frozen=True)
class Column:
    """What gives a field of a row class where the table has no such column: Annotated[Decimal, Column("money(…)")]."""

    expression: str


_written: dict[tuple[str, object], str] = {}


def with_columns(sql: str, kind: type[object]) -> str:
    """The statement with `:row` written out as the columns that the fields of `kind` name."""
    if (sql, kind) not in _written:
        _written[sql, kind] = _ROW.sub(_columns(kind), sql)
    return _written[sql, kind]


def _columns(kind: type[object]) -> str:
    columns = []
    for name, hint in get_type_hints(kind, include_extras=True).items():
        given = [one.expression for one in getattr(hint, "__metadata__", ()) if isinstance(one, Column)]
        columns += [f"{expression} as {name}" for expression in given] or [name]
    return ", ".join(columns)


class Statements(ABC):
    """Statements and what comes of them. Values are named `:name` in the SQL.

    A row class is a dataclass whose fields are the columns by name: one too many or too few is a TypeError. `:row` in the
    SQL stands for its columns.
    """

    @abstractmethod
    def fetch(self, sql: str, values: dict[str, object]) -> tuple[Sequence[str], list[Row]]:
        """The names of a statement's columns, and its rows as lists in that order."""

    def run(self, sql: str, /, **values: object) -> list[Row]:
        """The rows of a statement as lists, for those that nobody reads a column of."""
        return self.fetch(sql, values)[1]

    def all(self, kind: type[T], sql: str, /, **values: object) -> list[T]:
        """The rows of a statement, each as a `kind`."""
        names, rows = self.fetch(with_columns(sql, kind), values)
        return [kind(**dict(zip(names, row, strict=True))) for row in rows]

    def first(self, kind: type[T], sql: str, /, **values: object) -> T | None:
        """The first row of a statement as a `kind`, or None."""
        rows = self.all(kind, sql, **values)
        return rows[0] if rows else None

    def one(self, kind: type[T], sql: str, /, **values: object) -> T:
        """The first row of a statement as a `kind`. Raises LookupError where there is none."""
        return _required(self.first(kind, sql, **values), sql)

    def column(self, kind: type[T], sql: str, /, **values: object) -> list[T]:
        """The only column of a statement. Raises TypeError for a value that is no `kind`."""
        return [_typed(kind, row[0], sql) for row in self.run(sql, **values)]

    def first_value(self, kind: type[T], sql: str, /, **values: object) -> T | None:
        """The first column of the first row, or None where there is no row or null stands there."""
        rows = self.run(sql, **values)
        return _typed(kind, rows[0][0], sql) if rows and rows[0][0] is not None else None

    def value(self, kind: type[T], sql: str, /, **values: object) -> T:
        """The first column of the first row. Raises LookupError where there is none, or null."""
        return _required(self.first_value(kind, sql, **values), sql)

    def exists(self, sql: str, /, **values: object) -> bool:
        """Whether a statement has any row."""
        return bool(self.run(sql, **values))

    def first_json(self, sql: str, /, **values: object) -> bytes | None:
        """The JSON that a statement builds in its only column (cast to text), or None where it has no row."""
        found = self.first_value(str, sql, **values)
        return None if found is None else found.encode()

    def json(self, sql: str, /, **values: object) -> bytes:
        """The JSON that a statement builds in its only column (cast to text). Raises LookupError where it has no row."""
        return _required(self.first_json(sql, **values), sql)


def _required(found: T | None, sql: str) -> T:
    if found is None:
        raise LookupError(f"no row: {_short(sql)}")
    return found


def _typed(kind: type[T], value: object, sql: str) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{kind.__name__} expected, {type(value).__name__} found: {_short(sql)}")
    return value


def _short(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()[:_SHOWN]
