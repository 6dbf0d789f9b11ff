"""The threads of an instance: a bound on them, and each request's context its own."""

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TypeVar

import pytest

from lib import db, logs
from lib.db.session import open_session
from lib.errors import Busy
from lib.turns import step_aside
from lib.web import threads
from lib.web.threads import Threads
from tests.lib.web.conftest import LogLines, json_of
from tests.lib.web.example import scene
from tests.support.asgi import AsgiClient

T = TypeVar("T")

WAIT_SECONDS = 20


async def all_of(pool: Threads, work: Callable[[], T], times: int) -> list[T | BaseException]:
    return await asyncio.gather(*(pool.run(work) for _ in range(times)), return_exceptions=True)


def test_no_more_run_at_once_than_there_are_threads() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def work() -> str:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1
        return threading.current_thread().name

    async def measure() -> list[str | BaseException]:
        return await all_of(Threads(3, 3), work, 20)

    names = asyncio.run(measure())
    assert most == 3
    assert set(names) == {"handler-1", "handler-2", "handler-3"}


def test_one_after_another_they_need_one_thread() -> None:
    async def measure() -> set[str]:
        pool = Threads(5, 5)
        return {await pool.run(lambda: threading.current_thread().name) for _ in range(10)}

    assert asyncio.run(measure()) == {"handler-1"}


def test_an_answer_is_gone_once_it_was_sent_and_waits_for_no_garbage_collector() -> None:
    class Answer:
        pass

    async def measure() -> Answer | None:
        pool = Threads(1, 1)
        answer = await pool.run(Answer)
        left = weakref.ref(answer)
        del answer
        # The same thread takes the next one when it has let the first go.
        await pool.run(lambda: None)
        return left()

    gc.disable()
    try:
        assert asyncio.run(measure()) is None
    finally:
        gc.enable()


def test_whoever_finds_no_thread_in_time_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "WAIT_SECONDS", 0.05)
    let_go = threading.Event()

    async def measure() -> tuple[list[bool | BaseException], list[str | BaseException]]:
        pool = Threads(1, 1)
        waiting = asyncio.create_task(all_of(pool, lambda: let_go.wait(WAIT_SECONDS), 2))
        await asyncio.sleep(0.2)
        let_go.set()
        return await waiting, await all_of(pool, lambda: "free again", 1)

    first, second = asyncio.run(measure())
    assert first[0] is True
    assert isinstance(first[1], Busy)
    assert second == ["free again"]


def test_no_more_run_at_once_than_have_their_turn_and_one_that_steps_aside_makes_room() -> None:
    let_go, aside = threading.Event(), threading.Semaphore(0)

    def at_the_gateway() -> str:
        step_aside()
        step_aside()
        aside.release()
        let_go.wait(WAIT_SECONDS)
        return "paid"

    async def measure() -> tuple[list[str | BaseException], int, list[str | BaseException]]:
        pool = Threads(4, 1)
        paying = asyncio.create_task(all_of(pool, at_the_gateway, 3))
        for _ in range(3):
            await asyncio.to_thread(aside.acquire, timeout=WAIT_SECONDS)
        running, most = 0, 0

        def read() -> str:
            nonlocal running, most
            running += 1
            most = max(most, running)
            time.sleep(0.01)
            running -= 1
            return "read"

        reading = await all_of(pool, read, 10)
        let_go.set()
        await paying
        await all_of(pool, read, 10)
        return await paying, most, reading

    paid, most, read = asyncio.run(measure())
    assert paid == ["paid"] * 3
    assert read == ["read"] * 10
    assert most == 1


def test_one_that_waits_in_vain_for_a_thread_leaves_its_turn_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "WAIT_SECONDS", 0.05)
    let_go = threading.Event()

    def at_the_gateway() -> bool:
        step_aside()
        return let_go.wait(WAIT_SECONDS)

    async def measure() -> tuple[list[bool | BaseException], list[bool | BaseException]]:
        pool = Threads(1, 1)
        waiting = asyncio.create_task(all_of(pool, at_the_gateway, 2))
        await asyncio.sleep(0.2)
        let_go.set()
        return await waiting, await all_of(pool, lambda: True, 2)

    first, second = asyncio.run(measure())
    assert first[0] is True
    assert isinstance(first[1], Busy)
    assert second == [True, True]


@pytest.mark.parametrize("error", [ValueError("no"), StopIteration(1)])
def test_an_error_is_raised_where_the_work_is_awaited(error: Exception) -> None:
    def work() -> None:
        raise error

    async def measure() -> list[BaseException | None]:
        return await all_of(Threads(1, 1), work, 1)

    (raised,) = asyncio.run(measure())
    assert isinstance(raised, (ValueError, RuntimeError))


def test_requests_at_once_see_nothing_of_one_another(client: AsgiClient, log_lines: LogLines) -> None:
    meeting = threading.Barrier(8)
    seen = SimpleNamespace(sessions=[], requests=[])

    @db.in_transaction
    def work(_tx: db.Transaction, name: str) -> None:
        logs.bind(name=name)
        meeting.wait(WAIT_SECONDS)
        seen.sessions.append(open_session.get())
        seen.requests.append((name, dict(logs._context.get() or {})))

    scene.during = lambda: work(threading.current_thread().name)
    with ThreadPoolExecutor(8) as callers:
        ids = list(callers.map(lambda number: _play(client, f"app-{number}"), range(8)))

    assert sorted(ids) == [f"app-{number}" for number in range(8)]
    assert len(set(seen.sessions)) == 8
    assert all(fields["name"] == name for name, fields in seen.requests)
    lines = [line for line in log_lines() if line.get("route") == "GET /scene"]
    assert sorted((line["request_id"], line["name"]) for line in lines) == sorted(
        (fields["request_id"], name) for name, fields in seen.requests
    )


def _play(client: AsgiClient, request_id: str) -> str:
    return str(json_of(client.get("/scene", headers={"X-Request-Id": request_id}))["request_id"])


def test_what_a_request_bound_is_gone_for_the_next_in_its_thread(client: AsgiClient) -> None:
    found: list[dict[str, object]] = []

    def bind() -> None:
        found.append(dict(logs._context.get() or {}))
        logs.bind(secret="of the first")

    scene.during = bind
    for _ in range(2):
        client.get("/scene")
    assert [("secret" in fields) for fields in found] == [False, False]
    assert logs._context.get() is None
    assert open_session.get() is None


def test_what_needs_no_database_takes_no_thread(client: AsgiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Health, preflight, unknown paths, wrong methods and missing tokens are answered while every thread is taken."""
    monkeypatch.setattr("lib.web.api.threads", lambda: None)
    thing = "/things/11111111-1111-4111-8111-111111111111"
    preflight = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}

    assert client.options("/things", headers=preflight).status_code == 204
    assert client.get("/instant").status_code == 200
    assert client.get("/nowhere").status_code == 404
    assert client.put("/things").status_code == 405
    assert client.delete(thing).status_code == 401
    assert client.delete(thing, headers={"Authorization": "Basic YTpi"}).status_code == 401


def test_a_caller_who_is_known_is_refused_without_a_thread(
    client: AsgiClient, mona: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    thing = "/things/11111111-1111-4111-8111-111111111111"
    assert client.delete(thing, headers=mona).status_code == 403
    monkeypatch.setattr("lib.web.api.threads", lambda: None)
    assert client.delete(thing, headers=mona).status_code == 403
