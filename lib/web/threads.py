"""The threads in which handlers run: so many and no more, each request with its own context."""

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from lib.config import config
from lib.errors import Busy

T = TypeVar("T")

WAIT_SECONDS = 8.0


class _Job:
    """A piece of work, and where its outcome is awaited."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._context = contextvars.copy_context()
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Any] = self._loop.create_future()

    def run(self) -> None:
        """Do the work in the context of who asked for it, and tell them."""
        try:
            result = self._context.run(self._work)
        except StopIteration as error:
            self._loop.call_soon_threadsafe(self._fail, RuntimeError(f"a future can't raise {error!r}"))
        except BaseException as error:  # noqa: BLE001 - it is raised where the work is awaited
            self._loop.call_soon_threadsafe(self._fail, error)
        else:
            self._loop.call_soon_threadsafe(self._finish, result)

    def _finish(self, result: object) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Threads:
    """At most `size` threads, started when first needed. An executor of the standard library takes twice as long."""

    def __init__(self, size: int) -> None:
        self._free = asyncio.Semaphore(size)
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._running = 0
        self._started = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, or raises. Raises Busy where no thread becomes free in time."""
        await self._wait_for_one()
        self._running += 1
        try:
            if self._started < self._running:
                self._started += 1
                # Nobody waits for them at the end: the server has waited for each request by then.
                threading.Thread(target=self._serve, name=f"handler-{self._started}", daemon=True).start()
            job = _Job(work)
            self._jobs.put(job)
            result: T = await job.done
            return result
        finally:
            self._running -= 1
            self._free.release()

    async def _wait_for_one(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise Busy from None

    def _serve(self) -> None:
        while True:
            self._jobs.get().run()


@functools.cache
def threads() -> Threads:
    """This instance's threads, THREADS of them."""
    return Threads(config().threads)
