"""A change and the reading of its response stand or fall together."""

import pytest

from lib.errors import Busy
from tests.lib.web.conftest import json_of
from tests.lib.web.example import scene
from tests.support import database
from tests.support.asgi import AsgiClient


@pytest.fixture
def thing_id(client: AsgiClient, mona: dict[str, str]) -> str:
    made = client.post("/things", json={"name": "before"}, headers=mona)
    return str(json_of(made)["id"])


def _fail() -> None:
    raise Busy


def test_a_change_whose_response_cant_be_read_is_not_made(
    client: AsgiClient, mona: dict[str, str], things: str, thing_id: str
) -> None:
    """Who is told that nothing was changed will try again: a change that stood all the same would be made twice."""
    scene.during = _fail

    response = client.put(f"/things/{thing_id}", json={"name": "after"}, headers=mona)

    assert (response.status_code, json_of(response)["code"]) == (503, "busy")
    assert database.run(things, "select name from things where id = :id", id=thing_id) == [["before"]]


def test_a_change_whose_response_is_read_is_made(
    client: AsgiClient, mona: dict[str, str], things: str, thing_id: str
) -> None:
    response = client.put(f"/things/{thing_id}", json={"name": "after"}, headers=mona)

    assert response.status_code == 200
    assert database.run(things, "select name from things where id = :id", id=thing_id) == [["after"]]
