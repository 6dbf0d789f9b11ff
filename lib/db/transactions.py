"""Transactions: rolled back unless the work returns, run again when the database says that this helps."""

import functools
import random
import re
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from pg8000.exceptions import DatabaseError

from lib import logs
from lib.db.pool import pool
from lib.db.session import ConnectionLost, Row, Session, open_session, sqlstate
from lib.errors import Busy, OutcomeUnknown, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

log = logs.get(__name__)

ATTEMPTS = 5
_SERIALIZATION_FAILURE, _DEADLOCK, _UNIQUE_VIOLATION = "40001", "40P01", "23505"
_TIMED_OUT = ("57014", "55P03")


class UniqueViolation(Exception):  # noqa: N818 - the server's own name for it
    """A row with this key exists already; `constraint` is the name of the rule."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Transaction:
    """An open transaction. What is run in it stands once the work that was given it has returned."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, sql: str, **values: object) -> list[Row]:
        """The rows of one statement. Raises UniqueViolation where a key is taken."""
        try:
            return self._session.run(sql, **values)
        except DatabaseError as error:
            if sqlstate(error) == _UNIQUE_VIOLATION:
                raise UniqueViolation(error.args[0].get("n", "")) from error
            raise

    def row(self, sql: str, **values: object) -> Row | None:
        """The first row of a statement, or None."""
        rows = self.run(sql, **values)
        return rows[0] if rows else None

    def value(self, sql: str, **values: object) -> object:
        """The first column of the first row. Raises LookupError where there is none."""
        row = self.row(sql, **values)
        if row is None:
            raise LookupError(re.sub(r"\s+", " ", sql)[:80])
        return row[0]

    def json(self, sql: str, **values: object) -> bytes:
        """The JSON that a statement builds in its only column (cast to text). Raises LookupError where it has no row."""
        return str(self.value(sql, **values)).encode()


def in_transaction(work: Callable[Concatenate[Transaction, P], T]) -> Callable[P, T]:
    """Give `work` a transaction, which is committed when it returns. It may run more than once: no calls outside in it.

    Raises Busy when locks do not clear or deadlocks repeat, OutcomeUnknown when the commit's answer was lost.
    """

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        joined = open_session.get()
        if joined is not None:
            return work(Transaction(joined), *args, **kwargs)
        return _with_retries(lambda transaction: work(transaction, *args, **kwargs))

    return run


def transaction_is_open() -> bool:
    """Whether a transaction is open here: a call to the gateway must not be made then."""
    return open_session.get() is not None


def _with_retries(work: Callable[[Transaction], T]) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(work)
        except ConnectionLost as lost:
            log.warning("a transaction's connection died before its commit", cause=str(lost), attempt=attempt)
        except DatabaseError as error:
            state = sqlstate(error)
            if state in _TIMED_OUT:
                log.warning("a transaction waited too long", sqlstate=state)
                raise Busy from error
            if state not in (_SERIALIZATION_FAILURE, _DEADLOCK):
                raise
            log.warning("a transaction is run again", sqlstate=state, attempt=attempt)
        time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter is no secret
    raise Unavailable("The database is not stable right now; nothing was changed, try again")


def _once(work: Callable[[Transaction], T]) -> T:
    with pool().lend() as session:
        session.command("begin")
        transaction = Transaction(session)
        token = open_session.set(session)
        try:
            result = work(transaction)
        except ConnectionLost:
            raise
        except BaseException:
            session.command("rollback")
            raise
        finally:
            open_session.reset(token)
        try:
            session.command("commit")
        except ConnectionLost as lost:
            log.exception("the answer to a commit was lost")
            raise OutcomeUnknown from lost
        return result
