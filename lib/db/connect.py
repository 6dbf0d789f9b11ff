"""How a connection is opened: DATABASE_URL (TCP or a socket), or the Cloud SQL connector behind the same door."""

import functools
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pg8000 import dbapi

from lib.config import Config, ConfigurationError, config

CONNECT_SECONDS = 5
STATEMENT_MILLISECONDS = 8_000
LOCK_MILLISECONDS = 3_000
# Longer than any statement may take: only a peer that has vanished keeps a read waiting this long.
SOCKET_SECONDS = 12

STARTUP_PARAMETERS = {
    "TimeZone": "UTC",
    "statement_timeout": str(STATEMENT_MILLISECONDS),
    "lock_timeout": str(LOCK_MILLISECONDS),
    "idle_in_transaction_session_timeout": str(4 * STATEMENT_MILLISECONDS),
}


def open_connection(settings: Config | None = None) -> dbapi.Connection:
    """A new connection with its time limits set. Raises what the driver raises when the server can't be reached."""
    settings = settings or config()
    if settings.cloud_sql_instance:
        return _through_connector(settings)
    if settings.database_url:
        return dbapi.connect(**url_parameters(settings.database_url), startup_params=STARTUP_PARAMETERS, **_limits())
    raise ConfigurationError("There is no database: set DATABASE_URL, or CLOUD_SQL_INSTANCE and DB_USER")


def _limits() -> dict[str, Any]:
    return {"timeout": SOCKET_SECONDS, "application_name": "altayarvip"}


def url_parameters(url: str) -> dict[str, Any]:
    """pg8000's arguments for a postgresql:// URL, whatever driver it names; `?host=/folder` is a socket's folder."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres"):
        raise ConfigurationError("DATABASE_URL must begin with postgresql://")
    query = parse_qs(parts.query)
    folder = query.get("host", [""])[0]
    port = int(query.get("port", [str(parts.port or 5432)])[0])
    return {
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": parts.path.lstrip("/") or "postgres",
        **({"unix_sock": f"{folder}/.s.PGSQL.{port}"} if folder.startswith("/") else {"host": parts.hostname, "port": port}),
    }


def _through_connector(settings: Config) -> dbapi.Connection:
    connection: dbapi.Connection = _connector().connect(
        settings.cloud_sql_instance,
        "pg8000",
        user=settings.database_user,
        db=settings.database_name,
        enable_iam_auth=True,
        startup_params=STARTUP_PARAMETERS,
        **_limits(),
    )
    return connection


@functools.cache
def _connector() -> Any:
    # Imported here: it brings aiohttp and cryptography, which only an instance in the cloud needs.
    from google.cloud.sql.connector import Connector, IPTypes  # noqa: PLC0415

    # Lazy refresh: an instance has no CPU between requests, so a refresh in the background would never run.
    return Connector(ip_type=IPTypes.PRIVATE, refresh_strategy="lazy", timeout=CONNECT_SECONDS)
