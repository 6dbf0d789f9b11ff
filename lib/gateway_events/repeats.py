"""Remembers which events came again and told nothing new, so that a storm of repeats costs the gateway no further looks.

The gateway allows about 50 calls a minute, and whoever has seen one signed event can send it as often as they like.
"""

import threading
import time
from collections import OrderedDict

from lib.outcomes import Outcome

REMEMBERED_SECONDS = 10.0
_MOST_REMEMBERED = 1_000

_lock = threading.Lock()
_remembered: OrderedDict[str, tuple[float, Outcome]] = OrderedDict()


def remember(digest: str, outcome: Outcome) -> None:
    """Keep what a look at the gateway just said about a settled payment, by the digest of the event that started it."""
    with _lock:
        _remembered[digest] = time.monotonic() + REMEMBERED_SECONDS, outcome
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)


def recall(digest: str) -> Outcome | None:
    """The outcome of the same event, if a look at the gateway said it within the last REMEMBERED_SECONDS."""
    until, outcome = _remembered.get(digest, (0.0, None))
    return outcome if time.monotonic() < until else None
