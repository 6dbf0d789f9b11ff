"""One run of a job: it processes one row after another until no row is left or its time is over."""

import collections
import functools
import itertools
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from lib import db, logs
from lib.errors import Problem
from lib.outcomes import Outcome
from lib.payments import gateway

log = logs.get(__name__)

# No new row is begun after this. The last one may still call the gateway, and the whole run must end within a minute.
RUN_SECONDS = 45.0
# So many rows are changed in one transaction. Their customers' wallets are locked until it ends, which takes a moment.
ROWS_IN_A_SET = 200
# After so many rows in a row for which the gateway was silent (no answer, 5xx, 429), it is asked something else. If it is
# silent then too, the run ends. An answer that can't be read is one row's alone, and ends nothing.
MOST_SILENT_IN_A_ROW = 3
_PROBE_SECONDS = 5.0


class Run:
    """Counts what one run has done, by outcome, and says when it has to stop. `began` is the database's time.

    `unanswered_calls`: how many calls to the gateway got no answer.
    """

    def __init__(self) -> None:
        self.began = db.read.value(datetime, "select clock_timestamp()")
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.unanswered_calls = 0
        self._ends = time.monotonic() + RUN_SECONDS
        self._silent_in_a_row = 0
        self._is_gateway_silent = False
        # What to do about each row for which the gateway was silent, once it turns out that it answers others.
        self._unjudged: list[Callable[[], object]] = []

    def is_over(self) -> bool:
        """Whether the time is up, or the gateway is silent."""
        if self._silent_in_a_row >= MOST_SILENT_IN_A_ROW:
            self._judge_silence()
        return time.monotonic() >= self._ends or self._is_gateway_silent

    def process_claimed(
        self,
        claim: Callable[[], UUID | None],
        process: Callable[[UUID], Outcome],
        most: int | None = None,
        *,
        put_off: Callable[[UUID, Outcome], object] | None = None,
    ) -> None:
        """Claim a row and process it, then the next one, until none is left, `most` are done, or the run is over.

        `put_off`: what to do about a row for which alone the gateway is silent.
        """
        for _ in range(most) if most is not None else itertools.count():
            if self.is_over() or (row_id := claim()) is None:
                break
            outcome = self._process(row_id, process)
            if put_off is not None and outcome is not None and outcome.gateway_was_silent:
                self._unjudged.append(functools.partial(put_off, row_id, outcome))
        self._judge_silence()

    def process_each(self, row_ids: Iterable[UUID], process: Callable[[UUID], Outcome]) -> None:
        """Process each of these rows until the run is over. A row that fails does not stop the others."""
        for row_id in row_ids:
            if self.is_over():
                return
            self._process(row_id, process)

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

    def _judge_silence(self) -> None:
        """Find out whether the gateway is silent as such, or about single rows alone: those are put off as odd ones."""
        if self._is_gateway_silent or not (self._unjudged or self._silent_in_a_row >= MOST_SILENT_IN_A_ROW):
            return
        self._is_gateway_silent = gateway.is_silent(_PROBE_SECONDS)
        self._silent_in_a_row = 0
        unjudged, self._unjudged = self._unjudged, []
        if not self._is_gateway_silent:
            for put_off in unjudged:
                put_off()

    def _process(self, row_id: UUID, process: Callable[[UUID], Outcome]) -> Outcome | None:
        """Process one row; a failure is logged and counted, and the run goes on. None if it failed."""
        outcome = None
        was_silent = False
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
            was_silent = outcome.gateway_was_silent
        self.unanswered_calls += was_silent
        self._silent_in_a_row = self._silent_in_a_row + 1 if was_silent else 0
        self.outcomes[status] += 1
        return outcome

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
