"""Statements that a test runs beside the API, to set a scene or to see what stands."""

import contextlib
from collections.abc import Iterator
from typing import Any

from pg8000.native import Connection

from lib.db.connect import url_parameters


@contextlib.contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection of its own, in UTC."""
    connection = Connection(**url_parameters(url), startup_params={"TimeZone": "UTC"})
    try:
        yield connection
    finally:
        connection.close()


def run(url: str, sql: str, **values: object) -> list[list[Any]]:
    """The rows of one statement."""
    with connected(url) as connection:
        rows: list[list[Any]] = connection.run(sql, **values)
        return rows or []
