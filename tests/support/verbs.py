"""The verbs of a `records.py`: each starts from its own states, refuses all others, and gives the fresh row."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import pytest

from lib import db
from lib.db import Transaction


class HasStatus(Protocol):
    """A row that stands in one of its states."""

    @property
    def status(self) -> str:
        """Which one."""


Row = TypeVar("Row", bound=HasStatus)


@dataclass(frozen=True)
class Verb(Generic[Row]):
    """What is done to a row, the states that it starts from, and the one that it leads to; None: more than one."""

    do: Callable[[Transaction, Row], Row]
    starts_from: AbstractSet[str]
    leads_to: str | None = None


@db.in_transaction
def try_verb(tx: Transaction, verb: Verb[Row], row: Row, read_again: Callable[[], Row]) -> None:
    """Do it to a row as it stands, and see that it is refused where it does not start from there."""
    if row.status in verb.starts_from:
        moved = verb.do(tx, row)
        assert moved == read_again()
        assert verb.leads_to in (None, moved.status)
    else:
        with pytest.raises(LookupError):
            verb.do(tx, row)
        assert read_again() == row
