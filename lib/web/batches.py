"""Writes together what several requests have to write, in one of the threads: under load one transaction does for many."""

import asyncio
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lib.web.threads import threads

T = TypeVar("T")


@dataclass(frozen=True)
class _Batch(Generic[T]):
    items: list[T]
    written: asyncio.Task[None]


class Batches(Generic[T]):
    """What comes while a batch is being written goes into the next one. All of it is on one loop."""

    def __init__(self, write: Callable[[Sequence[T]], None]) -> None:
        self._write = write
        self._open: _Batch[T] | None = None
        self._written: asyncio.Task[None] | None = None

    async def add(self, item: T) -> None:
        """Wait until the item is written. Raises what writing its batch raises, or Busy."""
        batch = self._open
        if batch is None:
            items: list[T] = []
            before = self._written
            self._written = asyncio.create_task(self._write_after(before, items))
            batch = self._open = _Batch(items, self._written)
        batch.items.append(item)
        # A caller who hangs up takes nothing from the others of the batch.
        await asyncio.shield(batch.written)

    async def _write_after(self, before: asyncio.Task[None] | None, items: list[T]) -> None:
        if before is not None:
            await asyncio.wait([before])
        self._open = None
        await threads().run(functools.partial(self._write, items))
