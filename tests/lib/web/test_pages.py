"""Lists, read page by page with nothing but their Link headers."""

import base64
import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.lib.web.conftest import json_of
from tests.lib.web.example import PAGE
from tests.support import database as statements
from tests.support.asgi import AsgiClient

ROWS = 250


@pytest.fixture
def filled(things: str) -> str:
    """250 things. Five at a time have the same moment, so that pages begin and end within one moment."""
    statements.run(things, "truncate things")
    statements.run(
        things,
        """
        insert into things (name, created_at)
        select 'thing ' || n, timestamptz '2026-01-01' + (n / 5) * interval '1 microsecond'
        from generate_series(1, :rows::integer) n
        """,
        rows=ROWS,
    )
    return things


def walk(client: AsgiClient, path: str, between: Callable[[], object] = lambda: None) -> list[Any]:
    """Every item of every page, found by Link headers only."""
    found: list[Any] = []
    while path:
        response = client.get(path)
        assert response.status_code == 200, response.text
        found += json_of(response)
        link = response.headers.get("Link", "")
        address = urlsplit(link.partition(">")[0].removeprefix("<"))
        assert not link or link.endswith('; rel="next"')
        assert not link or f"{address.scheme}://{address.netloc}" == "http://example.test"
        path = f"{address.path}?{address.query}" if link else ""
        between()
    return found


@pytest.mark.parametrize("limit", [1, 7, 50, 100])
def test_every_row_is_on_one_page_newest_first(client: AsgiClient, filled: str, limit: int) -> None:
    expected = [row[0] for row in statements.run(filled, "select id::text from things order by created_at desc, id desc")]

    assert [item["id"] for item in walk(client, f"/things?limit={limit}")] == expected


def test_rows_that_come_meanwhile_neither_double_nor_hide_another(client: AsgiClient, filled: str) -> None:
    before = {row[0] for row in statements.run(filled, "select id::text from things")}

    def add() -> None:
        statements.run(filled, "insert into things (name) values ('new')")
        statements.run(filled, "insert into things (name, created_at) values ('old', timestamptz '2026-01-01')")

    found = [item["id"] for item in walk(client, "/things?limit=20", add)]

    assert len(found) == len(set(found))
    assert before <= set(found)


def test_the_default_is_fifty_and_the_last_page_has_no_link(client: AsgiClient, filled: str) -> None:
    assert filled
    assert len(json_of(client.get("/things"))) == 50
    assert "Link" not in client.get("/things?limit=100&cursor=" + cursor(["2026-01-01", str(uuid.UUID(int=0))])).headers


def test_a_full_last_page_has_no_link_to_an_empty_one(client: AsgiClient, filled: str) -> None:
    statements.run(filled, "delete from things where created_at > timestamptz '2026-01-01' + interval '5 microseconds'")
    count = statements.run(filled, "select count(*) from things")[0][0]

    assert "Link" not in client.get(f"/things?limit={count}").headers
    assert "Link" in client.get(f"/things?limit={count - 1}").headers


def test_a_link_keeps_the_query_s_other_fields(client: AsgiClient, filled: str) -> None:
    assert filled
    link = client.get("/things?limit=3&name=a%26b").headers["Link"]

    assert "limit=3" in link
    assert "name=a%26b" in link


def cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


ZERO = str(uuid.UUID(int=0))


@pytest.mark.parametrize(
    "text",
    [
        "random",
        "%%%",
        "\u0661",
        "x" * 201,
        base64.urlsafe_b64encode(b"[").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 140).decode(),
        cursor({}),
        cursor({"a": 1, "b": 2}),
        cursor([]),
        cursor(["2026-01-01"]),
        cursor(["2026-01-01", ZERO, 1]),
        cursor([1, ZERO]),
        cursor(["2026-01-01", 1]),
        cursor(["2026-01-01", None]),
        cursor(["infinity", ZERO]),
        cursor(["2026-01-01", "x"]),
        cursor(["0001-01-01T00:00:00+23:00", ZERO]),
        cursor(["9999-12-31T23:59:59-23:00", ZERO]),
        cursor("ab"),
        cursor(None),
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(client: AsgiClient, text: str) -> None:
    response = client.get("/things", query_string={"cursor": text})

    assert (response.status_code, json_of(response)["errors"][0]["loc"]) == (422, ["query", "cursor"])


@pytest.mark.parametrize(
    "at", ["2026-01-01T00:00:00+23:59", "0001-01-01T00:00Z", "9999-12-31T23:59Z", "2026-01-01T00:00:00-23:59:59.999999"]
)
def test_a_cursor_of_any_moment_is_answered(client: AsgiClient, at: str) -> None:
    assert client.get("/things", query_string={"cursor": cursor([at, ZERO])}).status_code == 200


def _plan_nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in _plan_nodes(child))]


@pytest.mark.parametrize("after_at", ["infinity", "2026-01-01 00:00:00.004"])
def test_the_first_page_and_a_far_one_are_read_from_the_index_alone_in_its_order(things: str, after_at: str) -> None:
    with statements.connected(things) as connection:
        connection.run("begin")
        connection.run(
            "insert into things (name, created_at) "
            "select 'x', timestamptz '2026-01-01' + n * interval '1 microsecond' from generate_series(1, 5000) n"
        )
        connection.run("analyze things")
        rows = connection.run(f"explain (format json) {PAGE}", after_at=after_at, after_id=ZERO.replace("0", "f"), last=50)
        connection.run("rollback")

    nodes = _plan_nodes(rows[0][0][0]["Plan"])
    kinds = [node["Node Type"] for node in nodes]
    assert [node["Index Name"] for node in nodes if node["Node Type"] == "Index Scan"] == ["things_page"]
    assert "Index Cond" in nodes[-1]
    assert "Sort" not in kinds
    assert "Seq Scan" not in kinds
