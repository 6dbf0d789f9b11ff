"""What a read costs in trips to the database: one for each route, whoever reads.

The session behind a token is looked up every 30 seconds at most, so each route is called twice, and the second call counts.
"""

import importlib

import pytest

from lib.db.session import Session
from lib.web.routes import Route
from local.gateway import load_function
from local.routes import read_routes
from tests.contract.test_every_route import ROUTES, Scene
from tests.support.asgi import AsgiClient
from tests.support.clients import System
from tests.support.money import Desk, open_desk

# The gateway has the first, the store of pictures the second, and the database is not asked.
ELSEWHERE = ("GET /api/payments/methods", "GET /api/pictures/{name}")
READS = sorted(name for name in ROUTES if name.startswith("GET ") and name not in ELSEWHERE)
OTHERS = {
    # An order without refunds is looked for, to tell it from one that does not exist.
    "GET /api/orders/{order_id}/refunds": 2,
}


@pytest.fixture(scope="module")
def desk(system: System) -> Desk:
    return open_desk(system)


def routes_of(function: str) -> list[Route]:
    return list(importlib.import_module(f"functions.{function}.main").api.routes)


def app_of(name: str) -> AsgiClient:
    """The function that has this route, in this process."""
    functions = read_routes().public_functions
    has_it = next(one for one in functions if name in {f"{route.method} {route.path}" for route in routes_of(one)})
    return AsgiClient(load_function(has_it))


@pytest.mark.parametrize("name", READS)
def test_a_read_is_one_statement(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path, _ = ROUTES[name][1](Scene(desk, desk.admin))
    headers = {"Authorization": f"Bearer {desk.admin.client.token}"}
    client, sent = app_of(name), list[str]()
    write, command = Session._write, Session.command

    def counted_write(session: Session, sql: str, values: dict[str, object]) -> None:
        sent.append(" ".join(sql.split()))
        write(session, sql, values)

    def counted_command(session: Session, sql: str) -> None:
        sent.append(sql)
        command(session, sql)

    monkeypatch.setattr(Session, "_write", counted_write)
    monkeypatch.setattr(Session, "command", counted_command)
    client.open(path, headers=headers)
    sent.clear()
    answer = client.open(path, headers=headers)

    assert answer.status_code == 200, answer.text
    assert len(sent) == OTHERS.get(name, 1), sent
