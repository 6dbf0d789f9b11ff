"""Bodies above the usual limit: from known callers alone, few at once, and only where a route takes them."""

import contextlib

import pytest

from lib.web import large_bodies
from tests.lib.web.conftest import json_of
from tests.support.asgi import AsgiClient, AsgiResponse

MEBIBYTE = 1024 * 1024
LARGE = b'{"name": "x", "unknown": "' + b"y" * 2 * MEBIBYTE + b'"}'


def post(client: AsgiClient, headers: dict[str, str], body: bytes = LARGE) -> AsgiResponse:
    return client.post("/large/things", data=body, content_type="application/json", headers=headers)


def test_a_route_that_says_so_takes_more_and_no_more_than_that(client: AsgiClient, mona: dict[str, str]) -> None:
    assert post(client, mona).status_code == 201
    assert post(client, mona, b" " * (4 * MEBIBYTE + 1)).status_code == 413
    assert client.post("/things", data=LARGE, content_type="application/json", headers=mona).status_code == 413


@pytest.mark.parametrize("pieces", [[LARGE], [LARGE[:100], LARGE[100:]]])
def test_nothing_is_read_of_who_is_not_known(
    client: AsgiClient, pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(large_bodies, "place", lambda: taken.append(1))
    for token in ("eyJ.forged.token", "x"):
        headers = {"Authorization": f"Bearer {token}"}
        response = client.post("/large/things", pieces=pieces, content_type="application/json", headers=headers)
        assert (response.status_code, taken) == (401, [])


def test_where_all_places_are_taken_one_more_is_told_so_and_a_small_body_is_not(
    client: AsgiClient, mona: dict[str, str]
) -> None:
    with contextlib.ExitStack() as taken:
        for _ in range(large_bodies.MOST_AT_ONCE):
            taken.enter_context(large_bodies.place())
        response = post(client, mona)
        assert (response.status_code, json_of(response)["code"]) == (503, "busy")
        assert post(client, mona, b'{"name": "x"}').status_code == 201
    assert post(client, mona).status_code == 201


def test_a_place_is_given_back_whatever_becomes_of_the_request(client: AsgiClient, mona: dict[str, str]) -> None:
    for _ in range(large_bodies.MOST_AT_ONCE + 1):
        assert post(client, mona, b"{" + LARGE).status_code == 400
    assert post(client, mona).status_code == 201
