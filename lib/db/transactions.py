"""Transactions: committed when the work returns, rolled back when it raises, run again after a deadlock or the like."""

import functools
import random
import time
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from pg8000.exceptions import DatabaseError

from lib import logs
from lib.db.pool import pool
from lib.db.session import TIMED_OUT, ConnectionLost, Row, Session, open_session, sqlstate
from lib.db.statements import Statements
from lib.errors import Busy, OutcomeUnknown, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

log = logs.get(__name__)

ATTEMPTS = 5
_SERIALIZATION_FAILURE, _DEADLOCK = "40001", "40P01"
_UNIQUE_VIOLATION, _OUT_OF_RANGE = "23505", "22003"


class UniqueViolation(Exception):  # noqa: N818 - PostgreSQL calls it so
    """A row with this key exists already. `constraint` is the name of the unique constraint."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class OutOfRange(Exception):  # noqa: N818 - PostgreSQL calls it so
    """A number is larger than its column holds."""


class Transaction(Statements):
    """An open transaction. It is committed once its work has returned."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fetch(self, sql: str, values: dict[str, object]) -> tuple[Sequence[str], list[Row]]:
        """The rows of one statement. Raises UniqueViolation where a key exists, OutOfRange for too large a number."""
        try:
            rows = self._session.run(sql, **values)
        except DatabaseError as error:
            if sqlstate(error) == _UNIQUE_VIOLATION:
                raise UniqueViolation(error.args[0].get("n", "")) from error
            if sqlstate(error) == _OUT_OF_RANGE:
                raise OutOfRange(error.args[0].get("M", "")) from error
            raise
        return self._session.names(sql), rows

    def send(self, sql: str, /, **values: object) -> None:
        """Run a statement whose outcome nobody waits for. If it is refused, what comes next, or the commit, raises it."""
        self._session.send(sql, **values)


def in_transaction(work: Callable[Concatenate[Transaction, P], T]) -> Callable[P, T]:
    """Run `work` in a transaction, which is committed when it returns. It may run more than once: no calls outside in it.

    Raises Busy when it waits too long for a lock, Unavailable when all attempts fail, OutcomeUnknown when it is not known
    whether the commit was made.
    """

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        joined = open_session.get()
        if joined is not None:
            return work(Transaction(joined), *args, **kwargs)
        return _with_retries(lambda transaction: work(transaction, *args, **kwargs))

    return run


def transaction_is_open() -> bool:
    """Whether a transaction is open in this thread. The gateway must not be called then."""
    return open_session.get() is not None


def _with_retries(work: Callable[[Transaction], T]) -> T:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(work)
        except ConnectionLost as lost:
            log.warning("a transaction's connection died before its commit", cause=str(lost), attempt=attempt)
        except DatabaseError as error:
            state = sqlstate(error)
            if state in TIMED_OUT:
                log.warning("a transaction waited too long", sqlstate=state)
                raise Busy from error
            if state not in (_SERIALIZATION_FAILURE, _DEADLOCK):
                raise
            log.warning("a transaction is run again", sqlstate=state, attempt=attempt)
        time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter needs no secure random numbers
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
