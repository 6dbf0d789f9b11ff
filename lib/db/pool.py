"""The pool of one instance: sessions are lent to one caller at a time, dead ones are replaced.

A statement that changes nothing is simply run again on a new session when its session turns out to be dead.
"""

import contextlib
import functools
import threading
import time
from collections.abc import Iterator

from pg8000.exceptions import DatabaseError

from lib import logs
from lib.config import config
from lib.db.connect import open_connection
from lib.db.session import ConnectionLost, Row, Session, open_session, sqlstate
from lib.errors import Busy, Unavailable

log = logs.get(__name__)

WAIT_SECONDS = 8.0
# What lies between an instance and its database forgets a connection that says nothing for some ten minutes, and a
# statement on it would wait for SOCKET_SECONDS to hear of it.
IDLE_SECONDS = 300.0
_TIMED_OUT = ("57014", "55P03")


class Pool:
    """At most `size` sessions, opened when first needed, the one used last lent first."""

    def __init__(self, size: int) -> None:
        self._free = threading.Semaphore(size)
        self._idle: list[tuple[float, Session]] = []

    @contextlib.contextmanager
    def lend(self) -> Iterator[Session]:
        """A session for one piece of work; one that dies meanwhile is thrown away. Raises Busy or Unavailable."""
        if not self._free.acquire(timeout=WAIT_SECONDS):
            log.error("no database connection became free", waited_seconds=WAIT_SECONDS)
            raise Busy
        try:
            session = self._fresh_one() or _open()
            try:
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
        # Sessions of a server that went away die together: none of them is worth another try.
        self._close_idle()

    def _fresh_one(self) -> Session | None:
        if (idle := self._idle_one()) is None:
            return None
        since, session = idle
        if time.monotonic() - since < IDLE_SECONDS:
            return session
        # It was used last, so the others are older still.
        session.close()
        self._close_idle()
        return None

    def _idle_one(self) -> tuple[float, Session] | None:
        try:
            return self._idle.pop()
        except IndexError:  # asking first whether there is one would race with the other threads
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


def read(sql: str, **values: object) -> list[Row]:
    """The rows of one statement that changes nothing, seen from within the transaction that is open here, if one is.

    Raises Busy or Unavailable when the database can't answer.
    """
    joined = open_session.get()
    if joined is not None:
        return joined.run(sql, **values)
    try:
        try:
            with pool().lend() as session:
                return session.run(sql, **values)
        except ConnectionLost as lost:
            log.warning("a database connection was found dead and is replaced", cause=str(lost))
            with pool().lend() as session:
                return session.run(sql, **values)
    except ConnectionLost as lost:
        raise Unavailable("The database can't be reached right now, try again") from lost
    except DatabaseError as error:
        if sqlstate(error) in _TIMED_OUT:
            raise Busy from error
        raise


def read_json(sql: str, **values: object) -> bytes | None:
    """The JSON that a statement builds in its only column (cast to text), or None where it finds no row."""
    rows = read(sql, **values)
    return rows[0][0].encode() if rows and rows[0][0] is not None else None
