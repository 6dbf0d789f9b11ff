"""Bodies that come slowly, or that nobody reads: neither may keep an answer waiting for long."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from lib.errors import TooLarge, Unreadable
from lib.web import bodies
from lib.web.request import Request

MEBIBYTE = 1024 * 1024


def request(receive: Callable[[], Awaitable[bytes]], **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/", "", named, "127.0.0.1", receive)


async def never() -> bytes:
    await asyncio.sleep(60)
    return b""


async def for_ever() -> bytes:
    return b" " * MEBIBYTE


async def broken() -> bytes:
    raise Unreadable("it broke off")


def test_a_body_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "READ_SECONDS", 0.05)
    with pytest.raises(Unreadable):
        asyncio.run(bodies.read(request(never, content_length="5"), 10))


@pytest.mark.parametrize("headers", [{"content_length": "11"}, {"transfer_encoding": "chunked"}])
def test_a_body_has_its_limit(headers: dict[str, str]) -> None:
    with pytest.raises(TooLarge):
        asyncio.run(bodies.read(request(for_ever, **headers), 10))


def test_without_a_body_nothing_is_waited_for() -> None:
    for headers in ({}, {"content_length": "0"}):
        assert asyncio.run(bodies.read(request(never, **headers), 10)) == b""
        assert asyncio.run(bodies.drain(request(never, **headers)))


@pytest.mark.parametrize("receive", [never, for_ever, broken])
def test_what_is_not_at_its_end_in_time_closes_the_connection(
    monkeypatch: pytest.MonkeyPatch, receive: Callable[[], Awaitable[bytes]]
) -> None:
    monkeypatch.setattr(bodies, "DRAIN_SECONDS", 0.05)
    assert not asyncio.run(bodies.drain(request(receive, content_length="5")))


def test_whoever_waits_to_be_asked_is_not_asked() -> None:
    assert not asyncio.run(bodies.drain(request(never, content_length="5", expect="100-continue")))


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "ar"),
        ("en", "en"),
        ("en-GB,en;q=0.9,ar;q=0.8", "en"),
        ("ar-EG, en;q=0.9", "ar"),
        ("en;q=0.2, ar;q=0.7", "ar"),
        ("fr, en;q=0.1", "en"),
        ("fr", "ar"),
        ("*", "ar"),
        ("ar;q=0, *", "en"),
        ("en;q=nonsense", "ar"),
        (";;,,;q=", "ar"),
    ],
)
def test_the_caller_s_language_is_chosen_among_ours(wanted: str, language: str) -> None:
    assert request(never, accept_language=wanted).language(("ar", "en")) == language
