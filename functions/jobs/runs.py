"""One run of a job: it claims a row, works on it, and goes on so until its time is over."""

import collections
import itertools
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from lib import db, logs
from lib.errors import Problem
from lib.payments.settlement import Done

if TYPE_CHECKING:
    from datetime import datetime

log = logs.get(__name__)

# A run ends within a minute: the last row begun within this has its gateway call to come.
RUN_SECONDS = 45.0
# A gateway that told nothing so often in a row, or answers 429, is let alone until the next run.
MOST_PUT_OFF = 3


class Run:
    """What one run has done, by outcome, and whether it may go on. `began` is the database's time.

    `silences`: how often it asked the gateway in vain.
    """

    def __init__(self) -> None:
        self.began: datetime = db.read("select clock_timestamp()")[0][0]
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.silences = 0
        self._ends = time.monotonic() + RUN_SECONDS
        self._put_off_in_a_row = 0

    def is_over(self) -> bool:
        """Whether the time is up, or the gateway tells nothing."""
        return time.monotonic() >= self._ends or self._put_off_in_a_row >= MOST_PUT_OFF

    def work_off(self, claim: Callable[[], UUID | None], work: Callable[[UUID], Done], most: int | None = None) -> None:
        """Claim row after row and work on each, until none is left, `most` are done, or the run is over."""
        for _ in range(most) if most is not None else itertools.count():
            if self.is_over() or (row_id := claim()) is None:
                return
            outcome = self._work_on(row_id, work)
            self._put_off_in_a_row = self._put_off_in_a_row + 1 if outcome == "deferred" else 0

    def walk(self, row_ids: Iterable[UUID], work: Callable[[UUID], Done]) -> None:
        """Work on each of these rows until the time is over; one that fails keeps none of the others waiting."""
        for row_id in row_ids:
            if self.is_over():
                return
            self._work_on(row_id, work)

    def answer(self, left: int) -> dict[str, object]:
        """What the job says at its end."""
        return {"done": self.outcomes.total(), "left": left, "outcomes": dict(self.outcomes)}

    def _work_on(self, row_id: UUID, work: Callable[[UUID], Done]) -> str:
        """The outcome of one row's work; one that fails is logged, and stops none of the others."""
        try:
            done = work(row_id)
        except Problem as problem:
            log.warning("a job's row was put off", reason=problem.detail, row_id=str(row_id))
            outcome = "deferred"
        except Exception:
            # One bad row must not keep the others from being settled.
            log.exception("a job's row failed", row_id=str(row_id))
            outcome = "failed"
        else:
            outcome = done.outcome
            self.silences += done.gateway_was_silent
        self.outcomes[outcome] += 1
        return outcome
