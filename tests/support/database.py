"""Statements that a test runs beside the API, to set a scene or to see what stands."""

import contextlib
import secrets as randomness
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

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


@contextlib.contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    """The URL of a new, empty database on a server, which is dropped at the end."""
    name = f"altayarvip_test_{randomness.token_hex(6)}"
    run(server_url, f"create database {name}")
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        run(server_url, f"drop database {name} with (force)")


@contextlib.contextmanager
def login_of(url: str, *, may: str = "") -> Iterator[str]:
    """The URL with a user of its own, who owns nothing and may nothing but what is granted later, or said here."""
    name, password = f"altayarvip_test_{randomness.token_hex(6)}", randomness.token_hex(16)
    run(url, f"create role {name} login password '{password}' {may}")
    parts = urlsplit(url)
    try:
        yield urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.netloc.rpartition('@')[2]}"))
    finally:
        run(url, f"drop role {name}")


def run(url: str, sql: str, **values: object) -> list[list[Any]]:
    """The rows of one statement."""
    with connected(url) as connection:
        rows: list[list[Any]] = connection.run(sql, **values)
        return rows or []
