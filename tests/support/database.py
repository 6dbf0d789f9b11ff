"""Runs statements directly in the database, to prepare a test or to check its result."""

import contextlib
import os
import secrets as randomness
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pg8000.native import Connection

from lib.db.connect import url_parameters

# All that a run makes on a server has the run's name as a prefix. Workers inherit the name.
RUN = os.environ.setdefault("TEST_RUN", f"altayarvip_test_{randomness.token_hex(4)}")


@contextlib.contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A new connection, with the time zone UTC."""
    parameters = url_parameters(url)
    # PostgreSQL never speaks TLS on a Unix socket. To try it, the driver would first load all certificate authorities.
    tls = False if "unix_sock" in parameters else None
    connection = Connection(**parameters, ssl_context=tls, startup_params={"TimeZone": "UTC"})
    try:
        yield connection
    finally:
        connection.close()


def _new_name() -> str:
    return f"{RUN}_{randomness.token_hex(6)}"


@contextlib.contextmanager
def scratch_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database on a server, a copy of the template, which is dropped at the end."""
    name = _new_name()
    run(server_url, f"create database {name} template {template}")
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        run(server_url, f"drop database if exists {name} with (force)")


@contextlib.contextmanager
def login_of(url: str, *, may: str = "") -> Iterator[str]:
    """The URL with a new user, who owns nothing. `may`: options of the role. Other privileges have to be granted later."""
    name, password = _new_name(), randomness.token_hex(16)
    run(url, f"create role {name} login password '{password}' {may}")
    parts = urlsplit(url)
    try:
        yield urlunsplit(parts._replace(netloc=f"{name}:{password}@{parts.netloc.rpartition('@')[2]}"))
    finally:
        run(url, f"drop role if exists {name}")


def drop_what_is_left(server_url: str) -> None:
    """Drop the databases and roles that killed workers of this run have left on a server."""
    for (name,) in run(server_url, "select datname from pg_database where starts_with(datname, :run)", run=RUN):
        run(server_url, f"drop database if exists {name} with (force)")
    for (name,) in run(server_url, "select rolname from pg_roles where starts_with(rolname, :run)", run=RUN):
        run(server_url, f"drop role if exists {name}")


def run(url: str, sql: str, **values: object) -> list[list[Any]]:
    """The rows of one statement."""
    with connected(url) as connection:
        rows: list[list[Any]] = connection.run(sql, **values)
        return rows or []
