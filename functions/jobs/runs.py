"""One run of a job: it processes one row after another until no row is left or its time is over."""

import collections
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lib import db, logs
from lib.errors import Problem
from lib.outcomes import Outcome

log = logs.get(__name__)

# No new row is begun after this. The last one may still call the gateway, and the whole run must end within a minute.
RUN_SECONDS = 45.0
# After so many deferred rows in a row the gateway is not asked again before the next run: it may be down, or answer 429.
MOST_DEFERRED_IN_A_ROW = 3
# So many rows are changed in one transaction. Their customers' wallets are locked until it ends, which takes a moment.
ROWS_IN_A_SET = 200


class Run:
    """Counts what one run has done, by outcome, and says when it has to stop. `began` is the database's time.

    `unanswered_calls`: how many calls to the gateway got no answer.
    """

    def __init__(self) -> None:
        self.began = db.read.value(datetime, "select clock_timestamp()")
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.unanswered_calls = 0
        self._ends = time.monotonic() + RUN_SECONDS
        self._deferred_in_a_row = 0

    def is_over(self) -> bool:
        """Whether the time is up, or too many rows in a row were deferred."""
        return time.monotonic() >= self._ends or self._deferred_in_a_row >= MOST_DEFERRED_IN_A_ROW

    def process_claimed(
        self, claim: Callable[[], UUID | None], process: Callable[[UUID], Outcome], most: int | None = None
    ) -> None:
        """Claim a row and process it, then the next one, until none is left, `most` are done, or the run is over."""
        for _ in range(most) if most is not None else itertools.count():
            if self.is_over() or (row_id := claim()) is None:
                return
            status = self._process(row_id, process)
            self._deferred_in_a_row = self._deferred_in_a_row + 1 if status == "deferred" else 0

    def process_sets(self, row_ids: Sequence[UUID], process: Callable[[Sequence[UUID]], Mapping[str, int]]) -> None:
        """Process these rows in sets, each in one transaction, until the run is over. `process`: how many had which outcome.

        A set that fails is halved until the row is found that fails; the others are processed.
        """
        for start in range(0, len(row_ids), ROWS_IN_A_SET):
            if self.is_over():
                return
            self._process_set(row_ids[start : start + ROWS_IN_A_SET], process)

    def summary(self, left: int) -> dict[str, object]:
        """The job's response; `left`: how many rows that are due are left for the next run."""
        return {"done": self.outcomes.total(), "left": left, "outcomes": dict(self.outcomes)}

    def _process(self, row_id: UUID, process: Callable[[UUID], Outcome]) -> str:
        """Process one row and return its outcome; a failure is logged and counted, and the run goes on."""
        try:
            outcome = process(row_id)
        except Problem as problem:
            log.warning("a job's row was put off", reason=problem.detail, row_id=str(row_id))
            status = "deferred"
        except Exception:
            # One bad row must not keep the others from being settled.
            log.exception("a job's row failed", row_id=str(row_id))
            status = "failed"
        else:
            status = outcome.status
            self.unanswered_calls += outcome.gateway_was_silent
        self.outcomes[status] += 1
        return status

    def _process_set(self, row_ids: Sequence[UUID], process: Callable[[Sequence[UUID]], Mapping[str, int]]) -> None:
        try:
            self.outcomes.update({status: number for status, number in process(row_ids).items() if number})
        except Exception:
            if len(row_ids) == 1:
                log.exception("a job's row failed", row_id=str(row_ids[0]))
                self.outcomes["failed"] += 1
                return
            half = len(row_ids) // 2
            for part in (row_ids[:half], row_ids[half:]):
                # A database that is gone fails every part, and a run has to end.
                if not self.is_over():
                    self._process_set(part, process)
