"""Removes the locks from transactions, for tests that show what goes wrong without them."""

import re
from collections.abc import Callable, Sequence
from threading import Barrier

from lib.db import Row, Transaction

Fetch = Callable[[Transaction, str, dict[str, object]], tuple[Sequence[str], list[Row]]]

_LOCK = re.compile(r"for update( of \w+)?(?! of \w+ skip| skip)")


def fetch_without_lock(meeting: Barrier | None = None, at: str = "") -> Fetch:
    """`Transaction.fetch` without locks. After its first statement with `at` in it, a transaction waits for the others."""
    fetch = Transaction.fetch
    met: set[int] = set()

    def unlocked(self: Transaction, sql: str, values: dict[str, object]) -> tuple[Sequence[str], list[Row]]:
        found = fetch(self, _LOCK.sub("", sql), values)
        if meeting is not None and at in " ".join(sql.split()) and id(self) not in met:
            met.add(id(self))
            meeting.wait(timeout=10)
        return found

    return unlocked
