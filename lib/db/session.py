"""One connection to the database, with the statements that it has prepared."""

import contextlib
import contextvars
from collections.abc import Iterator, Sequence
from typing import Any

from pg8000 import dbapi
from pg8000.converters import make_params
from pg8000.core import SYNC_MSG, Context
from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import PreparedStatement, identifier

Row = list[Any]

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_SERVER_GONE = ("08", "57P", "25P03")
# A plan from before a migration, or a statement that was prepared on another connection of a proxy.
_STALE_STATEMENT = ("0A000", "26000")
TIMED_OUT = ("57014", "55P03")


class ConnectionLost(Exception):  # noqa: N818 - the name says what happened
    """The connection can't be used any more. The server rolls back what was open in it."""


def sqlstate(error: DatabaseError) -> str:
    """The five-character SQLSTATE of a server's error, or "" where there is none."""
    fields = error.args[0] if error.args else None
    return str(fields.get("C", "")) if isinstance(fields, dict) else ""


class Session:
    """A server session that prepares each statement once and keeps it. `is_lost`: it can't be used any more.

    What nobody waits for is written together with what comes next, so that it costs no trip to the server of its own.
    """

    def __init__(self, connection: dbapi.Connection) -> None:
        self._connection = connection
        # pg8000 has no call that writes a statement without waiting for its answer.
        self._wire = connection._sock  # noqa: SLF001
        self._unread: list[Context] = []
        self._prepared: dict[str, PreparedStatement] = {}
        self._is_to_begin = False
        self.is_lost = False
        self._role: str | None = None

    def run(self, sql: str, /, **values: object) -> list[Row]:
        """The rows of one statement. Raises DatabaseError for what the server refuses, ConnectionLost otherwise.

        What was sent before it may be what is refused.
        """
        self._write(sql, values)
        with self._lost_or_refused():
            return self._read().rows or []

    def send(self, sql: str, /, **values: object) -> None:
        """Run a statement without rows within a transaction. If it is refused, the next one, or the commit, raises it.

        The first of a transaction is waited for, so that a dead connection is noticed while nothing can be lost.
        """
        if self._is_to_begin:
            self.run(sql, **values)
        else:
            self._write(sql, values)

    def _write(self, sql: str, values: dict[str, object]) -> None:
        statement = self._statement(sql)
        # This is outside the `with`: a value that the caller forgot raises here, and the connection is still good.
        parameters = make_params(self._connection.py_types, statement.make_vals(values))
        with self._lost_or_refused():
            if self._is_to_begin:
                self._is_to_begin = False
                self._write_command("begin")
            self._connection.send_BIND(statement.name_bin, parameters)
            self._connection.send_EXECUTE()
            self._wire.write(SYNC_MSG)
            self._unread.append(Context(statement.statement, columns=statement.cols, input_funcs=statement.input_funcs))

    def _statement(self, sql: str) -> PreparedStatement:
        if sql not in self._prepared:
            with self._lost_or_refused():
                if self._unread:
                    self._read()
                self._prepared[sql] = PreparedStatement(self._connection, sql)
        return self._prepared[sql]

    def _write_command(self, sql: str) -> None:
        self._connection.send_QUERY(sql)
        self._unread.append(Context(sql))

    def _read(self) -> Context:
        """The last answer, once all have been read. Raises the first error among them: it is the cause of the others."""
        self._wire.flush()
        unread, self._unread = self._unread, []
        first: Exception | None = None
        for context in unread:
            try:
                self._connection.handle_messages(context)
            except (DatabaseError, InterfaceError) as error:
                first = first or error
        if first is not None:
            raise first
        return unread[-1]

    def names(self, sql: str) -> Sequence[str]:
        """The names of the columns of a statement that was run here."""
        return [column["name"] for column in self._prepared[sql].cols or ()]

    def act_as(self, role: str | None) -> None:
        """Have the privileges of a role, or with None those of the user that logged in. Raises what `run` raises."""
        if role != self._role:
            self.command("reset role" if role is None else f"set role {identifier(role)}")
            self._role = role

    def command(self, sql: str) -> None:
        """Run a transaction command such as `commit`. Raises what `run` raises.

        `begin` goes with the first statement; a transaction without any costs no trip at all.
        """
        if sql == "begin" or self._is_to_begin:
            self._is_to_begin = sql == "begin"
            return
        with self._lost_or_refused():
            self._write_command(sql)
            self._read()

    @contextlib.contextmanager
    def _lost_or_refused(self) -> Iterator[None]:
        """Raise ConnectionLost for every error but those with which the server refuses a statement."""
        try:
            yield
        except DatabaseError as error:
            if sqlstate(error).startswith(_SERVER_GONE) or sqlstate(error) in _STALE_STATEMENT:
                self.is_lost = True
                raise ConnectionLost(sqlstate(error)) from error
            raise
        except Exception as error:
            # For a dead socket the driver raises InterfaceError, OSError, struct.error or AttributeError.
            self.is_lost = True
            raise ConnectionLost(type(error).__name__) from error

    def close(self) -> None:
        """Close the connection. One that is already dead raises nothing."""
        with contextlib.suppress(Exception):
            self._connection.close()


open_session: contextvars.ContextVar[Session | None] = contextvars.ContextVar("open_session", default=None)
"""The session of the transaction that is open here, if one is."""

acting_role: contextvars.ContextVar[str | None] = contextvars.ContextVar("acting_role", default=None)
"""The role whose privileges statements have here. In the cloud none: there each function logs in as a user of its own."""
