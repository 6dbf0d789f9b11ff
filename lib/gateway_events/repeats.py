"""Remembers which events came again and told nothing new, so that a storm of repeats costs the gateway no further looks.

The gateway allows about 50 calls a minute, and whoever has seen one signed event can send it as often as they like.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.gateway_events import records
from lib.outcomes import Outcome

REMEMBERED_SECONDS = 10.0
_MOST_REMEMBERED = 1_000


@dataclass(frozen=True)
class Known:
    """An event of the webhook log, and what a look at the gateway just said about its payment."""

    event_id: UUID
    outcome: Outcome


_lock = threading.Lock()
_remembered: OrderedDict[str, tuple[float, Known]] = OrderedDict()


def remember(digest: str, known: Known) -> None:
    """Keep the outcome of an event that told nothing new of a settled payment or one in review, by the event's digest."""
    with _lock:
        _remembered[digest] = time.monotonic() + REMEMBERED_SECONDS, known
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)


def recall(digest: str) -> Known | None:
    """The same event and its outcome, if a look at the gateway said it within the last REMEMBERED_SECONDS."""
    until, known = _remembered.get(digest, (0.0, None))
    return known if time.monotonic() < until else None


@db.in_transaction
def store_repeats(tx: Transaction, repeats: Sequence[Known]) -> None:
    """Insert events that came again into the webhook log, each with the outcome of the one that it repeats."""
    records.insert_repeats(tx, [known.event_id for known in repeats])
