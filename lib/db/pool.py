"""The pool of one instance. It lends a session to one caller at a time, and replaces dead sessions.

If the session of a statement that changes nothing is dead, the statement is run again on a new one.
"""

import contextlib
import functools
import threading
import time
from collections.abc import Iterator, Sequence

from pg8000.exceptions import DatabaseError

from lib import logs
from lib.config import config
from lib.db.connect import open_connection
from lib.db.session import TIMED_OUT, ConnectionLost, Row, Session, acting_role, open_session, sqlstate
from lib.db.statements import Statements
from lib.errors import Busy, Unavailable

log = logs.get(__name__)

WAIT_SECONDS = 8.0
# The network between an instance and its database drops a connection that is silent for some ten minutes, and a statement
# on such a connection would wait for SOCKET_SECONDS before it fails.
IDLE_SECONDS = 300.0


class Pool:
    """At most `size` sessions. They are opened when first needed, and the one that was used last is lent first."""

    def __init__(self, size: int) -> None:
        self._free = threading.Semaphore(size)
        self._idle: list[tuple[float, Session]] = []

    @contextlib.contextmanager
    def lend(self) -> Iterator[Session]:
        """A session for one piece of work. If it dies in this time, it is thrown away. Raises Busy or Unavailable."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            log.error("no database connection became free", waited_seconds=WAIT_SECONDS)
            raise Busy
        try:
            session = self._fresh_one() or _open()
            try:
                session.act_as(acting_role.get())
                yield session
            finally:
                self._take_back(session)
        finally:
            self._free.release()

    def _take_back(self, session: Session) -> None:
        if not session.is_lost:
            self._idle.append((time.monotonic(), session))
            return
        session.close()
        # If the server went away, all of its sessions are dead, so none of them is tried again.
        self._close_idle()

    def _fresh_one(self) -> Session | None:
        if (idle := self._idle_one()) is None:
            return None
        since, session = idle
        if time.monotonic() - since < IDLE_SECONDS:
            return session
        # It was used last, so all others have been idle even longer.
        session.close()
        self._close_idle()
        return None

    def _idle_one(self) -> tuple[float, Session] | None:
        try:
            return self._idle.pop()
        except IndexError:  # not `if self._idle`, because another thread may take the session in between
            return None

    def _close_idle(self) -> None:
        while idle := self._idle_one():
            idle[1].close()


def _open() -> Session:
    try:
        return Session(open_connection())
    except Exception as error:
        log.exception("the database can't be reached")
        raise Unavailable("The database can't be reached right now, try again") from error


@functools.cache
def pool() -> Pool:
    """This instance's pool, of DB_POOL_SIZE connections."""
    return Pool(config().pool_size)


class Reads(Statements):
    """Statements that change nothing, each on a session of the pool.

    In an open transaction they run in that transaction. Raises Busy or Unavailable when the database can't answer.
    """

    def fetch(self, sql: str, values: dict[str, object]) -> tuple[Sequence[str], list[Row]]:
        """The rows of one statement. If the connection is dead, it is run once more on another one."""
        joined = open_session.get()
        if joined is not None:
            return _fetched(joined, sql, values)
        try:
            try:
                with pool().lend() as session:
                    return _fetched(session, sql, values)
            except ConnectionLost as lost:
                log.warning("a database connection was found dead and is replaced", cause=str(lost))
                with pool().lend() as session:
                    return _fetched(session, sql, values)
        except ConnectionLost as lost:
            raise Unavailable("The database can't be reached right now, try again") from lost
        except DatabaseError as error:
            if sqlstate(error) in TIMED_OUT:
                raise Busy from error
            raise


def _fetched(session: Session, sql: str, values: dict[str, object]) -> tuple[Sequence[str], list[Row]]:
    rows = session.run(sql, **values)
    return session.names(sql), rows


read = Reads()
