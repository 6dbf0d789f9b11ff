"""Opens connections: by TCP, by a socket, or through the Cloud SQL connector."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pg8000 import dbapi

from lib import secrets
from lib.config import Config, ConfigurationError, config

# The folder where Cloud Run mounts an instance's socket. The connector needs no mount, only the instance's name in the path.
_CLOUD_SQL_FOLDER = "/cloudsql/"

STATEMENT_MILLISECONDS = 8_000
LOCK_MILLISECONDS = 3_000
# Longer than any statement may take, so only a server that has vanished lets a read wait this long.
SOCKET_SECONDS = 12

STARTUP_PARAMETERS = {
    "TimeZone": "UTC",
    "statement_timeout": str(STATEMENT_MILLISECONDS),
    "lock_timeout": str(LOCK_MILLISECONDS),
    "idle_in_transaction_session_timeout": str(4 * STATEMENT_MILLISECONDS),
    # It compiles what looks expensive, each time anew. Verifying has so many selects that this can outlast running them.
    "jit": "off",
}


def open_connection(settings: Config | None = None) -> dbapi.Connection:
    """A new connection with time limits. Raises what the driver raises when the server can't be reached.

    With CLOUD_SQL_INSTANCE it logs in by IAM, without a password. Else DATABASE_URL or its secret has server and user.
    """
    settings = settings or config()
    if settings.cloud_sql_instance:
        login = {"user": settings.database_user, "db": settings.database_name, "enable_iam_auth": True}
        return _through_connector(settings, settings.cloud_sql_instance, login)
    url = settings.database_url or _url_in_secrets(settings)
    if instance := cloud_sql_instance(url):
        parameters = url_parameters(url)
        login = {"user": parameters["user"], "password": parameters["password"], "db": parameters["database"]}
        return _through_connector(settings, instance, login)
    return dbapi.connect(**url_parameters(url), startup_params=STARTUP_PARAMETERS, **_limits())


def _url_in_secrets(settings: Config) -> str:
    if not (settings.secrets_project or settings.secrets_dir):
        raise ConfigurationError("There is no database: set DATABASE_URL, or CLOUD_SQL_INSTANCE and DB_USER")
    return secrets.newest(secrets.DATABASE_URL)


def _limits() -> dict[str, Any]:
    return {"timeout": SOCKET_SECONDS, "application_name": "altayarvip"}


def cloud_sql_instance(url: str) -> str | None:
    """The instance in a URL of the form `postgresql+psycopg2://…?host=/cloudsql/INSTANCE`."""
    folder = parse_qs(urlsplit(url).query).get("host", [""])[0]
    return folder.removeprefix(_CLOUD_SQL_FOLDER) if folder.startswith(_CLOUD_SQL_FOLDER) else None


def url_parameters(url: str) -> dict[str, Any]:
    """pg8000's arguments for a postgresql:// URL with any driver's name; `?host=/folder` is the folder of a socket."""
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


def _through_connector(settings: Config, instance: str, login: dict[str, Any]) -> dbapi.Connection:
    from lib.db import cloud_sql  # noqa: PLC0415 - slow to import, and only needed in the cloud

    limits = {"startup_params": STARTUP_PARAMETERS, **_limits()}
    return cloud_sql.connect(instance, settings.cloud_sql_address, SOCKET_SECONDS, {**login, **limits})
