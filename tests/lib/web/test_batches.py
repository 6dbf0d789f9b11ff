"""Writes that are put together: each caller waits for its own, and one that fails or hangs up takes nothing from others."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from lib.web import batches
from lib.web.batches import Batches
from lib.web.threads import Threads


@pytest.fixture(autouse=True)
def own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(4, 4)
    monkeypatch.setattr(batches, "threads", lambda: threads)


class Written:
    """What was written, batch by batch. The first batch waits until it is let go."""

    def __init__(self, *, fails: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.let_go = threading.Event()
        self._fails = fails

    def __call__(self, items: Sequence[int]) -> None:
        self.let_go.wait(10)
        self.batches.append(list(items))
        if len(self.batches) - 1 == self._fails:
            raise RuntimeError("the database is gone")


async def first_then_others(written: Written, *, hangs_up: bool = False) -> list[object]:
    """One item, and while it is being written three others; the outcome of each."""
    together = Batches(written)
    callers = [asyncio.ensure_future(together.add(0))]
    await asyncio.sleep(0.05)
    callers += [asyncio.ensure_future(together.add(number)) for number in (1, 2, 3)]
    await asyncio.sleep(0.05)
    if hangs_up:
        callers[1].cancel()
    written.let_go.set()
    return await asyncio.gather(*callers, return_exceptions=True)


def test_what_comes_while_one_is_written_is_written_together() -> None:
    written = Written()
    assert asyncio.run(first_then_others(written)) == [None] * 4
    assert written.batches == [[0], [1, 2, 3]]


def test_nobody_is_answered_before_their_item_is_written() -> None:
    written = Written()

    async def still_waiting() -> bool:
        caller = asyncio.ensure_future(Batches(written).add(0))
        await asyncio.sleep(0.05)
        is_waiting = not caller.done()
        written.let_go.set()
        await caller
        return is_waiting

    assert asyncio.run(still_waiting())


def test_a_batch_that_fails_is_told_to_all_of_its_callers_and_to_no_others() -> None:
    written = Written(fails=0)
    first, *others = asyncio.run(first_then_others(written))
    assert isinstance(first, RuntimeError)
    assert others == [None] * 3
    written = Written(fails=1)
    first, *others = asyncio.run(first_then_others(written))
    assert first is None
    assert [type(outcome) for outcome in others] == [RuntimeError] * 3


def test_who_hangs_up_takes_nothing_from_the_others() -> None:
    written = Written()
    outcomes = asyncio.run(first_then_others(written, hangs_up=True))
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert outcomes[2:] == [None, None]
    assert written.batches == [[0], [1, 2, 3]]
