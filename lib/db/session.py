"""One connection to the database, with the statements that it has prepared."""

import contextlib
import contextvars
from collections.abc import Iterator
from typing import Any

from pg8000 import dbapi
from pg8000.converters import make_params
from pg8000.exceptions import DatabaseError
from pg8000.native import PreparedStatement

Row = list[Any]

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_SERVER_GONE = ("08", "57P", "25P03")
# A plan made before a migration, or a statement that a proxy's other server connection never saw.
_STALE_STATEMENT = ("0A000", "26000")


class ConnectionLost(Exception):  # noqa: N818 - it says what happened
    """The connection can't be used any more; what was open in it is rolled back by the server."""


def sqlstate(error: DatabaseError) -> str:
    """The five-character SQLSTATE of a server's error, or "" where there is none."""
    fields = error.args[0] if error.args else None
    return str(fields.get("C", "")) if isinstance(fields, dict) else ""


class Session:
    """A server session that prepares each statement once and keeps it. `is_lost`: it is of no use any more."""

    def __init__(self, connection: dbapi.Connection) -> None:
        self._connection = connection
        self._prepared: dict[str, PreparedStatement] = {}
        self.is_lost = False

    def run(self, sql: str, **values: object) -> list[Row]:
        """The rows of one statement. Raises DatabaseError for what the server refuses, ConnectionLost otherwise."""
        with self._telling_lost_from_refused():
            statement = self._prepared.get(sql)
            if statement is None:
                statement = self._prepared[sql] = PreparedStatement(self._connection, sql)
        # A value that the statement names and the caller forgot raises here, outside: it is no fault of the connection.
        parameters = make_params(self._connection.py_types, statement.make_vals(values))
        with self._telling_lost_from_refused():
            context = self._connection.execute_named(
                statement.name_bin, parameters, statement.cols, statement.input_funcs, statement.statement
            )
        return context.rows or []

    def command(self, sql: str) -> None:
        """Run a transaction command such as `commit`, in one trip. Raises as `run` does."""
        with self._telling_lost_from_refused():
            self._connection.execute_simple(sql)

    @contextlib.contextmanager
    def _telling_lost_from_refused(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            if sqlstate(error).startswith(_SERVER_GONE) or sqlstate(error) in _STALE_STATEMENT:
                self.is_lost = True
                raise ConnectionLost(sqlstate(error)) from error
            raise
        except Exception as error:
            # The driver raises InterfaceError, OSError, struct.error or AttributeError for a socket that has died.
            self.is_lost = True
            raise ConnectionLost(type(error).__name__) from error

    def close(self) -> None:
        """Hang up. A connection that is already dead raises nothing."""
        with contextlib.suppress(Exception):
            self._connection.close()


open_session: contextvars.ContextVar[Session | None] = contextvars.ContextVar("open_session", default=None)
"""The session of the transaction that is open here, if one is."""
