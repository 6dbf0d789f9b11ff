"""The databases of the benchmarks, on DATABASE_URL's server or on an embedded PostgreSQL with its data in .bench."""

import contextlib
import os
import re
import secrets as randomness
from collections.abc import Iterator
from pathlib import Path

from pg8000.native import Connection
from pg8000.native import identifier as quoted

from lib.config import config
from lib.db import pool
from lib.db.connect import url_parameters
from local.database import embedded_postgres
from migrations.runner import migrate

FOLDER = Path(".bench")
KEYS = {
    "FAWATERK_API_KEY": "bench-api-key",
    "FAWATERK_VENDOR_KEY": "bench-vendor-key",
    "DEFAULT_CURRENCY": "EGP",
    "LOYALTY_CURRENCY": "EGP",
}


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The server, by the URL of a database on it."""
    with contextlib.ExitStack() as stack:
        FOLDER.mkdir(exist_ok=True)
        url = os.environ.get("DATABASE_URL") or stack.enter_context(embedded_postgres(FOLDER.resolve() / "postgres"))
        os.environ.setdefault("JWT_SECRET_KEY", randomness.token_hex(32))
        os.environ.update(KEYS)
        yield url


def run(url: str, statement: str, **values: object) -> list[list[object]]:
    """The rows of one statement, on a connection of its own without a time limit."""
    connection = Connection(**{**url_parameters(url), "timeout": None})
    try:
        return list(connection.run(statement, **values) or [])
    finally:
        connection.close()


@contextlib.contextmanager
def using(server_url: str, name: str, *, anew: bool = False) -> Iterator[str]:
    """Let `lib` and new processes use this database, by its URL; made and migrated where it is not there; `anew`: empty.

    Afterwards they use the one that they used before.
    """
    if anew:
        run(server_url, f"drop database if exists {quoted(name)} with (force)")
    if not run(server_url, "select 1 from pg_database where datname = :name", name=name):
        run(server_url, f"create database {quoted(name)}")
    url = re.sub(r"(?<=[^/])/[^/?]+(?=\?|$)", f"/{name}", server_url, count=1)
    before = os.environ.get("DATABASE_URL")
    _lead_to(url)
    migrate(lambda _line: None)
    try:
        yield url
    finally:
        _lead_to(before)


def _lead_to(url: str | None) -> None:
    if url is None:
        del os.environ["DATABASE_URL"]
    else:
        os.environ["DATABASE_URL"] = url
    config.cache_clear()
    pool.pool.cache_clear()
