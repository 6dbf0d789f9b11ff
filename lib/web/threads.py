"""The threads in which handlers run: so many and no more, each request with its own context.

A handler gets its turn on the loop, which lets in as many at a time as there are database connections: threads that
waited for a connection instead would cost system time with every request. Whoever waits for something else than the
database, such as the gateway, steps aside (`lib/turns.py`), so that others get their turn.
"""

import asyncio
import contextvars
import functools
import threading
from collections import deque
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

    def __init__(self, work: Callable[[], Any], end_turn: Callable[[], None]) -> None:
        self._work = work
        self._end_turn = end_turn
        self._has_turn = True
        self._context = contextvars.copy_context()
        self._context.run(turns.begin, self._step_aside)
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[Any] = self._loop.create_future()

    def end_turn(self) -> None:
        """Let another one have its turn, once. Called on the loop."""
        if self._has_turn:
            self._has_turn = False
            self._end_turn()

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
        finally:
            # It knows this job, by `_step_aside`: together they would keep the answer until the garbage collector comes.
            del self._context

    def _finish(self, result: object) -> None:
        if not self.done.done():
            self.done.set_result(result)

    def _fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _Line:
    """Those who wait for a turn and a thread, in the order in which they came.

    asyncio's semaphores and time limits would cost each who waits a timer and two callbacks.
    """

    def __init__(self, size: int, at_once: int) -> None:
        self._free_threads, self._free_turns = size, at_once
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    async def take_turn(self) -> None:
        """Wait for a turn and a thread, and take both. Raises Busy where they don't come in time."""
        if self._has_room and not self._waiting:
            self._take()
            return
        loop = asyncio.get_running_loop()
        admitted = loop.create_future()
        self._waiting.append((loop.time() + WAIT_SECONDS, admitted))
        if self._alarm is None:
            self._alarm = loop.call_later(WAIT_SECONDS, self._send_away)
        try:
            await admitted
        except asyncio.CancelledError:
            if not admitted.cancelled():
                self.end_turn()
                self.free_thread()
            raise

    def end_turn(self) -> None:
        """Give a turn back."""
        self._free_turns += 1
        self._let_in()

    def free_thread(self) -> None:
        """Give a thread back."""
        self._free_threads += 1
        self._let_in()

    @property
    def _has_room(self) -> bool:
        return self._free_turns > 0 and self._free_threads > 0

    def _take(self) -> None:
        self._free_turns -= 1
        self._free_threads -= 1

    def _let_in(self) -> None:
        while self._waiting and self._has_room:
            _, admitted = self._waiting.popleft()
            # It is done where whoever waited was cancelled.
            if not admitted.done():
                self._take()
                admitted.set_result(None)

    def _send_away(self) -> None:
        """Refuse those who waited too long, and look again when the next one will have."""
        loop = asyncio.get_running_loop()
        while self._waiting and self._waiting[0][0] <= loop.time():
            _, admitted = self._waiting.popleft()
            if not admitted.done():
                admitted.set_exception(Busy())
        self._alarm = loop.call_at(self._waiting[0][0], self._send_away) if self._waiting else None


class Threads:
    """At most `size` threads, started when first needed, of which `at_once` have their turn; the others have stepped aside.

    An executor of the standard library takes twice as long.
    """

    def __init__(self, size: int, at_once: int) -> None:
        self._line = _Line(size, at_once)
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._running = 0
        self._started = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, or raises. Raises Busy where neither its turn nor a thread comes in time."""
        await self._line.take_turn()
        self._running += 1
        job = _Job(work, self._line.end_turn)
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
            job.end_turn()
            self._line.free_thread()

    def _serve(self) -> None:
        while True:
            self._jobs.get().run()


@functools.cache
def threads() -> Threads:
    """This instance's threads: THREADS of them, and as many turns as it has database connections."""
    return Threads(config().threads, config().pool_size)
