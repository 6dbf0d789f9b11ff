"""A database session whose work is never committed, so that a test leaves no rows for others."""

import contextlib
from collections.abc import Iterator

from lib.db.connect import open_connection
from lib.db.session import Session

_WITHIN = {
    "begin": "savepoint work",
    # Deferred constraints are checked where the commit would be.
    "commit": "set constraints all immediate; set constraints all deferred; release savepoint work",
    "rollback": "rollback to savepoint work; release savepoint work",
}


class UndoneSession(Session):
    """A session whose transactions are parts of one transaction, which is rolled back at the end."""

    def command(self, sql: str) -> None:
        super().command(_WITHIN[sql])


class OneSessionPool:
    """Lends its one session to one caller after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @contextlib.contextmanager
    def lend(self) -> Iterator[Session]:
        yield self._session


@contextlib.contextmanager
def undone_session() -> Iterator[UndoneSession]:
    """A session inside a transaction that is rolled back at the end."""
    session = UndoneSession(open_connection())
    Session.command(session, "begin")
    # It goes with the first statement.
    session.run("select 1")
    try:
        yield session
    finally:
        session.close()
