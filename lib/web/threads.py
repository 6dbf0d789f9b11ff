"""The threads in which handlers run: so many and no more, each request with its own context.

A handler gets its turn on the loop, which lets in as many at a time as there are database connections: threads that
waited for a connection instead would cost system time with every request. Whoever waits for something else than the
database, such as the gateway, steps aside (`lib/turns.py`), so that others get their turn.
"""

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from lib import turns
from lib.config import config
from lib.errors import Busy

T = TypeVar("T")

WAIT_SECONDS = 8.0


class _Job:
    """A piece of work that has its turn, and where its outcome is awaited."""

    def __init__(self, work: Callable[[], Any], all_turns: asyncio.Semaphore) -> None:
        self._work = work
        self._turns: asyncio.Semaphore | None = all_turns
        self._context = contextvars.copy_context()
        self._context.run(turns.begin, self._step_aside)
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Any] = self._loop.create_future()

    def end_turn(self) -> None:
        """Let another one have its turn, once. Called on the loop."""
        if self._turns is not None:
            self._turns.release()
            self._turns = None

    def _step_aside(self) -> None:
        """The same, called in the thread."""
        self._loop.call_soon_threadsafe(self.end_turn)

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
    """At most `size` threads, started when first needed, of which `at_once` have their turn; the others have stepped aside.

    An executor of the standard library takes twice as long.
    """

    def __init__(self, size: int, at_once: int) -> None:
        self._free = asyncio.Semaphore(size)
        self._turns = asyncio.Semaphore(at_once)
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._running = 0
        self._started = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, or raises. Raises Busy where neither its turn nor a thread comes in time."""
        await self._wait_for_turn()
        self._running += 1
        job = _Job(work, self._turns)
        try:
            if self._started < self._running:
                self._started += 1
                # Nobody waits for them at the end: the server has waited for each request by then.
                threading.Thread(target=self._serve, name=f"handler-{self._started}", daemon=True).start()
            self._jobs.put(job)
            result: T = await job.done
            return result
        finally:
            self._running -= 1
            self._free.release()
            job.end_turn()

    async def _wait_for_turn(self) -> None:
        if not (self._turns.locked() or self._free.locked()):
            await self._take_turn()
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._take_turn()
        except TimeoutError:
            raise Busy from None

    async def _take_turn(self) -> None:
        await self._turns.acquire()
        try:
            await self._free.acquire()
        except BaseException:
            self._turns.release()
            raise

    def _serve(self) -> None:
        while True:
            self._jobs.get().run()


@functools.cache
def threads() -> Threads:
    """This instance's threads: THREADS of them, and as many turns as it has database connections."""
    return Threads(config().threads, config().pool_size)
